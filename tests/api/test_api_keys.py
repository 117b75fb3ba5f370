"""`X-Huggg-API-Key`: a team's program calls with a key wherever a member would with a token."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from huggg.identity.api_keys import keys, revoke_key
from huggg.identity.permissions import PERMISSIONS, Scope, Standing
from huggg.identity.role import Role
from huggg.kit.ids import new_id
from huggg.server import app
from tests.support.office import Office, open_office
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import World

WRITTEN = "SELECT last_used_at, xmin::text AS written FROM api_keys WHERE id = $1"


@pytest.fixture
async def office(world: World) -> Office:
    return await open_office(world)


async def call(office: Office, method: str, path: str, key: str, body: Any = None) -> httpx2.Response:
    return await office.world.call(method, path, None, body, X_Huggg_API_Key=key)


def order(office: Office, wallet: object = None) -> dict[str, Any]:
    order = office.world.order()
    order["payment"]["reference"] = str(wallet or office.wallet)
    return order


async def test_two_keys_open_nothing_and_a_key_beside_an_empty_header_opens_as_alone(
    office: Office,
) -> None:
    _, key = await office.key()
    _, other = await office.key()
    for headers, status in (
        ([("X-Huggg-API-Key", key), ("X-Huggg-API-Key", other)], 401),
        ([("X-Huggg-API-Key", key), ("X-Huggg-API-Key", key)], 401),
        ([("X-Huggg-API-Key", key), ("Authorization", "")], 200),
    ):
        answer = await office.world.http.get("/api/v2/auth/me", headers=headers)
        assert answer.status_code == status


async def test_a_key_buys_reads_and_redeems_like_a_member(office: Office) -> None:
    _, key = await office.key()
    bought = await call(office, "POST", "/api/v2/transactions", key, order(office))
    assert bought.status_code == 201
    [huggg] = bought.json()["data"]["hugggs"]
    me = (await call(office, "GET", "/api/v2/auth/me", key)).json()["user"]
    shown = (await call(office, "GET", f"/api/v2/hugggs/{huggg}", key)).json()["data"]
    assert shown["sender_id"] == me["id"]
    assert (me["name"], me["team_id"], me["role"]) == ("a program", str(office.team), "participant")
    wallets = await call(office, "GET", f"/api/v2/teams/{office.team}/wallets", key)
    assert wallets.json()["data"][0]["id"] == str(office.wallet)
    redeemed = await call(
        office, "POST", f"/api/v2/hugggs/{huggg}/redemptions", key, {"location_id": "bristol17"}
    )
    assert redeemed.status_code == 201


async def test_the_acts_of_a_key_are_in_the_events_under_its_name(office: Office) -> None:
    key_id, key = await office.key()
    await call(office, "POST", "/api/v2/transactions", key, order(office))
    client = await scalar(
        office.world.platform.database,
        "SELECT client_id FROM events WHERE kind = 'transaction.successful' ORDER BY id DESC LIMIT 1",
    )
    assert client == f"key:{key_id}"


async def test_another_teams_wallet_and_orders_are_not_a_keys(office: Office) -> None:
    _, key = await office.key(role=Role.ADMIN)
    async with nothing_moves(office.world.platform.database, but=("api_keys",)):
        answer = await call(
            office, "POST", "/api/v2/transactions", key, order(office, office.world.wallet)
        )
        assert (answer.status_code, answer.json()) == (403, {"error": "Cannot use this wallet."})
    await office.world.buy()
    listed = await call(office, "GET", "/api/v2/transactions", key)
    assert listed.json()["data"] == []


async def test_a_keys_role_shows_it_orders_like_a_members(office: Office) -> None:
    transaction, _ = await office.buy(office.pat)
    for role, status in ((Role.ADMIN, 200), (Role.PARTICIPANT, 404)):
        _, key = await office.key(role=role)
        answer = await call(office, "GET", f"/api/v2/transactions/{transaction}", key)
        assert answer.status_code == status


AT = {"location_id": "bristol17"}

CALLS: dict[Scope, tuple[str, str, Any]] = {
    Scope.ACCOUNT_READ: ("GET", "/api/v2/auth/me", None),
    Scope.CATALOGUE_READ: ("GET", "/api/v2/brands", None),
    Scope.HUGGGS_CANCEL: ("POST", f"/api/v2/hugggs/{new_id()}/cancellation", {}),
    Scope.HUGGGS_CHANGE: ("PATCH", f"/api/v2/hugggs/{new_id()}", {"title": "x"}),
    Scope.HUGGGS_CLAIM: ("POST", f"/api/v2/hugggs/{new_id()}/claim", None),
    Scope.HUGGGS_READ: ("GET", "/api/v2/hugggs/sent", None),
    Scope.HUGGGS_REDEEM: (
        "POST",
        f"/api/v2/hugggs/{new_id()}/redemptions",
        {"location_id": "bristol17"},
    ),
    Scope.TRANSACTIONS_CREATE: ("POST", "/api/v2/transactions", {}),
    Scope.TRANSACTIONS_READ: ("GET", "/api/v2/transactions", None),
    Scope.VOUCHERS_GENERATE: ("POST", f"/api/v2/hugggs/{new_id()}/voucher", {}),
    Scope.WALLETS_READ: ("GET", f"/api/v2/teams/{new_id()}/wallets", None),
}


@pytest.mark.parametrize("scope", Scope)
async def test_a_scope_opens_its_own_operations_and_no_other(office: Office, scope: Scope) -> None:
    _, key = await office.key(scope)
    for other, (method, path, body) in CALLS.items():
        answer = await call(office, method, path, key, body)
        if other is scope:
            assert answer.status_code != 403, (other, answer.text)
        else:
            assert (answer.status_code, answer.json()) == (403, {"error": "Forbidden."})


def test_no_operation_with_a_token_is_closed_to_every_key() -> None:
    tills = {Standing.MERCHANT}  # a merchant's own calls, which no team's key is for
    with_token = [p for p in PERMISSIONS.values() if not p.public and p.standings != tills]
    assert all(p.scope is not None and Standing.KEY in p.standings for p in with_token)


async def test_a_revoked_key_opens_nothing_from_the_next_request_on(office: Office) -> None:
    key_id, key = await office.key()
    database = office.world.platform.database
    assert (await call(office, "GET", "/api/v2/auth/me", key)).status_code == 200
    assert await revoke_key(database, key_id=key_id)
    answer = await call(office, "GET", "/api/v2/auth/me", key)
    assert (answer.status_code, answer.json()) == (401, {"error": "Authentication failed."})
    assert not await revoke_key(database, key_id=key_id)
    kinds = await sql(database, "SELECT kind FROM events WHERE subject_id = $1 ORDER BY id", key_id)
    assert [row["kind"] for row in kinds] == ["key.created", "key.revoked"]


async def test_a_key_of_a_deactivated_user_opens_nothing(office: Office) -> None:
    key_id, key = await office.key()
    away = "UPDATE users SET active = false WHERE id = (SELECT user_id FROM api_keys WHERE id = $1)"
    await sql(office.world.platform.database, away, key_id)
    assert (await call(office, "GET", "/api/v2/auth/me", key)).status_code == 401


@pytest.mark.parametrize("key", ["", "huggg_key_", "nonsense", "x y", "x" * 5000])
async def test_a_key_that_nobody_was_given_opens_nothing(office: Office, key: str) -> None:
    answer = await call(office, "GET", "/api/v2/auth/me", key)
    assert (answer.status_code, answer.json()) == (401, {"error": "Authentication failed."})
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_token_that_is_sent_decides_also_beside_a_key(office: Office) -> None:
    _, key = await office.key()
    world = office.world
    both = await world.call("GET", "/api/v2/auth/me", world.amara, X_Huggg_API_Key=key)
    assert both.json()["user"]["id"] == str(world.amara.id)
    bad = await world.call("GET", "/api/v2/auth/me", "nonsense", X_Huggg_API_Key=key)
    assert bad.status_code == 401


async def test_a_key_logs_nobody_in(office: Office) -> None:
    _, key = await office.key()
    login = {"grant_type": "password", "username": "amara", "password": "whatever"}
    assert (await call(office, "POST", "/oauth/token", key, login)).status_code == 401


async def test_a_key_is_kept_as_a_fingerprint_and_its_use_to_the_minute(office: Office) -> None:
    key_id, key = await office.key()
    database = office.world.platform.database
    [before] = [row for row in await keys(database, office.world.platform.vault) if row["id"] == key_id]
    assert before["last_used_at"] is None
    for _ in range(3):
        await call(office, "GET", "/api/v2/auth/me", key)
    used = await sql(
        database, "SELECT last_used_at, xmin::text AS written FROM api_keys WHERE id = $1", key_id
    )
    assert used[0]["last_used_at"] is not None
    await call(office, "GET", "/api/v2/auth/me", key)
    again = await sql(
        database, "SELECT last_used_at, xmin::text AS written FROM api_keys WHERE id = $1", key_id
    )
    assert again == used
    await sql(database, "UPDATE api_keys SET last_used_at = now() - interval '2 minutes'")
    await call(office, "GET", "/api/v2/auth/me", key)
    later = await scalar(database, "SELECT last_used_at > now() - interval '1 minute' FROM api_keys")
    assert later
    rows = await sql(database, "SELECT k::text AS said FROM api_keys k")
    assert all(key not in row["said"] and key[10:] not in row["said"] for row in rows)


async def test_without_the_table_of_permissions_a_scope_would_be_ignored(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, key = await office.key(Scope.CATALOGUE_READ)
    assert (await call(office, "GET", "/api/v2/auth/me", key)).status_code == 403
    monkeypatch.setattr(app, "permit", lambda *_, **__: None)
    assert (await call(office, "GET", "/api/v2/auth/me", key)).status_code == 200
