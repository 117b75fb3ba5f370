"""Cards of users: an operator adds and removes them, their owner lists them."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.http.pagination import PageRequest, SortKey
from huggg.identity.username import username_values
from huggg.kit.clock import EPOCH
from huggg.payments.card import Card
from huggg.payments.errors import CardTaken, UnknownCard
from huggg.payments.processor import Processor

CARDS_MAX = 1000

BEFORE_CARDS: SortKey = (EPOCH, "")
"""A key before all of a user's cards, in the order in which they came."""

queries = Queries(__file__)


async def add_card(database: Database, processor: Processor, *, username: str, card: Card) -> None:
    """Let a user pay with a card that the processor keeps.

    Raises CardsNotTaken, UnknownCard for a card or user that does not exist, CardTaken, ProcessorSilent.
    """
    details = await processor.details(card)
    row = await database.one(
        queries.add_card,
        id=card.reference,
        **username_values(username),
        processor=processor.name,
        customer=card.customer or details.customer,
        brand=details.brand,
        last4=details.last4,
        exp_month=details.exp_month,
        exp_year=details.exp_year,
    )
    if not row["known"]:
        raise UnknownCard(f"No user has the username {username}.")
    if not row["added"]:
        raise CardTaken(f"{card.reference} is another user's card.")


async def remove_card(database: Database, *, reference: str) -> None:
    """Remove a card from its user. Raises UnknownCard."""
    if await database.row(queries.remove_card, id=reference) is None:
        raise UnknownCard(f"There is no card {reference}.")


async def cards_of(
    database: Database, *, user_id: UUID, processor: str | None, page: PageRequest
) -> list[Record]:
    """Read a page of a user's cards, those of one processor or all."""
    added_at, card = page.after or BEFORE_CARDS
    return await database.rows(
        queries.cards,
        user_id=user_id,
        processor=processor,
        after_at=added_at,
        after_id=card,
        size=page.size,
        offset=page.offset,
    )


async def cards_named(database: Database, *, username: str) -> list[Record]:
    """Read all cards of a user, of every processor. Raises UnknownCard for a missing user."""
    row = await database.row(queries.user_named, **username_values(username))
    if row is None:
        raise UnknownCard(f"No user has the username {username}.")
    page = PageRequest(number=1, size=CARDS_MAX)
    return await cards_of(database, user_id=row["id"], processor=None, page=page)


async def count_cards(database: Database, *, user_id: UUID, processor: str) -> int:
    """Count a user's cards."""
    return await database.count(queries.count_cards, user_id=user_id, processor=processor)
