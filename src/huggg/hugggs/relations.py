"""What hangs on a huggg: its message, and the product it is for."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from uuid import UUID

from huggg.database.pool import Database
from huggg.hugggs.huggg import Huggg, Message
from huggg.hugggs.store import messages_of
from huggg.hugggs.wire import published_message
from huggg.kit.embedding import Entity, Relation


def hugggs_relations(products: Entity) -> list[Relation]:
    """Name the relations; `products` is the catalogue's entity as these lists show it."""
    # A message is known by its huggg here, because that is where it is looked up.
    messages = Entity("messages", _load_messages, published_message, key=attrgetter("huggg_id"))
    return [
        Relation("hugggs", "message", messages, _message_keys),
        Relation("hugggs", "purchase", products, lambda huggg: [huggg.product_id]),
    ]


async def _load_messages(database: Database, huggg_ids: list[UUID]) -> Sequence[Message]:
    return await messages_of(database, huggg_ids)


def _message_keys(huggg: Huggg) -> list[UUID]:
    return [huggg.id] if huggg.message_id is not None else []
