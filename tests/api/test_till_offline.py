"""A paired till: its kit, its scans with or without staff, and the page of conflicts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import msgspec

from huggg.devices.revoke import revoke_device
from huggg.devices.store import devices
from huggg.identity.role import StaffRole
from huggg.kit.ids import new_id
from huggg.offline.rule import LossBearer, OfflineRule
from huggg.offline.set_rule import set_rule
from huggg.offline.show_code import show_offline_code
from tests.api.test_till import for_bo
from tests.api.test_till_devices import Jar, boss_of, code_from, hired
from tests.support.silence import nothing_moves
from tests.support.world import World

RULE = OfflineRule(scans=9, value=500_00, hours=24, losses=LossBearer.MERCHANT)


async def paired(town: World) -> Jar:
    till = Jar(town)
    await set_rule(town.platform.database, town.harbour, RULE)
    code = await code_from(await boss_of(town))
    assert (await till.post("/till/pair", code=code)).status_code == 303
    return till


async def put(till: Jar, code: str, id_: Any = None, location: str = "bristol17") -> httpx2.Response:
    at = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    body = {"code": code, "location_id": location, "scanned_at": at, "refreshed_at": at, "staff": "Sam"}
    headers = {**till._headers(), "Sec-Fetch-Site": "same-origin"}
    path, content = f"/till/offline/scans/{id_ or new_id()}", msgspec.json.encode(body)
    return await till.world.http.put(path, content=content, headers=headers)


async def coded(town: World) -> tuple[dict[str, Any], str]:
    huggg = await for_bo(town)
    code = await show_offline_code(town.platform, UUID(huggg["id"]))
    assert code is not None
    return huggg, code


async def test_a_paired_till_sends_its_scans_without_staff_and_once(town: World) -> None:
    till, id_ = await paired(town), new_id()
    kit = (await till.get("/till/offline/kit")).json()["data"]
    assert (kit["id"], kit["rule"]["scans"]) == (str(town.harbour), 9)
    _, code = await coded(town)
    first = await put(till, code, id_)
    assert (first.status_code, first.json()["data"]["state"]) == (201, "redeemed")
    async with nothing_moves(town.platform.database):
        assert (await put(till, code, id_)).json() == first.json()
        assert (await put(Jar(town), code)).status_code == 401
        assert (await Jar(town).get("/till/offline/kit")).status_code == 401
        assert (await put(till, "HUGGG1:000")).status_code == 422
    assert (await put(till, (await coded(town))[1], location="bath3")).json()["data"][
        "reason"
    ] == "no_location"


async def test_scans_of_a_revoked_till_are_conflicts_that_a_supervisor_settles(town: World) -> None:
    till = await paired(town)
    latest = (await devices(town.platform.database, brand_id=town.harbour))[0]
    await revoke_device(town.platform.database, latest.id)
    assert (await till.get("/till/offline/kit")).status_code == 401
    huggg, code = await coded(town)
    scan = (await put(till, code)).json()["data"]
    assert (scan["state"], scan["reason"]) == ("conflict", "device_revoked")

    clerk, supervisor = Jar(town), Jar(town)
    await clerk.sign_in((await hired(town))[1])
    await supervisor.sign_in((await hired(town, StaffRole.SUPERVISOR, name="Ada"))[1])
    async with nothing_moves(town.platform.database):
        assert (await clerk.get("/till/conflicts")).status_code == 403
        form = {"scan": scan["id"], "decision": "redeem", "reason": "Goods were handed out."}
        assert (await clerk.post("/till/conflicts", **form)).status_code == 403
        assert (await supervisor.post("/till/conflicts", **{**form, "reason": ""})).status_code == 422
    page = (await supervisor.get("/till/conflicts")).text
    assert scan["id"] in page
    assert "device revoked" in page
    settled = await supervisor.post("/till/conflicts", **form)
    assert (settled.status_code, "Settled." in settled.text) == (200, True)
    assert scan["id"] not in re.findall(r'name="scan" value="([^"]+)"', settled.text)
    async with nothing_moves(town.platform.database):
        assert (await supervisor.post("/till/conflicts", **form)).status_code == 200
        other = await supervisor.post("/till/conflicts", **{**form, "decision": "loss"})
        assert (other.status_code, "settled before" in other.text) == (409, True)
    assert (await town.redeem(huggg["id"])).status_code == 405
