"""Return paths: the envelope sender of a mail names its delivery, so that a bounce does, too (VERP).

The name carries a tag that only this installation can make. So a posted bounce needs no other proof, and
a forged one moves nothing.
"""

from __future__ import annotations

import hmac
import re
from uuid import UUID

from huggg.kit.codes import Vault

BOUNCES = "bounces"
KIND = "return path"
TAG_DIGITS = 16  # of hex: 64 bits, in a local part of at most 64 characters

_NAMED = re.compile(
    rf"(?:{BOUNCES}\+)?(?P<id>[0-9a-f]{{32}})-(?P<tag>[0-9a-f]{{{TAG_DIGITS}}})@", re.IGNORECASE
)


def return_path(vault: Vault, delivery_id: UUID, *, domain: str) -> str:
    """Write the envelope sender of a delivery's mail. Raises KeysInDoubtError."""
    return f"{BOUNCES}+{_name(vault, delivery_id)}@{domain}"


def message_id(vault: Vault, delivery_id: UUID, *, domain: str) -> str:
    """Write the `Message-ID`, the same for each attempt. Raises KeysInDoubtError."""
    return f"<{_name(vault, delivery_id)}@{domain}>"


def named_delivery(vault: Vault, text: str) -> UUID | None:
    """Find the delivery that a header's addresses or ids name; None for those of another's making.

    Raises KeysInDoubtError.
    """
    for match in _NAMED.finditer(text):
        delivery_id, tag = UUID(match["id"]), match["tag"].lower()
        if any(hmac.compare_digest(tag, own_tag) for own_tag in _tags(vault, delivery_id)):
            return delivery_id
    return None


def _name(vault: Vault, delivery_id: UUID) -> str:
    tag, *_ = _tags(vault, delivery_id)
    return f"{delivery_id.hex}-{tag}"


def _tags(vault: Vault, delivery_id: UUID) -> list[str]:
    """Give the tags of a delivery under each key, the newest first."""
    return [fingerprint.hex()[:TAG_DIGITS] for fingerprint in vault.fingerprints(KIND, delivery_id.hex)]
