"""Devices and staff at the till page: pairing, PINs, roles, and being locked out at once."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import UUID

import httpx2
import pytest

from huggg.devices.store import devices
from huggg.identity.attempts import PINS_OF_A_PERSON_AT_A_DEVICE
from huggg.identity.caller import UserKind
from huggg.identity.passwords import Passwords
from huggg.identity.role import StaffRole
from huggg.kit.ids import new_id
from huggg.staff.pin import set_pin
from tests.api.test_till import for_bo
from tests.api.test_till_page import HERE, PASSWORD, Browser, outcome
from tests.support.people import add_user
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import World

HASHED = Passwords().hash(PASSWORD)
PIN = "480915"

SEEN: dict[StaffRole, tuple[int, int, int]] = {
    StaffRole.STAFF: (403, 403, 409),
    StaffRole.SUPERVISOR: (403, 200, 200),
    StaffRole.MANAGER: (200, 200, 200),
}
"""For each role the statuses of the manager's pages, of another day, and of a late taking back."""


class Jar(Browser):
    """A browser that keeps the device's cookie beside the session's."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.kept: dict[str, str] = {}

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.kept.items() if value)}

    async def _heard(self, answer: httpx2.Response) -> httpx2.Response:
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.kept[name] = value
        self.world.http.cookies.clear()
        return answer

    async def by_pin(self, user_id: UUID, pin: str = PIN) -> httpx2.Response:
        return await self.post("/till/session/pin", staff=user_id, pin=pin)


async def hired(
    world: World, role: StaffRole = StaffRole.STAFF, *locations: str, name: str = "Sam", pin: str = PIN
) -> tuple[UUID, str]:
    """Hire staff with a PIN and a password; gives their id and username."""
    username = f"{new_id()}@harbour.example"
    user_id = await add_user(
        world.platform.database,
        name=name,
        kind=UserKind.MERCHANT,
        brand_id=world.harbour,
        location_ids=locations,
        username=username,
        password_hash=HASHED,
        staff_role=role,
    )
    await set_pin(world.platform, Passwords(), user_id, pin)
    return user_id, username


async def boss_of(world: World, *locations: str) -> Jar:
    _, username = await hired(world, StaffRole.MANAGER, *locations, name="Max")
    boss = Jar(world)
    assert (await boss.sign_in(username)).status_code == 303
    return boss


async def code_from(boss: Jar, location: str = "bristol17", name: str = "Counter") -> str:
    page = await boss.post("/till/devices", name=name, location=location)
    match = re.search(r'<h2 id="answer"><code>([^<]+)</code>', page.text)
    assert match is not None, page.text
    return match[1]


@pytest.fixture
async def device(town: World) -> Jar:
    """A device in Bristol on which no staff is signed in."""
    device = Jar(town)
    paired = await device.post("/till/pair", code=await code_from(await boss_of(town)))
    assert (paired.status_code, paired.headers["location"]) == (303, "/till")
    return device


# Pairing ------------------------------------------------------------------------------------


async def test_a_code_pairs_one_browser_and_staff_signs_in_there_by_pin(
    town: World, device: Jar
) -> None:
    sam, _ = await hired(town, name="Sam <b>")
    page = (await device.get("/till")).text
    assert "bristol17: Counter" in page
    assert "Sam &lt;b&gt;" in page
    signed_in = await device.by_pin(sam)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/till")
    till = (await device.get("/till")).text
    assert "Counter, bristol17" in till
    assert '<input type="hidden" name="location" value="bristol17">' in till
    huggg = await for_bo(town)
    assert outcome(await device.scan(huggg["shortcode"])) == "redeemed"


async def test_a_code_that_is_wrong_or_used_pairs_nothing(town: World) -> None:
    code = await code_from(await boss_of(town))
    stranger = Jar(town)
    await stranger.post("/till/pair", code=code.lower().replace("-", " "))
    for wrong, status in ((code, 404), ("WRONG-CODE", 404), ("", 422)):
        other = Jar(town)
        async with nothing_moves(town.platform.database):
            answer = await other.post("/till/pair", code=wrong)
        assert (answer.status_code, other.kept) == (status, {})


async def test_a_device_is_bound_to_its_location(town: World, device: Jar) -> None:
    sam, _ = await hired(town)
    await device.by_pin(sam)
    huggg = await for_bo(town)
    assert outcome(await device.scan(huggg["shortcode"], location="bath2")) == "redeemed"
    where = "SELECT location_id FROM redemptions WHERE huggg_id = $1"
    assert await scalar(town.platform.database, where, UUID(huggg["id"])) == "bristol17"


async def test_a_second_scan_by_another_clerk_of_the_device_is_told_as_one(
    town: World, device: Jar
) -> None:
    sam, _ = await hired(town)
    kim, _ = await hired(town, name="Kim", pin="739105")
    other = Jar(town)
    await other.post("/till/pair", code=await code_from(await boss_of(town)))
    for jar in (device, other):
        await jar.by_pin(sam)
    huggg = await for_bo(town)
    assert outcome(await device.scan(huggg["shortcode"])) == "redeemed"
    await device.post("/till/session/end")
    await device.by_pin(kim, "739105")
    assert outcome(await device.scan(huggg["shortcode"])) == "repeated"
    assert outcome(await other.scan(huggg["shortcode"])) == "refused"


async def test_staff_of_another_location_or_merchant_does_not_sign_in(town: World, device: Jar) -> None:
    bath, of_bath = await hired(town, StaffRole.STAFF, "bath2")
    assert (await device.by_pin(bath)).status_code == 401
    refused = await device.sign_in(of_bath)
    assert (refused.status_code, "do not work at the location" in refused.text) == (403, True)
    assert "Sign in by password" in (await device.get("/till")).text


async def test_a_pin_opens_nothing_without_a_device(town: World, device: Jar) -> None:
    sam, _ = await hired(town)
    assert (await Jar(town).by_pin(sam)).headers["location"] == "/till"
    await device.by_pin(sam)
    thief = Jar(town)
    thief.kept = {name: value for name, value in device.kept.items() if "device" not in name}
    assert "Sign in" in (await thief.get("/till")).text


@pytest.mark.parametrize("by", ["pin", "password"])
async def test_a_revoked_device_is_signed_out_at_once_on_every_server(
    town: World, device: Jar, by: str
) -> None:
    boss = await boss_of(town)
    sam, username = await hired(town)
    await (device.by_pin(sam) if by == "pin" else device.sign_in(username))
    assert "Signed in as Sam" in (await device.get("/till")).text
    (row, *_) = await devices(town.platform.database, brand_id=town.harbour)
    page = await boss.post("/till/devices/revocation", device=row.id)
    assert (page.status_code, "Revoked." in page.text) == (200, True)
    huggg = await for_bo(town)
    async with nothing_moves(town.platform.database):
        answer = await device.post(
            "/till/scan", code=huggg["shortcode"], id=new_id(), location="bristol17"
        )
        assert answer.headers["location"] == "/till?signed-out=yes"
        again = await boss.post("/till/devices/revocation", device=row.id)
    assert again.status_code == 404
    assert "Pair this device" in (await device.get("/till")).text
    assert (await device.by_pin(sam)).headers["location"] == "/till"


# PINs ---------------------------------------------------------------------------------------


async def test_wrong_pins_stop_one_person_at_one_device_and_no_shop(town: World, device: Jar) -> None:
    sam, username = await hired(town, name="Sam")
    kim, _ = await hired(town, name="Kim", pin="739105")
    wrong = [await device.by_pin(sam, "111222") for _ in range(PINS_OF_A_PERSON_AT_A_DEVICE.quota)]
    assert {answer.status_code for answer in wrong} == {401}
    stopped = await device.by_pin(sam)
    assert (stopped.status_code, "ask a manager" in stopped.text) == (429, True)
    assert int(stopped.headers["retry-after"]) > 60
    other = Jar(town)
    await other.post("/till/pair", code=await code_from(await boss_of(town)))
    assert (await other.by_pin(sam)).status_code == 303
    assert (await device.by_pin(kim, "739105")).status_code == 303
    await device.post("/till/session/end")
    assert (await device.sign_in(username)).status_code == 303
    await device.post("/till/session/end")
    boss = await boss_of(town)
    reset = await boss.post("/till/staff/pin", staff=sam)
    drawn = re.search(r"PIN of Sam: <code>(\d{6})</code>", reset.text)
    assert drawn is not None
    assert (await device.by_pin(sam, drawn[1])).status_code == 303


async def test_of_many_wrong_pins_at_once_no_more_than_the_allowance_are_checked(
    town: World, device: Jar
) -> None:
    sam, _ = await hired(town)
    answers = await asyncio.gather(*(device.by_pin(sam, f"{n:06}") for n in range(200, 220)))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(401) == PINS_OF_A_PERSON_AT_A_DEVICE.quota
    assert set(statuses) == {401, 429}


async def test_a_new_pin_signs_the_former_one_out(town: World, device: Jar) -> None:
    sam, _ = await hired(town)
    await device.by_pin(sam)
    assert "Signed in as Sam" in (await device.get("/till")).text
    await set_pin(town.platform, Passwords(), sam, "739105")
    assert "Choose your name" in (await device.get("/till")).text
    assert (await device.by_pin(sam)).status_code == 401


@pytest.mark.parametrize("form", [{"pin": PIN}, {"staff": "no-id", "pin": PIN}, {"staff": new_id()}])
async def test_a_form_that_lacks_name_or_pin_comes_back(
    town: World, device: Jar, form: dict[str, Any]
) -> None:
    await hired(town)
    assert (await device.post("/till/session/pin", **form)).status_code == 422


async def test_pins_are_kept_as_hashes_and_never_shown_again(town: World) -> None:
    sam, _ = await hired(town)
    kept = await scalar(town.platform.database, "SELECT pin_hash FROM users WHERE id = $1", sam)
    assert kept.startswith("$argon2id$")
    boss = await boss_of(town)
    assert PIN not in (await boss.get("/till/staff")).text


# Staff --------------------------------------------------------------------------------------


async def test_a_manager_hires_staff_who_sign_in_by_pin_and_by_password(
    town: World, device: Jar
) -> None:
    boss, username = await boss_of(town), f"{new_id()}@harbour.example"
    page = await boss.post("/till/staff", name="Lou", role="supervisor", username=username)
    pin = re.search(r"PIN of Lou: <code>(\d{6})</code>", page.text)
    password = re.search(r"Password of \S+: <code>(\w{16})</code>", page.text)
    assert pin is not None
    assert password is not None
    await boss.post("/till/staff", name="Nameless", role="staff", location="bristol17")
    rows = await sql(
        town.platform.database,
        "SELECT id, staff_role FROM users WHERE brand_id = $1 ORDER BY id DESC LIMIT 2",
        town.harbour,
    )
    assert [row["staff_role"] for row in rows] == ["staff", "supervisor"]
    assert (await device.by_pin(rows[1]["id"], pin[1])).status_code == 303
    assert (await Jar(town).sign_in(username, password[1])).status_code == 303
    taken = await boss.post("/till/staff", name="Lou", role="staff", username=username)
    assert (taken.status_code, "is taken" in taken.text) == (422, True)


@pytest.mark.parametrize(
    "form",
    [
        {"role": "staff"},
        {"name": "Lou", "role": "owner"},
        {"name": "Lou", "role": "staff", "location": "leeds5"},
        {"name": "\u202eLou", "role": "staff"},
    ],
)
async def test_a_form_for_staff_that_does_not_fit_changes_nothing(
    town: World, form: dict[str, str]
) -> None:
    boss = await boss_of(town)
    async with nothing_moves(town.platform.database):
        assert (await boss.post("/till/staff", **form)).status_code == 422


async def test_a_disabled_member_is_signed_out_at_once(town: World, device: Jar) -> None:
    sam, _ = await hired(town)
    await device.by_pin(sam)
    boss = await boss_of(town)
    await boss.post("/till/staff/active", staff=sam, active="false")
    assert "Signed in as" not in (await device.get("/till")).text
    assert (await device.by_pin(sam)).status_code == 401
    await boss.post("/till/staff/active", staff=sam, active="true")
    assert (await device.by_pin(sam)).status_code == 303


async def test_a_manager_does_not_lower_or_disable_themselves(town: World) -> None:
    user_id, username = await hired(town, StaffRole.MANAGER)
    boss = Jar(town)
    await boss.sign_in(username)
    async with nothing_moves(town.platform.database):
        for path, more in (("role", {"role": "staff"}), ("active", {"active": "false"})):
            answer = await boss.post(f"/till/staff/{path}", staff=user_id, **more)
            assert (answer.status_code, "Another manager" in answer.text) == (409, True)


async def test_a_manager_of_one_location_manages_the_staff_of_that_location(town: World) -> None:
    bath = await boss_of(town, "bath2")
    here, _ = await hired(town, StaffRole.STAFF, "bath2", name="Here")
    everywhere, _ = await hired(town, StaffRole.STAFF, name="Everywhere")
    page = (await bath.get("/till/staff")).text
    assert (str(here) in page, str(everywhere) in page) == (True, False)
    strangers = [everywhere, town.kettle_till.id, town.bo.id, new_id()]
    async with nothing_moves(town.platform.database):
        for user_id in strangers:
            for path, more, status in (
                ("pin", {}, 422),
                ("role", {"role": "manager"}, 409),
                ("active", {"active": "false"}, 409),
            ):
                answer = await bath.post(f"/till/staff/{path}", staff=user_id, **more)
                assert (answer.status_code, "no such member among your staff" in answer.text) == (
                    status,
                    True,
                )
        assert (await bath.post("/till/staff", name="Lou", role="staff")).status_code == 422
        refused = await bath.post("/till/devices", name="Counter", location="bristol17")
        assert refused.status_code == 422


@pytest.mark.parametrize("role", StaffRole)
async def test_each_role_may_do_what_the_table_says_and_no_more(town: World, role: StaffRole) -> None:
    user_id, username = await hired(town, role)
    browser = Jar(town)
    await browser.sign_in(username)
    managing, another_day, late = SEEN[role]
    for path in ("/till/devices", "/till/staff"):
        assert (await browser.get(path)).status_code == managing, path
    assert (await browser.get("/till/day?day=2026-01-05")).status_code == another_day
    assert (await browser.get("/till/day.csv?day=2026-01-05")).status_code == another_day
    assert (await browser.get("/till/day")).status_code == 200
    huggg, id_ = await for_bo(town), new_id()
    assert outcome(await browser.scan(huggg["shortcode"], id_)) == "redeemed"
    await sql(
        town.platform.database,
        "UPDATE redemptions SET created_at = created_at - interval '61 s' WHERE id = $1",
        id_,
    )
    taken_back = await browser.post("/till/undo", huggg=huggg["id"], redemption=id_)
    assert taken_back.status_code == late
    if role is not StaffRole.MANAGER:
        async with nothing_moves(town.platform.database):
            for path, form in (
                ("/till/devices", {"name": "Counter", "location": "bristol17"}),
                ("/till/devices/revocation", {"device": new_id()}),
                ("/till/staff", {"name": "Lou", "role": "manager"}),
                ("/till/staff/pin", {"staff": user_id}),
                ("/till/staff/role", {"staff": user_id, "role": "manager"}),
                ("/till/staff/active", {"staff": user_id, "active": "false"}),
            ):
                assert (await browser.post(path, **form)).status_code == 403, path


async def test_a_lowered_role_holds_from_the_next_request_on(town: World) -> None:
    user_id, username = await hired(town, StaffRole.MANAGER)
    lowered = Jar(town)
    await lowered.sign_in(username)
    assert (await lowered.get("/till/staff")).status_code == 200
    boss = await boss_of(town)
    await boss.post("/till/staff/role", staff=user_id, role="staff")
    refused = await lowered.get("/till/staff")
    assert (refused.status_code, "Ask a manager." in refused.text) == (403, True)


async def test_strangers_and_forms_of_other_sites_change_nothing(town: World) -> None:
    boss = await boss_of(town)
    async with nothing_moves(town.platform.database):
        paths = ("/till/devices", "/till/staff", "/till/staff/pin", "/till/conflicts", "/till/pair")
        for path in paths:
            headers = {**HERE, "Sec-Fetch-Site": "cross-site", **boss._headers()}
            answer = await town.http.post(path, data={"name": "x"}, headers=headers)
            assert answer.status_code == 403
            if path != "/till/pair":
                stranger = await Jar(town).post(path, name="x")
                assert stranger.headers["location"] == "/till?signed-out=yes"
