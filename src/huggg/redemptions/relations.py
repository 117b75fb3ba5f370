"""A huggg's live redemption."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.http.embedding import Entity, Relation
from huggg.hugggs.huggg import Huggg
from huggg.identity.permissions import Scope
from huggg.redemptions.redemption import Redemption
from huggg.redemptions.store import redemption_from
from huggg.redemptions.wire import PublishedRedemption, published_redemption

queries = Queries(__file__)


def redemptions_relations() -> list[Relation]:
    """Name the relation, called `redeemed` as published."""
    redemptions = Entity(
        "redemptions",
        _load,
        published_redemption,
        PublishedRedemption,
        key=attrgetter("huggg_id"),
        scope=Scope.HUGGGS_READ,
    )
    return [Relation("hugggs", "redeemed", redemptions, _keys)]


async def _load(database: Database, huggg_ids: list[UUID]) -> Sequence[Redemption]:
    rows = await database.by_key(queries.redemptions, huggg_ids)
    return [redemption_from(row) for row in rows]


def _keys(huggg: Huggg) -> list[UUID]:
    return [huggg.id] if huggg.redemption_id is not None else []
