"""`…/transactions/{id}/deliveries` and `…/sheet`: the messages and the printed sheets of a purchase."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from huggg.http.cursor import requested_walk
from huggg.http.listing import page_response
from huggg.http.operation import Embeds, Operation, Page, Parameter
from huggg.http.pagination import PAGE_MAX, requested_page
from huggg.http.route import get
from huggg.http.web import Request, Response, query_of
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid
from huggg.kit.platform import Platform
from huggg.notifications.delivery import DeliveryState
from huggg.notifications.errors import NothingToPrint
from huggg.notifications.print_gifts import PDF, PdfFile, pdf_response, print_gifts
from huggg.notifications.store import (
    BEFORE_DELIVERIES,
    count_deliveries,
    deliveries_of_transaction,
    shown_deliveries,
)
from huggg.notifications.wire import PublishedDelivery, published_delivery
from huggg.transactions.errors import TransactionNotFound
from huggg.transactions.store import (
    find_transaction,
)

NOTHING = Embeds("deliveries", ())
"""Messages have no relations."""

PRINT_TRANSACTION = Operation(
    id="printTransaction",
    tag="Deliveries",
    summary="The hugggs of one purchase as sheets to print",
    query=(
        Parameter("page", Annotated[int, Meta(ge=1, le=PAGE_MAX)], "The number of the file, from 1."),
    ),
    answer=PdfFile,
    media_type=PDF,
    refuses=(TransactionNotFound, NothingToPrint, Invalid),
    slow=True,
)
DELIVERIES_OF_TRANSACTION = Operation(
    id="listTransactionDeliveries",
    tag="Deliveries",
    summary="Messages about the hugggs of one purchase",
    query=(
        Parameter(
            "state",
            Literal["queued", "sent", "delivered", "bounced", "failed", "suppressed"],
            "Only messages in this state.",
        ),
    ),
    answer=Page(PublishedDelivery),
    refuses=(TransactionNotFound, Invalid),
)


@get("/api/v2/transactions/{transaction_id}/deliveries", operation=DELIVERIES_OF_TRANSACTION)
async def get_deliveries_of_transaction(
    request: Request, transaction_id: str, caller: Caller, platform: Platform
) -> Response:
    """List the messages about the hugggs of a purchase, in their order, in one `state` or in all."""
    page, state = requested_walk(request, platform, BEFORE_DELIVERIES), _requested_state(request)
    transaction = await find_transaction(platform.database, transaction_id, caller=caller)
    rows = await deliveries_of_transaction(platform.database, transaction.id, page, state=state)
    deliveries = shown_deliveries(rows, platform.vault, with_addresses=True)
    return await page_response(
        request,
        platform,
        deliveries,
        data=[published_delivery(delivery) for delivery in deliveries],
        page=page,
        total=await count_deliveries(platform.database, transaction.id, state=state),
        key=lambda delivery: (delivery.id,),
        embeds=NOTHING,
    )


@get("/api/v2/transactions/{transaction_id}/sheet", operation=PRINT_TRANSACTION)
async def get_sheets(
    request: Request, transaction_id: str, caller: Caller, platform: Platform, launch_url: str
) -> Response:
    """Print the hugggs of a purchase that can still be used, a page for each, 500 to a file."""
    page = requested_page(query_of(request))
    transaction = await find_transaction(platform.database, transaction_id, caller=caller)
    pdf = await print_gifts(
        platform.database, platform.vault, transaction.id, launch_url=launch_url, page=page.number
    )
    return pdf_response(pdf, str(transaction.id))


def _requested_state(request: Request) -> DeliveryState | None:
    text = dict(query_of(request)).get("state")
    if text is not None and text not in set(DeliveryState):
        raise Invalid(f"state: must be one of {', '.join(sorted(DeliveryState))}.")
    return None if text is None else DeliveryState(text)


ROUTES = [get_sheets, get_deliveries_of_transaction]
