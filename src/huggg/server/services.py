"""Services: the parts of a process that are opened at its start, and closed at its end."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import NamedTuple

from huggg.database.migrate import newest_revision
from huggg.database.queries import read_all_files
from huggg.database.sessions import connect
from huggg.gift.visits import Visits
from huggg.keys.load import load_vault
from huggg.keys.roll_call import answering
from huggg.kit.limits import Buckets
from huggg.kit.platform import Platform
from huggg.metrics.metrics import Metrics
from huggg.notifications.channel import Channels
from huggg.notifications.hand_over import PostOffice
from huggg.passes.desk import PassDesk, PassServices
from huggg.payments.processor import Processor
from huggg.server.limits import Limits, build_limits
from huggg.server.wiring import (
    build_channels,
    build_platform,
    build_post_office,
    build_processor,
)
from huggg.settings.settings import Settings
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.issuers.service import IssuingService


class Services(NamedTuple):
    """The open services, which routes and the worker share."""

    platform: Platform
    limits: Limits
    processor: Processor
    channels: Channels
    office: PostOffice
    issuers: Issuers
    visits: Visits
    pass_desk: PassDesk


async def open_services(
    stack: AsyncExitStack, settings: Settings, meter: Metrics, pass_services: PassServices
) -> Services:
    """Open the services, of this release alone; `stack` closes them, the last opened first.

    Raises DatabaseAwayError, and BadKeysError where a key that the database is sealed with is missing.
    """
    read_all_files()
    newest_revision()  # reads the list of revisions, which is kept
    database = await connect(
        settings.database_url or "", connections_max=settings.connections_max, meter=meter
    )
    stack.push_async_callback(database.close)
    vault = load_vault(settings)
    await stack.enter_async_context(answering(database, vault))
    limits = build_limits(settings, Buckets(database, vault), meter)
    stack.push_async_callback(limits.let_go, every_lease=True)
    processor = build_processor(settings, database)
    stack.push_async_callback(processor.close)
    platform = build_platform(settings, database, vault, meter)
    stack.push_async_callback(platform.outgoing.close)
    channels = build_channels(settings)
    stack.push_async_callback(channels.close)
    stack.push_async_callback(pass_services.close)
    visits = Visits(platform)
    return Services(
        platform,
        limits,
        processor,
        channels,
        office=build_post_office(settings, platform, channels),
        issuers=Issuers(database, vault, IssuingService(platform.outgoing)),
        visits=visits,
        pass_desk=PassDesk(platform, visits, pass_services, launch_url=settings.launch_url),
    )
