"""`GET /api/v2/teams/{id}/wallets`: the money that a team can spend."""

from __future__ import annotations

from huggg.database.queries import Queries
from huggg.http.cursor import requested_walk
from huggg.http.listing import page_response
from huggg.http.operation import Embeds, Operation, Page
from huggg.http.pagination import SortKey
from huggg.http.route import get
from huggg.http.web import Request, Response
from huggg.identity.caller import Caller
from huggg.identity.errors import TeamNotFound
from huggg.identity.team import find_team
from huggg.kit.clock import EPOCH
from huggg.kit.errors import Invalid
from huggg.kit.ids import NIL
from huggg.kit.platform import Platform
from huggg.wallets.wire import PublishedWallet, published_wallet

queries = Queries(__file__)

BEFORE_WALLETS: SortKey = (EPOCH, NIL)
"""A key before all of a team's wallets, in the order in which they were opened."""

NOTHING = Embeds("wallets", ())

WALLETS = Operation(
    id="listWallets",
    tag="Account",
    summary="The wallets of a team",
    answer=Page(PublishedWallet),
    refuses=(TeamNotFound, Invalid),
)


@get("/api/v2/teams/{team_id}/wallets", operation=WALLETS)
async def get_wallets(
    request: Request,
    team_id: str,
    caller: Caller,
    platform: Platform,
) -> Response:
    """List the wallets of the caller's team, or of a subteam to users whose role shows subteams."""
    page = requested_walk(request, platform, BEFORE_WALLETS)
    opened_at, wallet_id = page.after or BEFORE_WALLETS
    team = await find_team(platform.database, team_id, caller=caller)
    rows = await platform.database.rows(
        queries.wallets,
        team_id=team["id"],
        after_at=opened_at,
        after_id=wallet_id,
        size=page.size,
        offset=page.offset,
    )
    return await page_response(
        request,
        platform,
        rows,
        data=[published_wallet(row) for row in rows],
        page=page,
        total=await platform.database.count(queries.count_wallets, team_id=team["id"]),
        key=lambda wallet: (wallet["created_at"], wallet["id"]),
        embeds=NOTHING,
    )


ROUTES = [get_wallets]
