"""Builds the shared parts and joins the nouns. The only module that knows them all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from huggg.catalogue.relations import catalogue_relations
from huggg.database.meter import Meter, NoMeter
from huggg.database.pool import Database
from huggg.events.consumer import Consumer
from huggg.http.embedding import Embedding
from huggg.http.site import Site
from huggg.hugggs.relations import hugggs_entity, hugggs_relations
from huggg.kit.codes import Vault
from huggg.kit.idempotency import Idempotency
from huggg.kit.outgoing.addresses import EVERY_NETWORK
from huggg.kit.outgoing.client import Outgoing
from huggg.kit.platform import Platform
from huggg.notifications.alarms import Operator
from huggg.notifications.channel import Channels, Mailer, Texter
from huggg.notifications.compose import Addresses
from huggg.notifications.events import pool_alarms, receipts
from huggg.notifications.hand_over import PostOffice
from huggg.notifications.mail import read_mail_sender
from huggg.notifications.outbox import OUTBOX, Outbox
from huggg.notifications.smtp import SmtpMailer, read_smtp_url
from huggg.notifications.twilio import TwilioTexter, read_twilio_url
from huggg.passes.apple_file import AppleIdentity, read_apple_identity
from huggg.passes.desk import PassDesk, PassServices
from huggg.passes.events import changed_passes
from huggg.passes.google_object import GoogleIdentity, read_service_account
from huggg.payments.disabled import DisabledProcessor
from huggg.payments.fake import FakeProcessor
from huggg.payments.processor import Processor
from huggg.payments.store import make_due
from huggg.redemptions.relations import redemptions_relations
from huggg.server.errors import REFUSALS
from huggg.settings.settings import Settings
from huggg.settings.values import SettingError
from huggg.transactions.relations import transactions_relations
from huggg.vouchers.events import low_pools
from huggg.vouchers.relations import vouchers_relations

T = TypeVar("T")


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


def build_channels(settings: Settings) -> Channels:
    """Open the channels that are set up; none of them connects before its first message."""
    sender, outbox = read_mail_sender(settings.mail_from), Outbox(settings.data_dir)
    mailer: Mailer | None = None
    if settings.smtp_url == OUTBOX:
        mailer = outbox
    elif settings.smtp_url is not None:
        mailer = SmtpMailer(read_smtp_url(settings.smtp_url), local_name=sender.domain)
    texter: Texter | None = None
    if settings.sms_url == OUTBOX:
        texter = outbox
    elif settings.sms_url is not None:
        texter = TwilioTexter(read_twilio_url(settings.sms_url), Outgoing(EVERY_NETWORK))
    return Channels(mailer, texter)


def build_post_office(settings: Settings, platform: Platform, channels: Channels) -> PostOffice:
    """Collect the parts that handing messages over needs."""
    return PostOffice(
        platform,
        channels,
        read_mail_sender(settings.mail_from),
        Addresses(settings.launch_url, settings.base_url or settings.launch_url),
        Operator(settings.operator_email) if settings.operator_email else None,
    )


def read_pass_identities(settings: Settings) -> tuple[AppleIdentity | None, GoogleIdentity | None]:
    """Read the files of the services of passes that are set up.

    Raises SettingError for a file that cannot be used.
    """
    apple = google = None
    if settings.apple_pass_file is not None:
        apple = _read(read_apple_identity, "HUGGG_APPLE_PASS_FILE", settings.apple_pass_file)
    if settings.google_pass_file is not None:
        assert settings.google_pass_issuer is not None  # noqa: S101 - settings without it are not read
        account = _read(read_service_account, "HUGGG_GOOGLE_PASS_FILE", settings.google_pass_file)
        google = GoogleIdentity(settings.google_pass_issuer, account)
    return apple, google


def build_pass_services(settings: Settings) -> PassServices:
    """Open the services of passes that are set up; none connects before its first news.

    Their library takes megabytes, so servers without passes never import it.
    Raises SettingError for a file that cannot be used.
    """
    apple, identity = read_pass_identities(settings)
    push = google = None
    if apple is not None:
        from huggg.passes.apple_push import APPLE, ApplePush  # noqa: PLC0415

        push = ApplePush(apple, settings.apple_push_url or APPLE)
    if identity is not None:
        from huggg.passes.google_service import GOOGLE, GoogleService  # noqa: PLC0415

        google = GoogleService(identity, settings.google_pass_url or GOOGLE)
    return PassServices(apple, push, google)


def _read(reader: Callable[[Path], T], name: str, path: Path) -> T:
    try:
        return reader(path)
    except OSError as error:
        raise SettingError(f"{name}: {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise SettingError(f"{name}: {path} cannot be used: {error}.") from None


def build_consumers(office: PostOffice, pass_desk: PassDesk) -> list[Consumer]:
    """Collect the consumers of all nouns."""
    consumers = [low_pools()]
    if pass_desk.services != PassServices():
        consumers.append(changed_passes())
    if office.channels.mailer is not None:
        consumers.append(receipts())
        if office.operator is not None:
            consumers.append(pool_alarms(office.platform.vault, office.operator))
    return consumers


def build_embedding(vault: Vault, launch_url: str) -> Embedding:
    """Collect every noun's relations into one registry."""
    catalogue = catalogue_relations()
    return Embedding(
        [
            *catalogue.relations,
            *hugggs_relations(vault, catalogue.products),
            *vouchers_relations(vault, catalogue.segments),
            *redemptions_relations(),
            *transactions_relations(hugggs_entity(vault, launch_url)),
        ]
    )
