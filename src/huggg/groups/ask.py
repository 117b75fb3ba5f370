"""Ask: a person typed an e-mail address, which gets a mail with a link that confirms it.

The link carries the address, sealed, so that an address is kept nowhere but in the message itself until
its reader has confirmed it.
"""

from __future__ import annotations

from datetime import datetime

from huggg.groups.group import Group, claimer_key
from huggg.groups.pace import AskingBrowser, AskingPace
from huggg.hugggs.errors import HugggNotFound
from huggg.kit.codes import SealBrokenError, Vault
from huggg.kit.email import mailbox_key
from huggg.kit.platform import Platform
from huggg.kit.sealed_text import read_sealed_text, sealed_text
from huggg.notifications.confirm import Confirmation, queue_confirmation

AGAIN_AFTER_SECONDS = 600
"""The time after which an address that is typed again gets another mail."""


async def ask(
    platform: Platform,
    pace: AskingPace,
    group: Group,
    address: str,
    *,
    asker: AskingBrowser,
    launch_url: str,
    now: datetime,
) -> None:
    """Queue the mail to an address, unless it got one a short while ago, or many lately.

    An address that took its huggg before gets the same mail: the page does not tell which addresses did.
    Raises TooManyRequests, Unavailable.
    """
    mailbox = mailbox_key(address)
    await pace.take(asker)
    if not await pace.may_write_to(mailbox):
        return
    token = seal_address(platform.vault, group, address)
    confirmation = Confirmation(
        subject_id=group.transaction_id,
        slot=f"{claimer_key(group.link, address).hex()} {int(now.timestamp()) // AGAIN_AFTER_SECONDS}",
        transaction_id=group.transaction_id,
        address=address,
        link=f"{group.link.url(launch_url)}/{token}",
        language=asker.language,
    )
    if await queue_confirmation(platform.database, platform.vault, confirmation) is None:
        await pace.give_back(asker, mailbox)


def seal_address(vault: Vault, group: Group, address: str) -> str:
    """Write the end of a confirming link: the address, sealed for this group."""
    return sealed_text(vault.seal(address.encode(), bound_to=_sealed_for(group)))


def read_address(vault: Vault, group: Group, token: str) -> str:
    """Read the address of a confirming link.

    Raises HugggNotFound for a token that is none, or another group's, and KeysInDoubtError.
    """
    try:
        return vault.open(read_sealed_text(token), bound_to=_sealed_for(group)).decode()
    except (ValueError, SealBrokenError):
        raise HugggNotFound from None


def _sealed_for(group: Group) -> bytes:
    return b"group address\0" + group.transaction_id.bytes
