"""The role matrix, row by row: the orders that a role shows, on every route that shows an order."""

from __future__ import annotations

import pytest

from huggg.identity.create import set_role
from huggg.identity.role import Role
from tests.support.office import Office, open_office
from tests.support.sql import sql
from tests.support.world import World

SEES = {
    "dana": ("dana", "vic", "pat", "quinn", "sam", "tess"),
    "vic": ("dana", "vic", "pat", "quinn", "sam", "tess"),
    "pat": ("pat",),
    "quinn": ("quinn",),
    "sam": ("sam", "tess"),
    "tess": ("tess",),
}
"""An Admin and a Viewer see their team's and its subteams' orders, a Subteam Admin the subteam's,
a Participant their own."""


@pytest.fixture(scope="module")
async def office(town: World) -> Office:
    return await open_office(town)


@pytest.mark.parametrize("role", SEES)
async def test_a_role_shows_exactly_these_orders(office: Office, role: str) -> None:
    caller = getattr(office, role)
    ids = set()
    for buyer in SEES:
        transaction, huggg = await office.buy(getattr(office, buyer))
        answers = [
            await office.world.call("GET", path, caller)
            for path in (
                f"/api/v2/transactions/{transaction}",
                f"/api/v2/transactions/{transaction}/hugggs",
                f"/api/v2/hugggs/{huggg}",
            )
        ]
        statuses = {answer.status_code for answer in answers}
        assert len(statuses) == 1, f"{role} sees {buyer}'s order by halves: {statuses}"
        if statuses == {200}:
            ids.add(buyer)
        else:
            assert answers[0].json() == {"error": "transaction not found"}
            assert answers[2].json() == {"error": "huggg not found"}
    assert ids == set(SEES[role])


async def test_an_order_stays_with_the_team_that_its_buyer_was_in(office: Office) -> None:
    transaction, _ = await office.buy(office.quinn)
    database = office.world.platform.database
    await sql(database, "UPDATE users SET team_id = $1 WHERE id = $2", office.desk, office.quinn.id)
    try:
        path = f"/api/v2/transactions/{transaction}"
        assert (await office.world.call("GET", path, office.vic)).status_code == 200
        assert (await office.world.call("GET", path, office.quinn)).status_code == 200
        assert (await office.world.call("GET", path, office.sam)).status_code == 404
    finally:
        await sql(database, "UPDATE users SET team_id = $1 WHERE id = $2", office.team, office.quinn.id)


async def test_seeing_an_order_is_not_spending_it(office: Office) -> None:
    _, huggg = await office.buy(office.pat)
    answer = await office.world.redeem(huggg, office.dana)
    assert (answer.status_code, answer.json()) == (403, {"error": "Cannot redeem this huggg."})


async def test_a_new_role_holds_from_the_next_request_on(office: Office) -> None:
    database = office.world.platform.database
    await sql(
        database, "UPDATE users SET username = 'q', password_hash = 'x' WHERE id = $1", office.quinn.id
    )
    transaction, _ = await office.buy(office.pat)
    path = f"/api/v2/transactions/{transaction}"
    assert (await office.world.call("GET", path, office.quinn)).status_code == 404
    await set_role(database, office.world.platform.vault, username="q", role=Role.VIEWER)
    assert (await office.world.call("GET", path, office.quinn)).status_code == 200
    await set_role(database, office.world.platform.vault, username="q", role=Role.PARTICIPANT)
    assert (await office.world.call("GET", path, office.quinn)).status_code == 404


@pytest.mark.parametrize(
    ("caller", "which", "status"),
    [
        ("dana", "team", 200),
        ("dana", "desk", 200),
        ("vic", "desk", 200),
        ("pat", "team", 200),
        ("pat", "desk", 404),
        ("sam", "desk", 200),
        ("sam", "team", 404),
        ("tess", "desk", 200),
    ],
)
async def test_members_see_their_team_and_some_its_subteams(
    office: Office, caller: str, which: str, status: int
) -> None:
    for ending in ("", "/wallets"):
        path = f"/api/v2/teams/{getattr(office, which)}{ending}"
        answer = await office.world.call("GET", path, getattr(office, caller))
        assert answer.status_code == status
        if status == 404:
            assert answer.json() == {"error": "team not found"}


EVERYBODY_SEES = """
CREATE OR REPLACE FUNCTION
    sees_orders_of(team uuid, own_team uuid, sees_team boolean, sees_subteams boolean)
    RETURNS boolean LANGUAGE sql STABLE RETURN true
"""


async def test_without_the_guard_a_stranger_would_see_everything(world: World) -> None:
    office = await open_office(world)
    [huggg] = await world.buy()
    path = f"/api/v2/transactions/{huggg['transaction_id']}"
    assert (await world.call("GET", path, office.dana)).status_code == 404
    await sql(world.platform.database, EVERYBODY_SEES)
    assert (await world.call("GET", path, office.dana)).status_code == 200
