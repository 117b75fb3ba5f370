"""`…/hugggs/{id}/deliveries`, and channels' reports: `/webhooks/mail/bounces`, `/webhooks/sms/{id}`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from huggg.http.body import read_body
from huggg.http.form import urlencoded
from huggg.http.operation import Each, One, Operation, Parameter
from huggg.http.route import get, post
from huggg.http.web import Request, Response, json_response
from huggg.hugggs.errors import (
    CannotChangeHuggg,
    HugggAlreadyCancelled,
    HugggAlreadyExpired,
    HugggAlreadySpent,
    HugggNotFound,
)
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.store import order_seen
from huggg.hugggs.visible import lookup_requested, visible_huggg
from huggg.identity.caller import Caller
from huggg.kit.errors import Forbidden, Invalid, Malformed
from huggg.kit.ids import parse_id
from huggg.kit.platform import Platform
from huggg.notifications.deliver_again import deliver_again, read_correction
from huggg.notifications.errors import (
    AwaitsPerson,
    DeliveriesUsedUp,
    DeliveryUnderway,
    NothingToPrint,
    NotReachable,
)
from huggg.notifications.hand_over import PostOffice
from huggg.notifications.print_gifts import PDF, PdfFile, pdf_response, print_gifts
from huggg.notifications.reports import record_bounce, record_receipt
from huggg.notifications.store import deliveries_of_huggg, shown_deliveries
from huggg.notifications.wire import DeliverAgainBody, PublishedDelivery, published_delivery
from huggg.refusal import Unavailable

OF_HUGGG = Operation(
    id="listHugggDeliveries",
    tag="Deliveries",
    summary="Messages about one huggg",
    answer=Each((PublishedDelivery,)),
    refuses=(HugggNotFound,),
)
AGAIN = Operation(
    id="deliverHugggAgain",
    tag="Deliveries",
    summary="Send a huggg's message again",
    body=DeliverAgainBody,
    body_required=False,
    example={"email": "dee@example.org"},
    answer=One(PublishedDelivery),
    status=201,
    refuses=(
        Malformed,
        Invalid,
        HugggNotFound,
        CannotChangeHuggg,
        HugggAlreadySpent,
        HugggAlreadyCancelled,
        HugggAlreadyExpired,
        AwaitsPerson,
        NotReachable,
        DeliveryUnderway,
        DeliveriesUsedUp,
    ),
)


PRINT_HUGGG = Operation(
    id="printHuggg",
    tag="Deliveries",
    summary="One huggg as a sheet to print",
    answer=PdfFile,
    media_type=PDF,
    refuses=(HugggNotFound, CannotChangeHuggg, NothingToPrint),
    slow=True,
)


class ReportReceipt(Struct):
    """The effect of a report: the state that a message came to, or null for none."""

    state: Annotated[str | None, Meta(examples=["bounced"])]


class SmsReport(Struct):
    """A provider's report about an SMS, as a form."""

    MessageSid: Annotated[str | None, Meta(examples=["SM0123456789abcdef"])] = None
    MessageStatus: Annotated[str | None, Meta(examples=["delivered"])] = None
    ErrorCode: str | None = None


BOUNCE = Operation(
    id="receiveBounce",
    tag="Deliveries",
    summary="Report of a mail server",
    answer=ReportReceipt,
    refuses=(Unavailable,),
)
SMS_REPORT = Operation(
    id="receiveSmsReport",
    tag="Deliveries",
    summary="Report of the provider of SMS",
    body=SmsReport,
    takes_form=True,
    headers=(
        Parameter(
            "X-Twilio-Signature",
            Annotated[str, Meta(examples=["0a1b2c3d4e5f60718293a4b5c6d="])],
            "Twilio's signature of the address and the form.",
            required=True,
        ),
    ),
    answer=ReportReceipt,
    refuses=(Forbidden, Malformed, Unavailable),
)


@get("/api/v2/hugggs/{huggg_id}/deliveries", operation=OF_HUGGG, lookup=lookup_requested)
async def get_deliveries(
    request: Request, lookup: Lookup, caller: Caller, platform: Platform, guesses: Guesses
) -> Response:
    """List the messages about a huggg in their order: the gift, each time it was sent, and reminders.

    Addresses are shown to its sender, and to users whose role shows its order.
    """
    huggg, _ = await visible_huggg(request, platform, lookup, caller=caller, guesses=guesses)
    rows = await deliveries_of_huggg(platform.database, huggg.id)
    may_see = await _is_senders(caller, huggg, platform)
    deliveries = shown_deliveries(rows, platform.vault, with_addresses=may_see)
    return json_response({"data": [published_delivery(delivery) for delivery in deliveries]})


@post("/api/v2/hugggs/{huggg_id}/deliveries", operation=AGAIN, lookup=lookup_requested)
async def post_delivery(
    request: Request,
    body: bytes,
    lookup: Lookup,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
) -> Response:
    """Send a huggg's message again, to the same address, or to the one of the body from now on.

    The link stays the same: a message that went to a wrong address opens the huggg there, too. Its
    sender may send it again, and a user whose role shows its order; its receiver may not.
    """
    document = read_body(body or b"{}", DeliverAgainBody)
    correction = read_correction(email=document.email, phone_number=document.phone_number)
    huggg, _ = await visible_huggg(request, platform, lookup, caller=caller, guesses=guesses)
    if not await _is_senders(caller, huggg, platform):
        raise CannotChangeHuggg
    delivery = await deliver_again(platform.database, platform.vault, huggg, correction, caller=caller)
    return json_response({"data": published_delivery(delivery)}, status=201)


@get("/api/v2/hugggs/{huggg_id}/sheet", operation=PRINT_HUGGG, lookup=lookup_requested)
async def get_sheet(
    request: Request,
    lookup: Lookup,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
    launch_url: str,
) -> Response:
    """Print a huggg for its sender, or a user whose role shows its order: a page to hand over on paper.

    The page has the receiver's name, the message, the link, also as a QR code, and the last day.
    """
    huggg, _ = await visible_huggg(request, platform, lookup, caller=caller, guesses=guesses)
    if not await _is_senders(caller, huggg, platform):
        raise CannotChangeHuggg
    pdf = await print_gifts(
        platform.database,
        platform.vault,
        huggg.transaction_id,
        launch_url=launch_url,
        huggg_id=huggg.id,
    )
    return pdf_response(pdf, str(huggg.id))


@post("/webhooks/mail/bounces", operation=BOUNCE)
async def post_bounce(body: bytes, platform: Platform) -> Response:
    """Receive a whole mail that came to the return path of one of this server's mails.

    A delivery status notification (RFC 3464) moves its message to `bounced` or `delivered`. The return
    path, which only this server can make, is the credential: a mail without one moves nothing.
    """
    try:
        effect = await record_bounce(platform, body)
    except Invalid:
        return json_response(ReportReceipt(None))
    return json_response(ReportReceipt(effect.state))


@post("/webhooks/sms/{delivery_id}", operation=SMS_REPORT)
async def post_sms_report(
    request: Request, delivery_id: str, body: bytes, platform: Platform, office: PostOffice
) -> Response:
    """Receive the provider's report about one SMS. A report without a valid signature is refused."""
    effect = await record_receipt(
        platform,
        office.channels,
        parse_id(delivery_id),
        url=f"{office.addresses.base_url}/webhooks/sms/{delivery_id}",
        form=dict(urlencoded(body)),
        signature=request.header(b"x-twilio-signature") or "",
    )
    return json_response(ReportReceipt(effect.state))


async def _is_senders(caller: Caller, huggg: Huggg, platform: Platform) -> bool:
    """Tell whether the caller bought it, or has a role that shows the order that it came from."""
    return caller.required_user() == huggg.sender_id or await order_seen(
        platform.database, transaction_id=huggg.transaction_id, caller=caller
    )


ROUTES = [get_deliveries, post_delivery, get_sheet, post_bounce, post_sms_report]
