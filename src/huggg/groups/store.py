"""Groups from the database, found by the codes of their links."""

from __future__ import annotations

from asyncio import gather
from datetime import datetime
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.groups.group import FreeHuggg, Group
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.huggg import HugggCodes
from huggg.hugggs.message_text import purchase_message
from huggg.hugggs.store import sealed_for
from huggg.kit.codes import Vault
from huggg.people.personal_data import personal_from
from huggg.transactions.group_link import KIND, open_group_link

queries = Queries(__file__)


class GroupSnapshot(Struct, frozen=True):
    """A group, and the instant at which it was read."""

    group: Group
    now: datetime


class TakenHuggg(Struct, frozen=True):
    """The huggg that a person has of a group."""

    id: UUID
    shortcode: str


async def find_group(database: Database, vault: Vault, code: str) -> GroupSnapshot:
    """Read the group of a link. Raises HugggNotFound.

    All fingerprints that a code may have are looked up, found or not: one after the other, an existing
    group would be found sooner than a missing one is given up.
    """
    fingerprints = vault.fingerprints(KIND, code)
    rows = await gather(*(database.each(queries.group, fingerprint=each) for each in fingerprints))
    row = next((row for row in rows if row is not None), None)
    if row is None:
        raise HugggNotFound
    return GroupSnapshot(_group_from(row, vault), row["now"])


async def taken_by(
    database: Database, vault: Vault, transaction_id: UUID, claimer: bytes
) -> TakenHuggg | None:
    """Find the huggg that a person has of a group."""
    row = await database.row(queries.taken, transaction_id=transaction_id, claimer=claimer)
    return None if row is None else taken_from(row, vault)


def taken_from(row: Record, vault: Vault) -> TakenHuggg:
    """Read a row with `id` and `codes`."""
    packed = vault.open(row["codes"], bound_to=sealed_for(row["id"]))
    return TakenHuggg(row["id"], HugggCodes.unpacked(packed).shortcode)


def _group_from(row: Record, vault: Vault) -> Group:
    free = None
    if row["sent_at"] is not None:
        free = FreeHuggg(row["sent_at"], row["expiry_date"], row["next_expiry_date"])
    return Group(
        transaction_id=row["transaction_id"],
        product_id=row["product_id"],
        link=open_group_link(vault, row["sealed"], row["transaction_id"]),
        team_id=row["team_id"],
        theme_id=row["theme_id"],
        sender=row["team"] or personal_from(vault, row, id="sender_id").name,
        message=purchase_message(vault, row),
        free=free,
        over_since=row["over_since"],
        is_cancelled=row["is_cancelled"],
    )
