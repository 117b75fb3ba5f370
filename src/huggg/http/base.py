"""The base of links in answers when no base URL is set: an address at which the caller reached us.

A caller writes `Host` at will, and an answer that a cache keeps is served to others. So a host is
believed if a trusted proxy vouches for it, if it is a loopback name, or if the operator listed it; other
links lead to the address that the connection came to.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{0,5})?")
LOOPBACK = re.compile(r"([a-z0-9.-]+\.)?localhost|127(\.[0-9]{1,3}){3}|\[::1\]")

MAPPED = "::ffff:"
"""Before an IPv4 address that a socket for both families reports."""


def base_of(scope: Mapping[str, Any], *, vouched: str | None, hosts: Collection[str]) -> str:
    """Write the scheme and the host that links begin with.

    `vouched` is the host that a trusted proxy reported, and `hosts` are the listed names in lower case.
    """
    host = vouched or _trusted_host(scope, hosts) or _connected_to(scope)
    return f"{scope['scheme']}://{host}"


def _trusted_host(scope: Mapping[str, Any], hosts: Collection[str]) -> str | None:
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    match = HOST.fullmatch(host)
    name = match[1].lower() if match else ""
    return host if LOOPBACK.fullmatch(name) or name in hosts else None


def _connected_to(scope: Mapping[str, Any]) -> str:
    name, port = scope["server"] or ("localhost", None)
    if name.startswith(MAPPED) and "." in name:
        name = name.removeprefix(MAPPED)
    name = f"[{name}]" if ":" in name else name
    return f"{name}:{port}" if port else name
