"""The till page: staff sign in, scan, read one answer, undo, and see their day."""

from __future__ import annotations

import re
from typing import Any, cast
from uuid import UUID

import httpx2
import pytest

from huggg.identity.caller import UserKind
from huggg.identity.passwords import Passwords
from huggg.identity.role import StaffRole
from huggg.kit.ids import new_id
from huggg.till.sheet import harmless
from tests.api.test_till import for_bo
from tests.support.people import add_user
from tests.support.silence import nothing_moves
from tests.support.sql import sql
from tests.support.world import World

PASSWORD = "correct horse battery"
HERE = {
    "Accept": "text/html",
    "Sec-Fetch-Site": "same-origin",
    "Content-Type": "application/x-www-form-urlencoded",
}


class Browser:
    """A browser of one person: it keeps the cookie that the till gave it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cookie: str | None = None

    async def get(self, path: str) -> httpx2.Response:
        return await self._heard(await self.world.http.get(path, headers=self._headers()))

    async def post(self, path: str, **fields: Any) -> httpx2.Response:
        data = {name: str(value) for name, value in fields.items()}
        answer = await self.world.http.post(path, data=data, headers={**HERE, **self._headers()})
        return await self._heard(answer)

    async def sign_in(self, username: str, password: str = PASSWORD) -> httpx2.Response:
        return await self.post("/till/session", username=username, password=password)

    async def scan(self, code: str, id_: Any = None, location: str = "bristol17") -> str:
        answer = await self.post("/till/scan", code=code, id=id_ or new_id(), location=location)
        assert answer.status_code == 200, answer.text
        return answer.text

    def _headers(self) -> dict[str, str]:
        return {} if self.cookie is None else {"Cookie": self.cookie}

    async def _heard(self, answer: httpx2.Response) -> httpx2.Response:
        for line in answer.headers.get_list("set-cookie"):
            self.cookie = line.partition(";")[0]
        self.world.http.cookies.clear()
        return answer


async def staff(world: World, *locations: str, role: StaffRole = StaffRole.STAFF) -> str:
    """Hire staff for Harbour; gives their username."""
    name = f"staff-{new_id()}@harbour.example"
    await add_user(
        world.platform.database,
        name="Sam",
        kind=UserKind.MERCHANT,
        brand_id=world.harbour,
        location_ids=locations,
        username=name,
        password_hash=Passwords().hash(PASSWORD),
        staff_role=role,
    )
    return name


@pytest.fixture
async def browser(town: World) -> Browser:
    browser = Browser(town)
    signed_in = await browser.sign_in(await staff(town))
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/till")
    return browser


def outcome(page: str) -> str | None:
    match = re.search(r'data-outcome="(\w+)"', page)
    return match[1] if match else None


async def test_staff_signs_in_and_out_and_strangers_are_asked_to(town: World) -> None:
    browser, name = Browser(town), await staff(town)
    assert "Sign in" in (await browser.get("/till")).text
    for path in ("/till/day", "/till/day.csv"):
        assert (await browser.get(path)).headers["location"] == "/till"
    wrong = await browser.sign_in(name, "wrong")
    assert (wrong.status_code, "is wrong" in wrong.text, browser.cookie) == (401, True, None)
    assert (await browser.sign_in(name)).status_code == 303
    assert "Signed in as Sam" in (await browser.get("/till")).text
    await browser.post("/till/session/end")
    assert "Sign in" in (await browser.get("/till")).text


async def test_only_a_merchants_staff_signs_in(town: World) -> None:
    name = f"customer-{new_id()}@example.test"
    password_hash = Passwords().hash(PASSWORD)
    await add_user(
        town.platform.database,
        name="Cass",
        kind=UserKind.CUSTOMER,
        username=name,
        password_hash=password_hash,
    )
    assert (await Browser(town).sign_in(name)).status_code == 401


@pytest.mark.parametrize("change", ["active = false", "password_hash = 'another'"])
async def test_staff_that_is_locked_out_is_signed_out_at_once(town: World, change: str) -> None:
    browser = Browser(town)
    await browser.sign_in(await staff(town))
    latest = "SELECT id FROM users WHERE brand_id IS NOT NULL ORDER BY id DESC LIMIT 1"
    await sql(town.platform.database, f"UPDATE users SET {change} WHERE id = ({latest})")  # noqa: S608 - ours
    huggg = await for_bo(town)
    async with nothing_moves(town.platform.database):
        answer = await browser.post(
            "/till/scan", code=huggg["shortcode"], id=new_id(), location="bristol17"
        )
    assert answer.headers["location"] == "/till?signed-out=yes"
    assert "this press changed nothing" in (await browser.get(answer.headers["location"])).text
    assert "changed nothing" not in (await browser.get("/till")).text


async def test_a_scan_whose_answer_was_lost_is_not_denied_after_the_shift(town: World) -> None:
    """The till sends it again, and the first one may have redeemed."""
    browser = Browser(town)
    await browser.sign_in(await staff(town))
    huggg = await for_bo(town)
    scan = {"code": huggg["shortcode"], "id": new_id(), "location": "bristol17"}
    assert (await browser.post("/till/scan", **scan)).status_code == 200
    await browser.post("/till/session/end")
    answer = await browser.post("/till/scan", **scan)
    page = (await browser.get(answer.headers["location"])).text
    assert "the till says so if a gift is redeemed already" in page


async def test_a_scan_redeems_and_says_how_to_ring_up(town: World, browser: Browser) -> None:
    huggg = await for_bo(town)
    page = await browser.scan(f" https://launch.test/{huggg['shortcode']}?from=mail ")
    assert outcome(page) == "redeemed"
    for text in ("Redeemed", "one", "two", "three", "£3.50", "a discount"):
        assert text in page
    [row] = await sql(
        town.platform.database,
        "SELECT location_id, client_id, reversed_at FROM redemptions WHERE huggg_id = $1",
        UUID(huggg["id"]),
    )
    assert tuple(row) == ("bristol17", "till-page", None)


async def test_a_form_that_is_sent_again_redeems_once_and_a_second_scan_is_told_as_one(
    town: World, browser: Browser
) -> None:
    huggg, id_ = await for_bo(town), new_id()
    assert outcome(await browser.scan(huggg["shortcode"], id_)) == "redeemed"
    async with nothing_moves(town.platform.database):
        assert outcome(await browser.scan(huggg["shortcode"], id_)) == "redeemed"
    again = await browser.scan(huggg["redeem_code"])
    assert (outcome(again), "ago, here" in again) == ("repeated", True)
    elsewhere = await browser.scan(huggg["shortcode"], location="bath2")
    assert (outcome(elsewhere), "This gift is used already." in elsewhere) == ("refused", True)


@pytest.mark.parametrize("code", ["nonsense", "https://launch.test/", '"><script>alert(1)</script>'])
async def test_a_scan_that_means_nothing_is_one_red_sentence(
    town: World, browser: Browser, code: str
) -> None:
    async with nothing_moves(town.platform.database):
        page = await browser.scan(code)
    assert (outcome(page), "No gift has this code." in page) == ("refused", True)
    assert "huggg not found" not in page
    assert "<script>alert" not in page


async def test_an_empty_form_and_a_missing_location_are_told(town: World, browser: Browser) -> None:
    huggg = await for_bo(town)
    async with nothing_moves(town.platform.database):
        empty = await browser.post("/till/scan", id=new_id(), location="bristol17")
        assert (empty.status_code, "Scan or type a code first." in empty.text) == (422, True)
        nowhere = await browser.post("/till/scan", code=huggg["shortcode"], id=new_id())
        assert (nowhere.status_code, "Choose the location" in nowhere.text) == (422, True)
        assert "cannot be used at this location" in await browser.scan(
            huggg["shortcode"], location="leeds5"
        )
        fields = {"code": huggg["shortcode"], "id": new_id(), "location": "bristol17"}
        for change, sentence in (
            ({"reference": "x" * 101}, "Your reference must be text of at most 100 characters."),
            ({"reference": "A\0"}, "Your reference must not contain NUL."),
            ({"code": "x" * 501}, "The code must be text of at most 500 characters."),
        ):
            answer = await browser.post("/till/scan", **{**fields, **change})
            assert (answer.status_code, sentence in answer.text) == (422, True)


async def test_staff_of_one_location_chooses_none(town: World) -> None:
    browser = Browser(town)
    await browser.sign_in(await staff(town, "bath2"))
    page = (await browser.get("/till")).text
    assert '<input type="hidden" name="location" value="bath2">' in page
    huggg = await for_bo(town)
    assert "cannot be used at this location" in await browser.scan(huggg["shortcode"])


async def test_a_redemption_is_undone_for_a_minute(town: World, browser: Browser) -> None:
    huggg, id_ = await for_bo(town), new_id()
    await browser.scan(huggg["shortcode"], id_)
    undone = await browser.post("/till/undo", huggg=huggg["id"], redemption=id_)
    assert (undone.status_code, "Undone." in undone.text) == (200, True)
    later = new_id()
    assert outcome(await browser.scan(huggg["shortcode"], later)) == "redeemed"
    await sql(
        town.platform.database,
        "UPDATE redemptions SET created_at = created_at - interval '61 s' WHERE id = $1",
        later,
    )
    async with nothing_moves(town.platform.database):
        late = await browser.post("/till/undo", huggg=huggg["id"], redemption=later)
    assert (late.status_code, "for one minute" in late.text) == (409, True)


async def test_a_form_from_another_site_is_refused(town: World, browser: Browser) -> None:
    huggg = await for_bo(town)
    async with nothing_moves(town.platform.database):
        answer = await town.http.post(
            "/till/scan",
            data={"code": huggg["shortcode"], "id": str(new_id()), "location": "bristol17"},
            headers={**HERE, "Sec-Fetch-Site": "cross-site", "Cookie": browser.cookie or ""},
        )
    assert answer.status_code == 403


async def test_the_day_has_a_list_totals_a_search_and_a_sheet(town: World) -> None:
    browser = Browser(town)
    await browser.sign_in(await staff(town, role=StaffRole.SUPERVISOR))
    huggg, other = await for_bo(town), await for_bo(town)
    await browser.post(
        "/till/scan",
        code=huggg["shortcode"],
        id=new_id(),
        location="bristol17",
        reference="=SUM(A1)",
    )
    await browser.scan(other["shortcode"])
    page = (await browser.get("/till/day")).text
    assert "=SUM(A1)" in page
    assert re.search(r"<td>Sam</td><td>\d+</td>", page)
    day_page = (await browser.get("/till/day?reference=%3Dsum(a1)")).text
    redemptions = day_page[day_page.index("<h2>Redemptions") :]
    assert redemptions.count('<td data-label="Staff">Sam</td>') == 1
    sheet = await browser.get("/till/day.csv")
    assert sheet.headers["content-type"].startswith("text/csv")
    assert "attachment" in sheet.headers["content-disposition"]
    lines = sheet.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Time,Product,Pounds")
    assert any(",'=SUM(A1)," in line for line in lines)
    assert (await browser.get("/till/day?day=tomorrow")).status_code == 422
    empty = (await browser.get("/till/day?day=2001-01-01")).text
    assert "Nothing was redeemed." in empty


async def test_a_long_day_is_cut_on_its_page_and_whole_in_its_sheets(
    town: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await browser.scan((await for_bo(town))["shortcode"])
    long = "The latest 2 are shown."
    assert long not in (await browser.get("/till/day")).text
    monkeypatch.setattr("huggg.till.day_pages.ROWS_MAX", 2)
    page = (await browser.get("/till/day")).text
    assert (page.count('aria-label="Receipt of'), long in page) == (2, True)
    lines = (await browser.get("/till/day.csv")).text.splitlines()
    assert len(lines) >= 4
    monkeypatch.setattr("huggg.till.sheet.PRINTED_MAX", 2)
    assert (await browser.get("/till/day.pdf")).content.startswith(b"%PDF-")
    monkeypatch.setattr("huggg.redemptions.search.SHEET_ROWS_MAX", 2)
    cut = await browser.get("/till/day.csv")
    assert (cut.status_code, "has more than 2 redemptions" in cut.text) == (422, True)


async def test_a_frame_of_a_camera_is_read_for_staff_alone(town: World, browser: Browser) -> None:
    import zxingcpp  # noqa: PLC0415 - one test's

    huggg = await for_bo(town)
    drawn = zxingcpp.create_barcode(huggg["shortcode"], zxingcpp.BarcodeFormat.QRCode)
    picture = zxingcpp.write_barcode_to_image(drawn, scale=4)
    grey = memoryview(cast("Any", picture))
    height, width = grey.shape or (0, 0)
    path = f"/till/frame?width={width}"
    content = grey.tobytes()
    headers = {**HERE, "Cookie": browser.cookie or ""}
    answer = await town.http.post(path, content=content, headers=headers)
    assert answer.json() == {"text": huggg["shortcode"]}
    assert height > 0
    blank = await town.http.post("/till/frame?width=10", content=b"\xff" * 100, headers=headers)
    assert blank.json() == {"text": ""}
    for bad in ("/till/frame?width=7", "/till/frame", "/till/frame?width=0", "/till/frame?width=4001"):
        assert (await town.http.post(bad, content=b"x" * 10, headers=headers)).status_code == 422
    thin = await town.http.post("/till/frame?width=1", content=b"x" * 4001, headers=headers)
    assert thin.status_code == 422
    large = await town.http.post(path, content=bytes(width * 10_000), headers=headers)
    assert large.status_code in {413, 422}
    assert (await town.http.post(path, content=content, headers=HERE)).status_code == 401


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\n1", "\uff1d1"])
def test_no_cell_of_the_sheet_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless("1042") == "1042"
    assert harmless("1042;=1+1;-2") == "1042;'=1+1;'-2"
    assert harmless("A\n=1") == "A\n'=1"
    assert harmless("A|@SUM(1)") == "A|'@SUM(1)"
    assert harmless("Tea; milk, 5 - 6 = 1") == "Tea; milk, 5 - 6 = 1"
    assert harmless(None) == ""
