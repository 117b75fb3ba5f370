"""A target: the parts of a customer's URL, read strictly, before its name is resolved."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from huggg.kit.ip import IpAddress

URL_LENGTH_MAX = 2_048
PORTS = {"https": 443, "http": 80}
PUBLIC_PORTS = (443, 8443)

_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)")
_PLAIN = re.compile(r"[!-~]+")  # ASCII that can be seen: no blank, no control character


class BadTargetError(ValueError):
    """A URL that is not called; `str()` says why, to go after the name of the field."""


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a URL: a name or an address, a port, and whether the connection is encrypted."""

    scheme: str
    host: str
    port: int
    address: IpAddress | None  # of a host that is none to be resolved

    @property
    def is_for_the_public(self) -> bool:
        """Tell whether huggg may call it at a public address: by https, at a port of web servers."""
        return self.scheme == "https" and self.port in PUBLIC_PORTS


def read_target(url: str) -> Target:
    """Read a URL. Raises BadTargetError."""
    if len(url) > URL_LENGTH_MAX or not _PLAIN.fullmatch(url) or "\\" in url:
        raise BadTargetError("must be an address of printable ASCII, of 2,048 characters at most.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadTargetError("must be an address such as https://codes.example/new.") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadTargetError("must be an address such as https://codes.example/new.")
    if "@" in parts.netloc:
        raise BadTargetError("must not hold a user name or password.")
    if "?" in url or "#" in url:
        raise BadTargetError("must not have a query or a fragment.")
    if port == 0:
        raise BadTargetError("must not be at port 0.")
    host = parts.hostname
    bracketed = parts.netloc.startswith("[")
    return Target(parts.scheme, host, port or PORTS[parts.scheme], _address(host, bracketed=bracketed))


def _address(host: str, *, bracketed: bool) -> IpAddress | None:
    """Read an address in its usual spelling, or None for a name."""
    if bracketed and "%" not in host:
        return ip_address(host)  # urlsplit has seen that it is one of version 6
    last = host.rpartition(".")[2]
    if _NUMBER.fullmatch(last):
        try:
            return ip_address(host)
        except ValueError:
            raise BadTargetError(f"{host} is no address in its usual spelling.") from None
    if not _NAME.fullmatch(host):
        raise BadTargetError(f"{host} is no host name.")
    return None
