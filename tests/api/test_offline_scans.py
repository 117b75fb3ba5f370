"""Scans that tills accepted offline: redemptions or conflicts, by arrival, once; and settled."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import httpx2
import pytest

from huggg.database.doctor import examine
from huggg.identity.caller import Caller
from huggg.kit.idempotency import Idempotency
from huggg.kit.ids import new_id
from huggg.offline import settle as settling
from huggg.offline import take_in as taking_in
from huggg.offline.code import brands_name, product_name
from huggg.offline.revoked import RevokedFilter
from huggg.offline.rule import LossBearer, OfflineRule
from huggg.offline.scan import Settlement
from huggg.offline.set_rule import remove_rule, set_rule
from huggg.offline.show_code import show_offline_code
from huggg.redemptions.errors import HugggHeld
from huggg.redemptions.named import key_of
from huggg.redemptions.store import find_redemption
from huggg.refusal import Busy
from tests.api.test_till import for_bo
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import COFFEE_PENCE, Person, World

RULE = OfflineRule(scans=3, value=500_00, hours=24, losses=LossBearer.PLATFORM)


@pytest.fixture
async def town(town: World) -> AsyncIterator[World]:
    """A town whose coffee shop has offline scans, with books that are sound at the end."""
    await set_rule(town.platform.database, town.harbour, RULE)
    await sql(town.platform.database, "UPDATE offline_scans SET arrived_at = scanned_at")  # none waits
    yield town
    assert [finding.rule for finding in await examine(town.platform.database) if finding.rows] == []


async def code_for(town: World, product: UUID | None = None) -> tuple[dict[str, Any], str]:
    huggg = await for_bo(town, product)
    code = await show_offline_code(town.platform, UUID(huggg["id"]))
    assert code is not None
    return huggg, code


def scan_of(
    code: str, location: str = "bristol17", hours_ago: float = 1, **facts: Any
) -> dict[str, Any]:
    scanned = datetime.now(UTC) - timedelta(hours=hours_ago)
    times = {"scanned_at": scanned.isoformat(), "refreshed_at": scanned.isoformat()}
    return {"code": code, "location_id": location, **times, **facts}


async def send(
    town: World, scan: dict[str, Any], id_: Any = None, caller: Person | None = None
) -> httpx2.Response:
    path = f"/api/v2/offline-scans/{id_ or new_id()}"
    return await town.call("PUT", path, caller or town.till, scan)


async def taken(town: World, scan: dict[str, Any], id_: Any = None, caller: Any = None) -> Any:
    answer = await send(town, scan, id_, caller)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def settle(
    town: World, scan: Any, decision: str, caller: Any = None, **body: Any
) -> httpx2.Response:
    settlement = {"decision": decision, "reason": "Shown on two phones.", **body}
    return await town.call(
        "POST", f"/api/v2/offline-scans/{scan['id']}/settlement", caller or town.till, settlement
    )


async def listed(town: World, query: str = "", caller: Person | None = None) -> Any:
    answer = await town.call("GET", f"/api/v2/offline-scans{query}", caller or town.till)
    return answer.json()["data"]


async def cancel(town: World, huggg: dict[str, Any]) -> None:
    path = f"/api/v2/hugggs/{huggg['id']}/cancellation"
    answer = await town.call("POST", path, town.amara)
    assert answer.status_code < 300, answer.text


async def kit(town: World, caller: Person | None = None) -> Any:
    return (await town.call("GET", "/api/v2/offline-kit", caller or town.till)).json()["data"]


def filter_of(data: Any) -> RevokedFilter:
    return RevokedFilter(data["revoked"]["entries"], b64decode(data["revoked"]["filter"]))


async def test_a_scan_is_redeemed_under_its_own_id_and_keeps_both_times(town: World) -> None:
    huggg, code = await code_for(town)
    id_, scan = new_id(), scan_of(code, reference="A-1042", staff="Sam")
    data = await taken(town, scan, id_)
    assert list(data) == [
        *("id", "huggg_id", "state", "reason", "location_id", "device_id", "value", "scanned_at"),
        *("arrived_at", "losses", "settlement", "settled_at", "settled_by", "settlement_reason"),
    ]
    assert (data["id"], data["huggg_id"], data["state"]) == (str(id_), huggg["id"], "redeemed")
    assert (data["reason"], data["losses"], data["value"]) == (None, None, COFFEE_PENCE)
    assert data["scanned_at"] < data["arrived_at"]
    [row] = await sql(
        town.platform.database,
        "SELECT id, location_id, sale_reference, staff FROM redemptions WHERE huggg_id = $1",
        UUID(huggg["id"]),
    )
    assert tuple(row) == (id_, "bristol17", "A-1042", "Sam")


async def test_a_scan_that_is_sent_again_is_answered_alike_and_has_one_effect(town: World) -> None:
    _, code = await code_for(town)
    id_, scan = new_id(), scan_of(code)
    first = await taken(town, scan, id_)
    async with nothing_moves(town.platform.database):
        assert await taken(town, scan, id_) == first
        assert await taken(town, scan_of(code, hours_ago=2), id_) == first
    together = await asyncio.gather(*(send(town, scan_of(code), id_) for _ in range(5)))
    assert {answer.status_code for answer in together} == {201}


async def test_scans_that_arrive_together_redeem_once_and_the_others_are_conflicts(town: World) -> None:
    huggg, code = await code_for(town)
    together = await asyncio.gather(*(send(town, scan_of(code)) for _ in range(3)))
    states = sorted(answer.json()["data"]["state"] for answer in together)
    assert states == ["conflict", "conflict", "redeemed"]
    count = "SELECT count(*) FROM redemptions WHERE huggg_id = $1"
    assert await scalar(town.platform.database, count, UUID(huggg["id"])) == 1


async def test_one_scan_sent_many_times_at_once_is_one_redemption(town: World) -> None:
    huggg, code = await code_for(town)
    id_, scan = new_id(), scan_of(code)
    together = await asyncio.gather(*(send(town, scan, id_) for _ in range(8)))
    assert {answer.status_code for answer in together} <= {201, 409}
    assert (await taken(town, scan, id_))["state"] == "redeemed"
    count = "SELECT count(*) FROM offline_scans WHERE huggg_id = $1"
    assert await scalar(town.platform.database, count, UUID(huggg["id"])) == 1


async def test_a_huggg_that_was_spent_elsewhere_is_a_conflict_with_its_event(town: World) -> None:
    huggg, code = await code_for(town)
    assert (await town.redeem(huggg["id"])).status_code == 201
    data = await taken(town, scan_of(code))
    assert (data["state"], data["reason"], data["losses"]) == ("conflict", "spent", "platform")
    event_data = await scalar(
        town.platform.database,
        "SELECT data ->> 'reason' FROM events WHERE kind = 'huggg.scan_conflicted' AND subject_id = $1",
        UUID(huggg["id"]),
    )
    assert event_data == "spent"
    assert data in await listed(town)
    for stranger in (town.kettle_till, town.bath_till):
        assert data["id"] not in [each["id"] for each in await listed(town, caller=stranger)]


async def test_a_scan_after_a_lost_answer_is_the_redemption_that_its_till_made_online(
    town: World,
) -> None:
    """The till asked under the scan's id, heard nothing, and accepted the offline code."""
    huggg, code = await code_for(town)
    id_ = new_id()
    path = f"/api/v2/hugggs/{huggg['id']}/redemptions/{id_}"
    assert (await town.call("PUT", path, town.till, {"location_id": "bristol17"})).status_code == 201
    data = await taken(town, scan_of(code), id_)
    assert (data["id"], data["state"], data["reason"]) == (str(id_), "redeemed", None)
    count = "SELECT count(*) FROM redemptions WHERE huggg_id = $1"
    assert await scalar(town.platform.database, count, UUID(huggg["id"])) == 1


async def test_a_conflict_is_redeemed_under_its_id_by_no_late_request(town: World) -> None:
    huggg, code = await code_for(town)
    id_ = new_id()
    assert (await town.redeem(huggg["id"])).status_code == 201
    assert (await taken(town, scan_of(code), id_))["reason"] == "spent"
    assert (await town.unredeem(huggg["id"])).status_code == 200
    path = f"/api/v2/hugggs/{huggg['id']}/redemptions/{id_}"
    late = await town.call("PUT", path, town.till, {"location_id": "bristol17"})
    assert (late.status_code, late.json()) == (422, {"error": "redemption already unredeemed."})


async def test_cancelled_moved_and_foreign_hugggs_are_conflicts(town: World) -> None:
    huggg, code = await code_for(town)
    await cancel(town, huggg)
    assert (await taken(town, scan_of(code)))["reason"] == "cancelled"
    moved, old = await code_for(town)
    receiver = {"receiver": {"user_id": str(town.cleo.id)}}
    await town.call("PATCH", f"/api/v2/hugggs/{moved['id']}", town.amara, receiver)
    assert (await taken(town, scan_of(old)))["reason"] == "moved"
    _, foreign = await code_for(town, town.tea)
    assert (await taken(town, scan_of(foreign)))["reason"] == "not_honoured"
    _, here = await code_for(town)
    assert (await taken(town, scan_of(here, "leeds5")))["reason"] == "no_location"


async def move_to_cleo(town: World, huggg: str) -> None:
    body = {"receiver": {"user_id": str(town.cleo.id)}}
    answer = await town.call("PATCH", f"/api/v2/hugggs/{huggg}", town.amara, body)
    assert answer.status_code == 200, answer.text


async def test_a_huggg_that_moves_while_its_scan_is_taken_in_is_a_conflict(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg, code = await code_for(town)
    put = taking_in._put

    async def put_and_move(*arguments: Any, **values: Any) -> bool:
        monkeypatch.setattr(taking_in, "_put", put)
        is_put = await put(*arguments, **values)
        await move_to_cleo(town, huggg["id"])
        return is_put

    monkeypatch.setattr(taking_in, "_put", put_and_move)
    assert (await taken(town, scan_of(code)))["reason"] == "moved"
    redeemed = "SELECT redemption_id FROM hugggs WHERE id = $1"
    assert await scalar(town.platform.database, redeemed, UUID(huggg["id"])) is None


@pytest.mark.parametrize(
    "change",
    [
        # A move that was committed after the scan's arrival may bear an earlier instant.
        "UPDATE moved_links SET moved_at = '2026-01-01'",
        "UPDATE offline_scans SET sequence = NULL",  # an older server took it in
    ],
)
async def test_no_settlement_redeems_by_a_code_from_before_a_move(town: World, change: str) -> None:
    huggg, code = await code_for(town)
    await remove_rule(town.platform.database, town.harbour)
    scan = await taken(town, scan_of(code))
    await move_to_cleo(town, huggg["id"])
    await sql(town.platform.database, change)
    async with nothing_moves(town.platform.database):
        refused = await settle(town, scan, "redeem")
    assert (refused.status_code, refused.json()) == (404, {"error": "huggg not found"})


@pytest.mark.parametrize("sequence", ["sequence", "NULL"])
async def test_a_settlement_redeems_by_the_code_of_a_link_that_a_move_gave(
    town: World, sequence: str
) -> None:
    huggg, _ = await code_for(town)
    await move_to_cleo(town, huggg["id"])
    code = await show_offline_code(town.platform, UUID(huggg["id"]))
    assert code is not None
    await remove_rule(town.platform.database, town.harbour)
    scan = await taken(town, scan_of(code))
    assert scan["reason"] == "no_rule"
    await sql(town.platform.database, f"UPDATE offline_scans SET sequence = {sequence}")  # noqa: S608
    assert (await settle(town, scan, "redeem")).status_code == 201


@pytest.mark.parametrize("moves_first", [True, False])
async def test_no_settlement_redeems_a_huggg_that_moved(town: World, *, moves_first: bool) -> None:
    huggg, code = await code_for(town)
    other, _ = await code_for(town)
    await move_to_cleo(town, other["id"])
    if moves_first:
        await move_to_cleo(town, huggg["id"])
    await remove_rule(town.platform.database, town.harbour)
    scan = await taken(town, scan_of(code))
    assert scan["reason"] == ("moved" if moves_first else "no_rule")
    if not moves_first:
        await move_to_cleo(town, huggg["id"])
    async with nothing_moves(town.platform.database):
        refused = await settle(town, scan, "redeem")
    assert (refused.status_code, refused.json()) == (404, {"error": "huggg not found"})
    assert (await settle(town, scan, "loss")).status_code == 201


async def test_a_device_over_its_allowance_makes_conflicts_and_the_huggg_can_still_be_redeemed(
    town: World,
) -> None:
    codes = [(await code_for(town))[1] for _ in range(4)]
    states = [(await taken(town, scan_of(code, hours_ago=1)))["reason"] for code in codes]
    assert states == [None, None, None, "over_allowance"]
    _, late = await code_for(town)
    await sql(town.platform.database, "UPDATE offline_scans SET arrived_at = scanned_at")
    long_ago = (datetime.now(UTC) - timedelta(hours=26)).isoformat()
    scan = await taken(town, scan_of(late, refreshed_at=long_ago))
    assert scan["reason"] == "over_allowance"
    settled = (await settle(town, scan, "redeem")).json()["data"]
    assert (settled["state"], settled["settlement"]) == ("settled", "redeemed")
    async with nothing_moves(town.platform.database):
        assert (await settle(town, scan, "redeem")).json()["data"] == settled
        assert (await settle(town, scan, "loss")).status_code == 409


async def test_scans_of_one_device_that_arrive_together_are_counted_one_after_the_other(
    town: World,
) -> None:
    codes = [(await code_for(town))[1] for _ in range(6)]
    answers = await asyncio.gather(*(send(town, scan_of(code)) for code in codes))
    reasons = [answer.json()["data"]["reason"] for answer in answers]
    assert sorted(map(str, reasons)) == ["None"] * 3 + ["over_allowance"] * 3


async def test_without_a_rule_every_scan_is_a_conflict_and_the_merchant_bears_it(town: World) -> None:
    _, code = await code_for(town)
    await remove_rule(town.platform.database, town.harbour)
    data = await taken(town, scan_of(code))
    assert (data["reason"], data["losses"]) == ("no_rule", "merchant")


async def test_a_loss_of_the_platform_is_paid_once_and_one_of_the_merchant_moves_nothing(
    town: World,
) -> None:
    database = town.platform.database
    for bearer, paid in ((LossBearer.PLATFORM, [COFFEE_PENCE]), (LossBearer.MERCHANT, [])):
        await set_rule(database, town.harbour, OfflineRule(9, 500_00, 24, bearer))
        huggg, code = await code_for(town)
        await town.redeem(huggg["id"])
        scan = await taken(town, scan_of(code))
        answers = await asyncio.gather(*(settle(town, scan, "loss") for _ in range(4)))
        assert {answer.status_code for answer in answers} == {201}
        settled = answers[0].json()["data"]
        assert (settled["settlement"], settled["settlement_reason"]) == (bearer, "Shown on two phones.")
        transfers = "SELECT amount FROM transfers WHERE huggg_id = $1 AND kind = 'settle'"
        to_merchant = f"{transfers} AND credit_account = $2"
        moved = await sql(database, to_merchant, UUID(huggg["id"]), town.harbour)
        assert [row["amount"] for row in moved] == paid
        async with nothing_moves(database):
            refused = await settle(town, scan, "redeem")
            assert refused.status_code == 409
            assert refused.json() == {"error": "offline scan already settled."}
        assert scan["id"] not in [each["id"] for each in await listed(town)]
        assert settled in await listed(town, "?state=all")


async def test_a_spent_huggg_is_not_redeemed_by_a_settlement(town: World) -> None:
    huggg, code = await code_for(town)
    await town.redeem(huggg["id"])
    scan = await taken(town, scan_of(code))
    async with nothing_moves(town.platform.database):
        refused = await settle(town, scan, "redeem")
        assert (refused.status_code, refused.json()["error"]) == (405, "huggg already redeemed.")
        for stranger in (town.kettle_till, town.bath_till):
            assert (await settle(town, scan, "loss", stranger)).status_code == 404
        assert (await settle(town, {"id": new_id()}, "loss")).status_code == 404
        for reason in ("", " ", "x" * 501):
            assert (await settle(town, scan, "loss", reason=reason)).status_code == 422
    await town.unredeem(huggg["id"])
    assert (await settle(town, scan, "redeem")).status_code == 201


async def test_a_settlement_that_met_a_hold_redeems_once_the_hold_has_ended(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hold is placed in the midst of the settlement, when nothing has refused it yet."""
    huggg, code = await code_for(town)
    await remove_rule(town.platform.database, town.harbour)
    scan = await taken(town, scan_of(code))
    path, reserve = f"/api/v2/hugggs/{huggg['id']}/holds", Idempotency._reserve
    holds: list[httpx2.Response] = []

    async def hold_first(self: Idempotency, *reservation: Any) -> Any:
        if not holds:
            holds.append(await town.call("POST", path, town.till, {"location_id": "bristol17"}))
        return await reserve(self, *reservation)

    monkeypatch.setattr(Idempotency, "_reserve", hold_first)
    refused = await settle(town, scan, "redeem")
    assert refused.status_code == 405
    assert refused.json() == {"error": "huggg is held and cannot be redeemed."}
    hold_id = holds[0].json()["data"]["id"]
    await town.call("POST", f"{path}/{hold_id}/reversal", town.till)
    assert (await settle(town, scan, "redeem")).status_code == 201


async def test_a_refusal_that_an_older_server_kept_is_not_the_settlements_answer(town: World) -> None:
    huggg, code = await code_for(town)
    await remove_rule(town.platform.database, town.harbour)
    scan = await taken(town, scan_of(code))
    redemption_id = uuid5(UUID(scan["id"]), "settlement")
    key = key_of(UUID(huggg["id"]), redemption_id, Caller("till", brand_id=town.harbour))
    await town.platform.idempotency.forestall(**key, refusal=HugggHeld())
    assert (await settle(town, scan, "redeem")).status_code == 201
    settlements = {each["id"]: each["settlement"] for each in await listed(town, "?state=all")}
    assert settlements[scan["id"]] == "redeemed"


@pytest.mark.parametrize("first", ["redeem", "loss"])
async def test_of_two_decisions_at_once_one_is_carried_out(
    town: World, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """The other decision is carried out in the midst of the first, between its read and its record."""
    huggg, code = await code_for(town)
    await remove_rule(town.platform.database, town.harbour)
    scan = await taken(town, scan_of(code))
    other = "loss" if first == "redeem" else "redeem"
    others: list[httpx2.Response] = []

    async def settle_first(*arguments: Any) -> Any:
        before = await find_redemption(*arguments)
        if not others:
            others.append(httpx2.Response(100))
            others.append(await settle(town, scan, other))
        return before

    monkeypatch.setattr(settling, find_redemption.__name__, settle_first)
    assert (await settle(town, scan, first)).status_code == 409
    assert others[1].status_code == 201
    redemptions = "SELECT count(*) FROM redemptions WHERE huggg_id = $1"
    count = await scalar(town.platform.database, redemptions, UUID(huggg["id"]))
    assert count == (1 if other == "redeem" else 0)


async def test_a_redemption_whose_settlement_was_cut_off_is_no_loss_a_month_later(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then its key is forgotten; the redemption's row is not."""
    _, code = await code_for(town)
    await remove_rule(town.platform.database, town.harbour)
    scan = await taken(town, scan_of(code))

    with monkeypatch.context() as patch:
        carry_out = settling._carried_out

        async def carry_out_alone(*arguments: Any) -> Settlement:
            await carry_out(*arguments)
            raise Busy

        patch.setattr(settling, "_carried_out", carry_out_alone)
        assert (await settle(town, scan, "redeem")).status_code == 503
    await sql(town.platform.database, "DELETE FROM idempotency_keys")
    async with nothing_moves(town.platform.database):
        assert (await settle(town, scan, "loss")).status_code == 409
    assert (await settle(town, scan, "redeem")).status_code == 201


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"code": "HUGGG1:000"}, "code: must be an offline code of this installation."),
        ({"code": "z6xPIefA1gKvsxRb"}, "code: must be an offline code of this installation."),
        ({"refreshed_at": "2099-01-01T00:00:00Z"}, "refreshed_at: must not be after scanned_at."),
        *(
            ({name: instant}, f"{name}: must be an instant of the years 1 to 9999 in UTC.")
            for name in ("scanned_at", "refreshed_at")
            for instant in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
        ),
    ],
)
async def test_a_bad_scan_is_refused_and_leaves_no_trace(
    town: World, change: dict[str, str], sentence: str
) -> None:
    _, code = await code_for(town)
    async with nothing_moves(town.platform.database):
        answer = await send(town, {**scan_of(code), **change})
        assert (answer.status_code, answer.json()["error"]) == (422, sentence)
        assert (await send(town, {**scan_of(code), "scanned_at": "today"})).status_code == 422
        assert (await send(town, scan_of(code), "7")).status_code == 422


async def test_the_kit_tells_rule_keys_products_and_brand_sets(town: World) -> None:
    data = await kit(town)
    assert data["id"] == str(town.harbour)
    assert data["rule"] == {"scans": 3, "value": 500_00, "hours": 24, "losses": "platform"}
    coffee = next(each for each in data["products"] if each["id"] == str(town.coffee))
    assert (coffee["label"], coffee["adjustment_codes"]) == ("Coffee", ["one", "two", "three"])
    assert b64decode(coffee["name"]) == product_name(town.coffee)
    assert brands_name([town.harbour]) in map(b64decode, data["brand_sets"])
    assert data["keys"] == (await town.call("GET", "/api/v2/signing-keys")).json()["data"]
    assert (await kit(town, town.lantern_till))["rule"] is None
    again = await town.call("GET", "/api/v2/offline-kit", town.till)
    tag = again.headers["etag"]
    kept = await town.call("GET", "/api/v2/offline-kit", town.till, If_None_Match=tag)
    assert (kept.status_code, kept.content) == (304, b"")


@pytest.mark.parametrize("shown_by", ["this release", "an older one"])
async def test_spent_cancelled_and_moved_hugggs_come_on_the_revoked_list_with_the_next_refresh(
    town: World, shown_by: str
) -> None:
    (spent, _), (cancelled, _), (moved, _), (good, _) = [await code_for(town) for _ in range(4)]
    if shown_by == "an older one":
        await sql(town.platform.database, "UPDATE offline_codes SET product_id = NULL")
    others = filter_of(await kit(town, town.kettle_till))
    unseen = await for_bo(town)
    before = filter_of(await kit(town))
    await town.redeem(spent["id"])
    await town.redeem(unseen["id"])
    await cancel(town, cancelled)
    receiver = {"receiver": {"user_id": str(town.cleo.id)}}
    await town.call("PATCH", f"/api/v2/hugggs/{moved['id']}", town.amara, receiver)
    after = filter_of(await kit(town))
    assert after.entries == before.entries + 3  # the code of the other one was never shown
    for huggg, revoked in ((spent, [True, True]), (cancelled, [True, True]), (moved, [True, False])):
        id_ = UUID(huggg["id"])
        assert [before.revokes(id_, sequence) for sequence in (0, 1)] == [False, False]
        assert [after.revokes(id_, sequence) for sequence in (0, 1)] == revoked
    assert not after.revokes(UUID(good["id"]), 0)
    assert filter_of(await kit(town, town.kettle_till)) == others
    # The new code of the moved huggg is revoked with the huggg, although no list ever had that code.
    await show_offline_code(town.platform, UUID(moved["id"]))
    await cancel(town, moved)
    assert filter_of(await kit(town)).revokes(UUID(moved["id"]), 1)


async def test_a_taken_back_redemption_is_revoked_no_more(town: World) -> None:
    huggg, _ = await code_for(town)
    await town.redeem(huggg["id"])
    assert filter_of(await kit(town)).revokes(UUID(huggg["id"]), 0)
    await town.unredeem(huggg["id"])
    assert not filter_of(await kit(town)).revokes(UUID(huggg["id"]), 0)
