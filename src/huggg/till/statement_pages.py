"""`/till/statement`: a manager's redemptions of a period, by location and class of VAT."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from huggg.html.operation import page_operation
from huggg.html.redirect import see_other
from huggg.html.renderer import Renderer
from huggg.http.query import requested_day
from huggg.http.route import get
from huggg.http.web import Request, Response, query_of
from huggg.kit.errors import Invalid
from huggg.kit.money import pounds
from huggg.kit.offload import in_slow_thread
from huggg.kit.platform import Platform
from huggg.redemptions.search import (
    Period,
    RedemptionSearch,
    at_locations_of,
    find_all,
    period_of,
)
from huggg.redemptions.statement import StatementLine, statement_of, vat_words
from huggg.redemptions.trading_day import locations_of, trading_day
from huggg.till.sheet import redemptions_sheet, statement_sheet
from huggg.till.shift import Shift, manager_of

STATEMENT = page_operation("showTillStatement", "A merchant's redemptions of a period, added up")
SHEET = page_operation("downloadTillStatement", "A merchant's redemptions of a period as CSV")
EACH = page_operation("downloadTillRedemptions", "Each redemption of a period as CSV")


@get("/till/statement", operation=STATEMENT)
async def get_statement(request: Request, platform: Platform, renderer: Renderer) -> Response:
    """Show a statement: this month's, unless the query names days."""
    shift = await _manager_of_report(request, platform)
    if shift is None:
        return see_other("/till")
    period, location_id = await _requested(request, platform, shift)
    form = {"from": period.first, "to": period.last, "location": location_id}
    values = {
        "period": period,
        "location_id": location_id,
        "locations": await locations_of(platform.database, shift.caller),
        "lines": await _lines(platform, shift, period, location_id),
        "query": urlencode({name: value for name, value in form.items() if value}),
        "vat": vat_words,
        "pounds": pounds,
    }
    return await renderer.page("till/statement.html.j2", values)


@get("/till/statement.csv", operation=SHEET)
async def get_statement_sheet(request: Request, platform: Platform) -> Response:
    """Give a statement as CSV."""
    shift = await _manager_of_report(request, platform)
    if shift is None:
        return see_other("/till")
    period, location_id = await _requested(request, platform, shift)
    lines = await _lines(platform, shift, period, location_id)
    name = f"statement-{period.first}-{period.last}.csv"
    return Response(
        statement_sheet(lines),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@get("/till/statement/redemptions.csv", operation=EACH)
async def get_statement_redemptions(request: Request, platform: Platform) -> Response:
    """Give each redemption of a statement with the facts about its sale as CSV."""
    shift = await _manager_of_report(request, platform)
    if shift is None:
        return see_other("/till")
    period, location_id = await _requested(request, platform, shift)
    search = RedemptionSearch(
        brand_id=shift.brand_id,
        location_ids=at_locations_of(shift.caller, location_id),
        since=period.since,
        until=period.until,
    )
    redemptions = await find_all(platform, search)
    sheet = await in_slow_thread(
        partial(redemptions_sheet, redemptions, period.time_zone, with_days=True)
    )
    name = f"redemptions-{period.first}-{period.last}.csv"
    return Response(
        sheet,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _manager_of_report(request: Request, platform: Platform) -> Shift | None:
    """Read the manager behind a request, and count it as slow: a report may cover years.

    None where no staff is signed in. Raises BeyondRole, TooManyAtOnce.
    """
    shift = await manager_of(request, platform)
    if shift is not None:
        request.context.count_as_slow()
    return shift


async def _requested(request: Request, platform: Platform, shift: Shift) -> tuple[Period, str | None]:
    """Read the days and the location of the query. Raises Invalid."""
    query = query_of(request)
    today = (await trading_day(platform.database, shift.brand_id)).day
    first = requested_day(query, "from") or today.replace(day=1)
    last = requested_day(query, "to") or max(today, first)
    if last < first:
        raise Invalid("to: must not be before from.")
    period = await period_of(platform, shift.brand_id, first, last)
    return period, dict(query).get("location") or None


async def _lines(
    platform: Platform, shift: Shift, period: Period, location_id: str | None
) -> list[StatementLine]:
    places = at_locations_of(shift.caller, location_id)
    return await statement_of(platform, shift.brand_id, period, location_ids=places)


ROUTES = [get_statement, get_statement_sheet, get_statement_redemptions]
