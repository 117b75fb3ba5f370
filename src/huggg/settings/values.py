"""The values of settings, each read from its text with a sentence about a text that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from huggg.kit.email import clean_email
from huggg.kit.errors import Invalid
from huggg.notifications.mail import read_mail_sender
from huggg.notifications.outbox import OUTBOX

WHOLE_MAX = 1_000_000_000
HOST_NAME = re.compile(r"[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\]")


class SettingError(Exception):
    """A setting has an unusable value; the message names the setting and the accepted values."""


def whole(texts: Mapping[str, str], name: str, *, at_least: int = 0, at_most: int = WHOLE_MAX) -> int:
    """Read a whole number. Raises SettingError."""
    text = texts[name]
    if not (text.isascii() and text.isdecimal()) or not at_least <= int(text) <= at_most:
        raise SettingError(f"{name} must be a whole number from {at_least} to {at_most}, not {text!r}.")
    return int(text)


def digits(texts: Mapping[str, str], name: str) -> str | None:
    """Read a number that is a name, as an account's. Raises SettingError."""
    text = texts[name]
    if text and not (text.isascii() and text.isdecimal()):
        raise SettingError(f"{name} must be a number, not {text!r}.")
    return text or None


def both_or_neither(texts: Mapping[str, str], name: str, other: str) -> None:
    """Check that of two settings none is set without the other. Raises SettingError."""
    for unset, set_one in ((name, other), (other, name)):
        if texts[set_one] and not texts[unset]:
            raise SettingError(f"{unset} is unset, and {set_one} is set.")


def channel_url(
    texts: Mapping[str, str], name: str, reader: Callable[[str], object], example: str
) -> str | None:
    """Check the address of a channel. It may hold a password, so a refusal does not repeat it.

    Raises SettingError.
    """
    if texts[name] in ("", OUTBOX):
        return texts[name] or None
    try:
        reader(texts[name])
    except ValueError:
        raise SettingError(f"{name} must be an address such as {example}, or {OUTBOX}") from None
    return texts[name]


def mail_from(texts: Mapping[str, str], launch_url: str) -> str:
    """Read the sender of mail: unset, an address at the host of links. Raises SettingError."""
    sender = texts["HUGGG_MAIL_FROM"] or f"huggg <huggg@{urlsplit(launch_url).hostname}>"
    try:
        read_mail_sender(sender)
    except ValueError:
        raise SettingError(f"HUGGG_MAIL_FROM must be `Name <address>`, not {sender!r}.") from None
    return sender


def file(texts: Mapping[str, str], name: str) -> Path | None:
    """Read the path of a file."""
    return Path(texts[name]).expanduser().absolute() if texts[name] else None


def email(texts: Mapping[str, str], name: str) -> str | None:
    """Read an e-mail address. Raises SettingError."""
    try:
        return clean_email(texts[name], name) if texts[name] else None
    except Invalid:
        raise SettingError(f"{name} must be an e-mail address, not {texts[name]!r}.") from None


def networks(texts: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read addresses and networks, separated by commas. Raises SettingError."""
    try:
        return tuple(ip_network(text) for text in _parts(texts[name]))
    except ValueError:
        raise SettingError(
            f"{name} must be addresses or networks such as 10.0.0.0/8, not {texts[name]!r}."
        ) from None


def hosts(texts: Mapping[str, str], name: str) -> frozenset[str]:
    """Read names of hosts, separated by commas. Raises SettingError."""
    names = frozenset(_parts(texts[name].lower()))
    if not all(HOST_NAME.fullmatch(each) for each in names):
        raise SettingError(f"{name} must be names such as api.example, not {texts[name]!r}.")
    return names


def one_of(texts: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """Read one of a few words. Raises SettingError."""
    if texts[name] not in allowed:
        values = ", ".join(filter(None, allowed))
        raise SettingError(f"{name} must be one of {values}, not {texts[name]!r}.")
    return texts[name]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
