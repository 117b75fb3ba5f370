"""Reports of channels: a bounce or a receipt moves its delivery, and never back from delivered."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

from huggg.kit.errors import Forbidden
from huggg.kit.platform import Platform
from huggg.notifications import store
from huggg.notifications.addressee import readable_addressee
from huggg.notifications.bounce import read_bounce
from huggg.notifications.channel import Channels
from huggg.notifications.delivery import Channel, DeliveryState
from huggg.notifications.store import DeliveryReport
from huggg.notifications.wishes import keep_contact


class ReportEffect(Struct, frozen=True):
    """The effect of a report: the delivery's new state, None where the report decides nothing."""

    delivery_id: UUID | None
    state: DeliveryState | None


NOTHING = ReportEffect(None, None)


async def record_bounce(platform: Platform, report: bytes) -> ReportEffect:
    """Record a report of a mail server, as it came.

    An address that takes no mail for good gets none any more. Raises Invalid for a mail that names no
    message of this server.
    """
    bounce = read_bounce(report, platform.vault)
    if bounce is None:
        return NOTHING
    row = await store.find_delivery(platform.database, bounce.delivery_id)
    if row is None:
        return NOTHING
    outcome = DeliveryReport(row["subject_id"], row["id"], bounce.state, bounce.reason)
    if not await store.settle(platform.database, outcome):
        return ReportEffect(row["id"], None)
    addressee = readable_addressee(row, platform.vault)
    if bounce.address_is_dead and addressee is not None and addressee.address is not None:
        channel = Channel(row["channel"])
        await keep_contact(platform, addressee.address, channel, dead_reason=bounce.reason)
    return ReportEffect(row["id"], bounce.state)


async def record_receipt(
    platform: Platform,
    channels: Channels,
    delivery_id: UUID | None,
    *,
    url: str,
    form: Mapping[str, str],
    signature: str,
) -> ReportEffect:
    """Record a provider's receipt of an SMS. Raises Forbidden for one that is not signed."""
    if channels.texter is None:
        raise Forbidden
    receipt = channels.texter.receipt(url, form, signature)
    if receipt.state is None or delivery_id is None:
        return NOTHING
    row = await store.find_delivery(platform.database, delivery_id)
    if row is None or row["channel"] != Channel.SMS:
        return NOTHING
    outcome = DeliveryReport(row["subject_id"], row["id"], receipt.state, receipt.reason)
    is_news = await store.settle(platform.database, outcome)
    return ReportEffect(row["id"], receipt.state if is_news else None)
