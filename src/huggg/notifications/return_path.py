"""Return paths: the envelope sender of a mail names its delivery, so that a bounce does, too (VERP).

The name carries a tag that only this installation can make. So a posted bounce needs no other proof, and
a forged one moves nothing.
"""

from __future__ import annotations

import hmac
import re
from typing import NamedTuple
from uuid import UUID

from huggg.kit.codes import Vault

BOUNCES = "bounces"
KIND = "return path"
TAG_DIGITS = 16  # of hex: 64 bits, in a local part of at most 64 characters

_NAMED = re.compile(
    rf"(?:{BOUNCES}\+)?(?P<id>[0-9a-f]{{32}})-(?P<tag>[0-9a-f]{{{TAG_DIGITS}}})@", re.IGNORECASE
)


class MailNames(NamedTuple):
    """The addresses that name a delivery in its mail, the same for each attempt."""

    return_path: str  # the envelope sender
    message_id: str


def mail_names(vault: Vault, delivery_id: UUID, *, domain: str) -> MailNames:
    """Name a delivery's mail, by a tag under the newest key. Raises KeysInDoubtError."""
    tag, *_ = _tags(vault, delivery_id)
    name = f"{delivery_id.hex}-{tag}@{domain}"
    return MailNames(f"{BOUNCES}+{name}", f"<{name}>")


def named_delivery(vault: Vault, text: str) -> UUID | None:
    """Find the delivery that a header's addresses or ids name; None for those of another's making.

    Raises KeysInDoubtError.
    """
    for match in _NAMED.finditer(text):
        delivery_id, tag = UUID(match["id"]), match["tag"].lower()
        if any(hmac.compare_digest(tag, own_tag) for own_tag in _tags(vault, delivery_id)):
            return delivery_id
    return None


def _tags(vault: Vault, delivery_id: UUID) -> list[str]:
    """Give the tags of a delivery under each key, the newest first."""
    return [fingerprint.hex()[:TAG_DIGITS] for fingerprint in vault.fingerprints(KIND, delivery_id.hex)]
