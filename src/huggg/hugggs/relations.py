"""The relations of a huggg, to its message and its product; and hugggs, as other entities embed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from huggg.database.pool import Database
from huggg.http.embedding import Entity, Relation
from huggg.hugggs.huggg import Huggg, Message
from huggg.hugggs.store import load_hugggs, messages_of
from huggg.hugggs.wire import PublishedHuggg, PublishedMessage, published_huggg, published_message
from huggg.identity.permissions import Scope
from huggg.kit.codes import Vault


@dataclass(frozen=True, slots=True)
class _HugggAtInstant:
    """A huggg, and the instant for which its state is written."""

    huggg: Huggg
    now: datetime


def hugggs_entity(vault: Vault, launch_url: str) -> Entity:
    """Describe hugggs for embedding; reading them opens their codes, hence the vault."""

    async def load(database: Database, ids: list[UUID]) -> Sequence[_HugggAtInstant]:
        snapshot = await load_hugggs(database, vault, ids)
        return [_HugggAtInstant(huggg, snapshot.now) for huggg in snapshot.hugggs if snapshot.now]

    def wire(huggg_at: _HugggAtInstant) -> PublishedHuggg:
        return published_huggg(huggg_at.huggg, now=huggg_at.now, launch_url=launch_url)

    return Entity(
        "hugggs",
        load,
        wire,
        PublishedHuggg,
        key=attrgetter("huggg.id"),
        scope=Scope.HUGGGS_READ,
    )


def hugggs_relations(vault: Vault, products: Entity) -> list[Relation]:
    """Name the relations; `products` is the catalogue's entity as these lists show it."""

    async def load_messages(database: Database, huggg_ids: list[UUID]) -> Sequence[Message]:
        return await messages_of(database, vault, huggg_ids)

    # A message is known by its huggg here, because that is where it is looked up.
    messages = Entity(
        "messages",
        load_messages,
        published_message,
        PublishedMessage,
        key=attrgetter("huggg_id"),
        scope=Scope.HUGGGS_READ,
    )
    return [
        Relation("hugggs", "message", messages, _message_keys),
        Relation("hugggs", "purchase", products, lambda huggg: [huggg.product_id]),
    ]


def _message_keys(huggg: Huggg) -> list[UUID]:
    return [huggg.id] if huggg.message_id is not None else []
