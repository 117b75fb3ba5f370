"""Builds the shared parts and joins the nouns. The only module that knows them all."""

from __future__ import annotations

from functools import partial

from huggg.catalogue.relations import catalogue_relations
from huggg.database.meter import Meter, NoMeter
from huggg.database.pool import Database
from huggg.events.consumer import Consumer
from huggg.http.embedding import Embedding
from huggg.http.site import Site
from huggg.hugggs.relations import hugggs_entity, hugggs_relations
from huggg.kit.codes import Vault
from huggg.kit.idempotency import Idempotency
from huggg.kit.outgoing.client import Outgoing
from huggg.kit.platform import Platform
from huggg.payments.disabled import DisabledProcessor
from huggg.payments.fake import FakeProcessor
from huggg.payments.processor import Processor
from huggg.payments.store import make_due
from huggg.redemptions.relations import redemptions_relations
from huggg.server.errors import REFUSALS
from huggg.server.settings import Settings
from huggg.transactions.relations import transactions_relations
from huggg.vouchers.events import low_pools
from huggg.vouchers.relations import vouchers_relations


def build_platform(
    settings: Settings, database: Database, vault: Vault, meter: Meter | None = None
) -> Platform:
    """Build the shared parts of a process, which every route gets."""
    meter = meter or NoMeter()
    return Platform(
        database=database,
        vault=vault,
        idempotency=Idempotency(database, vault, REFUSALS.answer),
        meter=meter,
        outgoing=Outgoing(settings.private_addresses),
    )


def build_processor(settings: Settings, database: Database) -> Processor:
    """Choose the processor of cards."""
    if settings.card_processor == "fake":
        return FakeProcessor(settings.data_dir, partial(make_due, database))
    if settings.card_processor != "stripe":
        return DisabledProcessor()
    assert settings.stripe_key is not None  # noqa: S101 - settings without it are not read
    # Importing Stripe's library takes most of a second, which a server without it need not wait.
    from huggg.payments.stripe import StripeProcessor  # noqa: PLC0415

    return StripeProcessor(
        settings.stripe_key,
        webhook_secret=settings.stripe_webhook_secret,
        url=settings.stripe_url,
    )


def build_site(settings: Settings, vault: Vault) -> Site:
    """Describe the public addresses of this installation, and the embeds of its lists."""
    return Site(build_embedding(vault, settings.launch_url), settings.base_url, settings.hosts)


def build_consumers() -> list[Consumer]:
    """Collect the consumers of all nouns."""
    return [low_pools()]


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
