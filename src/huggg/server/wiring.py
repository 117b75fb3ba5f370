"""Wiring: which packages hold hands. The only place that knows them all."""

from __future__ import annotations

from huggg.catalogue.relations import catalogue_relations
from huggg.database.pool import Database
from huggg.hugggs.relations import hugggs_entity, hugggs_relations
from huggg.kit.codes import Vault
from huggg.kit.embedding import Embedding
from huggg.kit.guessing import Guesses
from huggg.kit.idempotency import Idempotency
from huggg.kit.limits import Buckets
from huggg.kit.meter import Meter, NoMeter
from huggg.kit.platform import Platform
from huggg.kit.queues import Queue
from huggg.redemptions.relations import redemptions_relations
from huggg.server.errors import refused
from huggg.server.settings import Settings
from huggg.transactions.relations import transactions_relations
from huggg.vouchers.jobs import issuances_queue
from huggg.vouchers.relations import vouchers_relations


def build_platform(
    settings: Settings, database: Database, vault: Vault, meter: Meter | None = None
) -> Platform:
    """Put together what every route works with."""
    meter = meter or NoMeter()
    return Platform(
        database=database,
        vault=vault,
        embedding=build_embedding(vault, settings.launch_url),
        idempotency=Idempotency(database, vault, refused),
        guesses=Guesses(Buckets(database, vault), settings.misses_max, meter),
        meter=meter,
        base_url=settings.base_url,
        launch_url=settings.launch_url,
    )


def build_queues() -> list[Queue]:
    """Collect every noun's work that can fall behind."""
    return [issuances_queue()]


def build_embedding(vault: Vault, launch_url: str) -> Embedding:
    """Collect every noun's relations into one registry."""
    catalogue = catalogue_relations()
    return Embedding(
        [
            *catalogue.relations,
            *hugggs_relations(catalogue.products),
            *vouchers_relations(vault, catalogue.segments),
            *redemptions_relations(),
            *transactions_relations(hugggs_entity(vault, launch_url)),
        ]
    )
