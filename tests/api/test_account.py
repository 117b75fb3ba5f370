"""The caller's account: `auth/me`, teams, wallets."""

from __future__ import annotations

import pytest

from huggg.kit.ids import new_id
from tests.support.published import LIST_KEYS
from tests.support.sql import sql
from tests.support.world import World

ME = "/api/v2/auth/me"


async def test_me_is_under_user_as_published(town: World) -> None:
    answer = await town.call("GET", ME, town.amara)
    [row] = await sql(town.platform.database, "SELECT team_id FROM users WHERE id = $1", town.amara.id)
    assert answer.status_code == 200
    assert answer.json() == {
        "user": {
            "id": str(town.amara.id),
            "name": "amara",
            "team_id": str(row["team_id"]),
            "email": None,
            "phone_number": None,
            "active": 1,
            "type": 0,
            "role": "participant",
        }
    }


async def test_staff_are_type_1_and_have_no_team(town: World) -> None:
    user = (await town.call("GET", ME, town.till)).json()["user"]
    assert (user["type"], user["team_id"]) == (1, None)


async def test_a_program_on_its_own_is_nobody(town: World) -> None:
    answer = await town.call("GET", ME, town.client_token)
    assert (answer.status_code, answer.json()) == (403, {"error": "Forbidden."})


async def test_a_team_and_its_wallets_are_its_members_to_see(town: World) -> None:
    team_id = (await town.call("GET", ME, town.amara)).json()["user"]["team_id"]
    [row] = await sql(town.platform.database, "SELECT created_at FROM teams WHERE name = 'Acorn'")
    team = await town.call("GET", f"/api/v2/teams/{team_id}", town.amara)
    assert team.json() == {
        "data": {
            "id": team_id,
            "created_at": f"{row['created_at']:%Y-%m-%d %H:%M:%S}",
            "name": "Acorn",
            "parent_id": None,
        }
    }
    wallets = (await town.call("GET", f"/api/v2/teams/{team_id}/wallets", town.amara)).json()
    assert list(wallets) == LIST_KEYS
    assert wallets["total"] == 1
    [wallet] = wallets["data"]
    assert (wallet["id"], wallet["name"], wallet["currency"]) == (str(town.wallet), "Treats", "GBP")
    before = wallet["available"]
    await town.buy()
    after = (await town.call("GET", f"/api/v2/teams/{team_id}/wallets", town.amara)).json()
    assert after["data"][0]["available"] == before - 350


@pytest.mark.parametrize("ending", ["", "/wallets"])
async def test_another_team_answers_like_one_that_is_not_there(town: World, ending: str) -> None:
    cleos = (await town.call("GET", ME, town.cleo)).json()["user"]["team_id"]
    for team_id in (cleos, new_id(), "nonsense", "x" * 300):
        answer = await town.call("GET", f"/api/v2/teams/{team_id}{ending}", town.amara)
        assert (answer.status_code, answer.json()) == (404, {"error": "team not found"})
    answer = await town.call("GET", f"/api/v2/teams/{cleos}{ending}", town.bo)
    assert answer.status_code == 404
