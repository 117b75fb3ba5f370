"""Label: the title and the reason code of a purchase are changed by its buyer's side."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from asyncpg import Record
from msgspec import structs

from huggg.database.pool import Database
from huggg.database.queries import BoundStatement, Queries
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.race import Race
from huggg.people.labels import labels_of, seal_labels
from huggg.people.person_key import PersonKey
from huggg.people.store import ensure_person_keys
from huggg.transactions.ends.end import Author

queries = Queries(__file__)


async def label(
    database: Database,
    vault: Vault,
    transaction_id: UUID,
    new: Mapping[str, str | None],
    author: Author,
) -> None:
    """Change the labels of a purchase that are in `new`, by the names of `Labels`.

    Raises Invalid where the buyer was erased, and Busy when concurrent calls won again and again.
    """
    race = Race()
    while new:
        statement = await plan_label(database, vault, transaction_id, new, author)
        if await database.all_or_none([statement]):
            return
        await race.lost()


async def plan_label(
    database: Database,
    vault: Vault,
    transaction_id: UUID,
    new: Mapping[str, str | None],
    author: Author,
) -> BoundStatement:
    """Plan the statement that keeps labels.

    It gives no row if they changed, or their buyer was erased, since. Raises Invalid where the buyer was
    erased before.
    """
    row, buyer = await _row_and_key(database, vault, transaction_id, new)
    labels = structs.replace(labels_of(vault, row, transaction_id=transaction_id), **new)
    return queries.label.with_values(
        transaction_id=transaction_id,
        sealed=seal_labels(vault, labels, transaction_id=transaction_id, buyer=buyer),
        buyer_id=buyer.person_id,
        seen_at=row["updated_at"],
        user_id=author.user_id,
        client_id=author.client_id,
    )


async def check_label(
    database: Database, vault: Vault, transaction_id: UUID, new: Mapping[str, str | None]
) -> None:
    """Refuse labels that cannot be kept, before anything else of a request is recorded.

    Raises Invalid where the buyer was erased.
    """
    if new:
        await _row_and_key(database, vault, transaction_id, new)


async def _row_and_key(
    database: Database, vault: Vault, transaction_id: UUID, new: Mapping[str, str | None]
) -> tuple[Record, PersonKey]:
    row = await database.one(queries.labels, transaction_id=transaction_id)
    buyer_id = row["sender_id"]
    buyer = (await ensure_person_keys(database, vault, [buyer_id])).get(buyer_id)
    if buyer is None:
        raise Invalid(f"{_field(next(iter(new)))}: cannot be kept, because the buyer was erased.")
    return row, buyer


def _field(name: str) -> str:
    """Name a label as the body does."""
    return "reasonCode" if name == "reason_code" else name
