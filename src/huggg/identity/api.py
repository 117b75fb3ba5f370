"""`GET /api/v2/auth/me` and `GET /api/v2/teams/{id}`: the logged-in user, and their team."""

from __future__ import annotations

from huggg.database.queries import Queries
from huggg.http.operation import One, Operation
from huggg.http.route import get
from huggg.http.web import Response, json_response
from huggg.identity import metadata, oauth
from huggg.identity.caller import Caller
from huggg.identity.errors import TeamNotFound
from huggg.identity.team import find_team
from huggg.identity.wire import PublishedTeam, PublishedUser, published_team, published_user
from huggg.kit.platform import Platform
from huggg.people.personal_data import personal_from

queries = Queries(__file__)

ME = Operation(
    id="showMe", tag="Account", summary="The logged-in user", answer=One(PublishedUser, key="user")
)
TEAM = Operation(
    id="showTeam",
    tag="Account",
    summary="A team",
    answer=One(PublishedTeam),
    refuses=(TeamNotFound,),
)


@get("/api/v2/auth/me", operation=ME)
async def get_me(caller: Caller, platform: Platform) -> Response:
    """Show the user of the token, or the user that an API key acts as. Under `user`, as published."""
    row = await platform.database.one(queries.me, user_id=caller.required_user())
    return json_response({"user": published_user(row, personal_from(platform.vault, row))})


@get("/api/v2/teams/{team_id}", operation=TEAM)
async def get_team(team_id: str, caller: Caller, platform: Platform) -> Response:
    """Show the caller's team, or a subteam of it to users whose role shows subteams."""
    row = await find_team(platform.database, team_id, caller=caller)
    return json_response({"data": published_team(row)})


ROUTES = [*oauth.ROUTES, *metadata.ROUTES, get_me, get_team]
