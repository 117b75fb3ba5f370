"""`GET /api/v2/redemptions`: a merchant's redemptions, with the facts about their sales."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from huggg.http.body import NO_NUL
from huggg.http.cursor import requested_walk
from huggg.http.listing import page_response
from huggg.http.operation import Embeds, Operation, Page, Parameter
from huggg.http.query import requested_choice, requested_day
from huggg.http.route import get
from huggg.http.web import Request, Response, query_of
from huggg.identity.caller import Caller
from huggg.kit.errors import Forbidden, Invalid
from huggg.kit.platform import Platform
from huggg.redemptions.search import (
    LATEST_FIRST,
    RedemptionSearch,
    at_locations_of,
    count_redemptions,
    find_redemptions,
    key_of,
    period_of,
)
from huggg.till.wire import PublishedListedRedemption, published_listed_redemption

Text = Annotated[str, Meta(pattern=NO_NUL)]
DayOrBlank = Annotated[str, Meta(pattern=r"^(\d{4}-\d\d-\d\d)?$", examples=["2019-04-04"])]
"""A day of the calendar; a blank one is none, as forms send it."""

NOTHING = Embeds("redemptions", ())
LIST = Operation(
    id="listRedemptions",
    tag="Till",
    summary="Redemptions of the caller's merchant",
    answer=Page(PublishedListedRedemption),
    query=(
        Parameter("location_id", Text, "Only redemptions at this location."),
        Parameter("from", DayOrBlank, "The first day, by the merchant's calendar."),
        Parameter("to", DayOrBlank, "The last day."),
        Parameter("reference", Text, "The till's reference of the sale, or its receipt number."),
        Parameter("staff", Text, "The clerk, by the till's own name for them."),
        Parameter("redeemed", Literal["true", "false"], "`false`: only those that were taken back."),
    ),
    refuses=(Invalid, Forbidden),
    slow=True,
)


@get("/api/v2/redemptions", operation=LIST)
async def get_redemptions(request: Request, caller: Caller, platform: Platform) -> Response:
    """List the redemptions of the caller's merchant, the latest first, at the caller's locations.

    Texts are compared whole, in either case. A redemption that was taken back stays in the list. Another
    merchant's location has no redemptions.
    """
    page = requested_walk(request, platform, LATEST_FIRST)
    search = await _requested(request, caller, platform)
    rows = await find_redemptions(platform, search, size=page.size, offset=page.offset, after=page.after)
    return await page_response(
        request,
        platform,
        rows,
        data=[published_listed_redemption(row) for row in rows],
        page=page,
        total=await count_redemptions(platform, search),
        key=key_of,
        embeds=NOTHING,
    )


async def _requested(request: Request, caller: Caller, platform: Platform) -> RedemptionSearch:
    """Read the conditions of the query. Raises Invalid."""
    assert caller.brand_id is not None  # noqa: S101 - the permission is a merchant's
    query = query_of(request)
    values = dict(query)
    first, last = requested_day(query, "from"), requested_day(query, "to")
    if first is not None and last is not None and last < first:
        raise Invalid("to: must not be before from.")
    standing = requested_choice(query, "redeemed", ("true", "false"))
    period = await period_of(platform, caller.brand_id, first, last)
    return RedemptionSearch(
        brand_id=caller.brand_id,
        location_ids=at_locations_of(caller, values.get("location_id")),
        since=period.since,
        until=period.until,
        reference=values.get("reference"),
        staff=values.get("staff"),
        standing=None if standing is None else standing == "true",
    )


ROUTES = [get_redemptions]
