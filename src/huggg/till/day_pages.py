"""`/till/day` and `/till/receipt`: a day's list, totals and sheets, and a redemption to print again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlencode

from huggg.html.operation import page_operation
from huggg.html.redirect import see_other
from huggg.html.renderer import Renderer
from huggg.http.query import requested_day
from huggg.http.route import get
from huggg.http.web import Request, Response, query_of
from huggg.hugggs.reference import HugggReference
from huggg.identity.role import StaffRight
from huggg.kit.ids import parse_id
from huggg.kit.money import pounds
from huggg.kit.offload import in_slow_thread
from huggg.kit.platform import Platform
from huggg.notifications.print_gifts import pdf_response
from huggg.redemptions.errors import RedemptionNotFound
from huggg.redemptions.redemption import Redemption
from huggg.redemptions.search import (
    ListedRedemption,
    RedemptionSearch,
    at_locations_of,
    find_redemptions,
)
from huggg.redemptions.store import find_redemption
from huggg.redemptions.till_view import lookup_at_till, view_at_till
from huggg.redemptions.trading_day import (
    TradingDay,
    redemptions_of_day,
    totals_of_day,
    trading_day,
)
from huggg.till.sheet import end_of_day_pdf, local_day_and_time, local_time, redemptions_sheet
from huggg.till.shift import Shift, shift_of
from huggg.till.totals import by_product, by_staff

DAY = page_operation("showTillDay", "A day's redemptions and totals")
SHEET = page_operation("downloadTillDay", "A day's redemptions as CSV")
PRINTED = page_operation("printTillDay", "A day's redemptions and totals as PDF")
RECEIPT = page_operation("showTillReceipt", "A redemption to print again")

REFERENCE_LENGTH_MAX = 100
ROWS_MAX = 500
"""Rows of the page; a sheet has more."""


@get("/till/day", operation=DAY)
async def get_day(request: Request, platform: Platform, renderer: Renderer) -> Response:
    """Show a day's redemptions and totals at the staff's locations; search by reference or receipt.

    A search covers all days for staff that may see them, and else today.
    """
    shift = await shift_of(request, platform)
    if shift is None:
        return see_other("/till")
    day = await _permitted_day(request, platform, shift)
    reference = dict(query_of(request)).get("reference", "").strip()[:REFERENCE_LENGTH_MAX]
    totals = await totals_of_day(platform, day, caller=shift.caller)
    query = urlencode({"day": day.day.isoformat()})
    redemptions = await _search_day(platform, shift, day, reference)
    values = {
        "day": day,
        "sheets": {"CSV": f"/till/day.csv?{query}", "PDF": f"/till/day.pdf?{query}"},
        "reference": reference,
        "redemptions": redemptions,
        "rows_max": ROWS_MAX,
        "totals": totals,
        "by_product": by_product(totals),
        "by_staff": by_staff(totals),
        "sees_every_day": shift.may(StaffRight.SEE_EVERY_DAY),
        "takes_back": shift.may(StaffRight.TAKE_BACK),
        "local": partial(local_day_and_time if reference else local_time, time_zone=day.time_zone),
        "pounds": pounds,
    }
    return await renderer.page("till/day.html.j2", values)


@get("/till/day.csv", operation=SHEET)
async def get_sheet(request: Request, platform: Platform) -> Response:
    """Give a day's redemptions as CSV, for the end of the day."""
    shift = await shift_of(request, platform)
    if shift is None:
        return see_other("/till")
    request.context.count_as_slow()
    day = await _permitted_day(request, platform, shift)
    redemptions = await redemptions_of_day(platform, day, caller=shift.caller)
    disposition = f'attachment; filename="hugggs-{day.day.isoformat()}.csv"'
    return Response(
        await in_slow_thread(partial(redemptions_sheet, redemptions, day.time_zone)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


@get("/till/day.pdf", operation=PRINTED)
async def get_printed_day(request: Request, platform: Platform) -> Response:
    """Give a day's redemptions and totals as PDF, for the end of the day."""
    shift = await shift_of(request, platform)
    if shift is None:
        return see_other("/till")
    request.context.count_as_slow()
    day = await _permitted_day(request, platform, shift)
    redemptions = await redemptions_of_day(platform, day, caller=shift.caller)
    totals = await totals_of_day(platform, day, caller=shift.caller)
    location_names = [each.name for each in shift.locations]
    pdf = await in_slow_thread(partial(end_of_day_pdf, day, redemptions, totals, location_names))
    return pdf_response(pdf, f"hugggs-{day.day.isoformat()}")


@get("/till/receipt", operation=RECEIPT)
async def get_receipt(request: Request, platform: Platform, renderer: Renderer) -> Response:
    """Show one redemption as a slip to print, as often as it is asked for. Raises RedemptionNotFound."""
    shift = await shift_of(request, platform)
    if shift is None:
        return see_other("/till")
    redemption = await _visible_redemption(request, platform, shift)
    day = await trading_day(platform.database, shift.brand_id)
    huggg = HugggReference(redemption.huggg_id, [])
    lookup = lookup_at_till(platform.database, huggg, redemption.location_id, brand_id=shift.brand_id)
    values = {
        "redemption": redemption,
        "view": await view_at_till(
            platform.database, lookup, huggg, caller=shift.caller, at_location=False
        ),
        "at": partial(local_day_and_time, time_zone=day.time_zone),
        "pounds": pounds,
    }
    return await renderer.page("till/receipt.html.j2", values, scripts=True)


async def _permitted_day(request: Request, platform: Platform, shift: Shift) -> TradingDay:
    """Give the day that the query asks for, unless given today. Raises Invalid, BeyondRole."""
    requested = requested_day(query_of(request), "day")
    day = await trading_day(platform.database, shift.brand_id, requested)
    if not day.since <= shift.signed_in.now < day.until:
        shift.require(StaffRight.SEE_EVERY_DAY)
    return day


async def _search_day(
    platform: Platform, shift: Shift, day: TradingDay, reference: str
) -> Sequence[ListedRedemption]:
    if not reference:
        return await redemptions_of_day(platform, day, caller=shift.caller, size=ROWS_MAX)
    sees_every_day = shift.may(StaffRight.SEE_EVERY_DAY)
    search = RedemptionSearch(
        brand_id=shift.brand_id,
        location_ids=at_locations_of(shift.caller),
        since=None if sees_every_day else day.since,
        until=None if sees_every_day else day.until,
        reference=reference,
    )
    return await find_redemptions(platform, search, size=ROWS_MAX)


async def _visible_redemption(request: Request, platform: Platform, shift: Shift) -> Redemption:
    """Read the redemption of the query, if this staff may see it. Raises RedemptionNotFound."""
    query = dict(query_of(request))
    huggg_id, redemption_id = (parse_id(query.get(name, "")) for name in ("huggg", "redemption"))
    if huggg_id is None or redemption_id is None:
        raise RedemptionNotFound
    redemption = await find_redemption(platform.database, huggg_id, redemption_id)
    if (
        redemption is None
        or redemption.brand_id != shift.brand_id
        or not shift.caller.acts_at(redemption.location_id)
    ):
        raise RedemptionNotFound
    today = await trading_day(platform.database, shift.brand_id)
    if redemption.created_at < today.since and not shift.may(StaffRight.SEE_EVERY_DAY):
        raise RedemptionNotFound
    return redemption


ROUTES = [get_day, get_sheet, get_printed_day, get_receipt]
