"""Readmit: a claimer without the browser that claimed proves by mail to be the receiver of a gift.

Where a team lets the claimer alone see the code, a mail goes to the address that the gift was sent to.
Its link admits the browser in which its reader taps.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from huggg.gift.visit import Visit
from huggg.hugggs.errors import HugggNotFound
from huggg.kit.codes import SealBrokenError, Vault
from huggg.kit.platform import Platform
from huggg.kit.sealed_text import read_sealed_text, sealed_text
from huggg.notifications.confirm import READMISSION, Confirmation, queue_confirmation
from huggg.notifications.store import mail_address_of

AGAIN_AFTER_SECONDS = 600
"""The time after which a gift's receiver may get another mail."""

GOOD_FOR = timedelta(hours=24)
SECONDS_BYTES = 8


async def mail_link(platform: Platform, visit: Visit, *, launch_url: str) -> bool:
    """Queue the mail, unless one went out a short while ago; False where the gift has no address.

    Raises Unavailable.
    """
    huggg, language = visit.gift.huggg, visit.language
    address = await mail_address_of(platform.database, platform.vault, huggg.id)
    if address is None:
        return False
    confirmation = Confirmation(
        subject_id=huggg.id,
        slot=f"{READMISSION}{int(visit.now.timestamp()) // AGAIN_AFTER_SECONDS}",
        transaction_id=huggg.transaction_id,
        address=address,
        link=f"{launch_url}{visit.path}/browser/{seal_request(platform.vault, visit)}",
        language=language.tag,
    )
    await queue_confirmation(platform.database, platform.vault, confirmation)
    return True


def seal_request(vault: Vault, visit: Visit) -> str:
    """Write the end of a link: the time until which it is good, sealed for this gift's link."""
    until = int((visit.now + GOOD_FOR).timestamp())
    return sealed_text(vault.seal(until.to_bytes(SECONDS_BYTES, "big"), bound_to=_sealed_for(visit)))


def check_request(vault: Vault, visit: Visit, token: str) -> None:
    """Check a link. Raises HugggNotFound for one that is over or another gift's, KeysInDoubtError."""
    try:
        plaintext = vault.open(read_sealed_text(token), bound_to=_sealed_for(visit))
    except (ValueError, SealBrokenError):
        raise HugggNotFound from None
    if visit.now > datetime.fromtimestamp(int.from_bytes(plaintext, "big"), UTC):
        raise HugggNotFound


def _sealed_for(visit: Visit) -> bytes:
    """Bind a token to the gift and its link: a gift that moved has another link."""
    return b"browser admission\0" + visit.gift.huggg.id.bytes + visit.path.encode()
