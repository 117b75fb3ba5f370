"""Cards of users: an operator adds and removes them, their owner lists them."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.http.pagination import PageRequest, SortKey
from huggg.identity.create import find_user
from huggg.kit.clock import EPOCH
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.payments.card import Card
from huggg.payments.errors import CardTaken, UnknownCard
from huggg.payments.processor import Processor

CARDS_MAX = 1000

BEFORE_CARDS: SortKey = (EPOCH, "")
"""A key before all of a user's cards, in the order in which they came."""

queries = Queries(__file__)


async def add_card(
    database: Database, vault: Vault, processor: Processor, *, username: str, card: Card
) -> None:
    """Let a user pay with a card that the processor keeps.

    Raises CardsNotTaken, UnknownCard for a card or user that does not exist, CardTaken, ProcessorSilent.
    """
    details = await processor.details(card)
    row = await database.row(
        queries.add_card,
        id=card.reference,
        user_id=await _find_user_id(database, vault, username),
        processor=processor.name,
        customer=card.customer or details.customer,
        brand=details.brand,
        last4=details.last4,
        exp_month=details.exp_month,
        exp_year=details.exp_year,
    )
    if row is None:
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


async def cards_named(database: Database, vault: Vault, *, username: str) -> list[Record]:
    """Read all cards of a user, of every processor. Raises UnknownCard for a missing user."""
    user_id = await _find_user_id(database, vault, username)
    page = PageRequest(number=1, size=CARDS_MAX)
    return await cards_of(database, user_id=user_id, processor=None, page=page)


async def _find_user_id(database: Database, vault: Vault, username: str) -> UUID:
    try:
        return await find_user(database, vault, username)
    except Invalid as refusal:
        raise UnknownCard(str(refusal)) from None


async def count_cards(database: Database, *, user_id: UUID, processor: str) -> int:
    """Count a user's cards."""
    return await database.count(queries.count_cards, user_id=user_id, processor=processor)
