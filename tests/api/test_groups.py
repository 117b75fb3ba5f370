"""Group links as buyers order them and as people open them: the pages, the mail, and the one tap."""

from __future__ import annotations

import asyncio
import re
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest

from huggg.groups import pace
from huggg.groups.ask import seal_address
from huggg.groups.group import Group
from huggg.kit.bucket import Policy
from tests.support.gallery import MESSAGE, SENDER
from tests.support.gift_hall import Hall, is_a_gift_page, state_of
from tests.support.groups import CROWD, group_order
from tests.support.mail_server import body_of
from tests.support.post_office import post_office
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.values import altered
from tests.support.world import World

FROM_HERE = {"Sec-Fetch-Site": "same-origin"}

COUNTS = ("buckets", "jobs", "deliveries")


async def send(
    hall: Hall, path: str, form: dict[str, str] | None = None, **more: str
) -> httpx2.Response:
    return await hall.http.post(path, data=form or {}, headers={**FROM_HERE, **more})


def path_of(group: Group) -> str:
    return f"/super/{group.link.code}"


def confirming(hall: Hall, group: Group, address: str) -> str:
    """Write the path of the link that a mail to an address has."""
    return f"{path_of(group)}/{seal_address(hall.gallery.platform.vault, group, address)}"


async def mailed(hall: Hall, to: str) -> list[str]:
    """Hand over the waiting mails, and give the path of the link of each mail to an address."""
    async with post_office(hall.gallery.platform) as post:
        await post.round()
        mails = [mail for mail in post.mail.read() if mail["To"] == to]
    return [re.findall(r"https?://[^/\s]+(/\S+)", body_of(mail))[0] for mail in mails]


# Ordering


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"receivers": [{"email": "dee@example.org"}]},
            "purchase.receivers: deliveryMethod group takes a number of people, in quantity.",
        ),
        (
            {"quantity": None},
            "purchase.quantity: deliveryMethod group needs the number of people.",
        ),
        (
            {"claimExpiryDate": None},
            "purchase.claimExpiryDate: deliveryMethod group needs the last day to claim.",
        ),
        (
            {"limit": 2},
            "purchase.limit: must be 1 or absent, because each person of a group takes one.",
        ),
        (
            {"claimExpiryDate": "2000-01-01"},
            "purchase.claimExpiryDate: must not be before TODAY, when it is sent.",
        ),
        (
            {"expiryDate": "TOMORROW"},
            "purchase.claimExpiryDate: must not be after TOMORROW, the last day to redeem.",
        ),
        (
            {"deliveryMethod": "links"},
            "purchase.claimExpiryDate: needs deliveryMethod group, or a product that is a choice.",
        ),
    ],
)
async def test_a_group_that_cannot_be_is_refused_by_the_field(
    town: World, changed: dict[str, Any], sentence: str
) -> None:
    database = town.platform.database
    today: date = await scalar(database, "SELECT (now() AT TIME ZONE 'Europe/London')::date")
    days = {"TODAY": str(today), "TOMORROW": str(today + timedelta(days=1))}
    values = {name: days.get(str(value), value) for name, value in changed.items()}
    order = await group_order(town, 3, **values)
    for word, day in days.items():
        sentence = sentence.replace(word, day)
    async with nothing_moves(database):
        answer = await town.call("POST", "/api/v2/transactions", town.amara, order)
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})


async def test_every_answer_about_a_purchase_for_a_group_has_its_link_and_no_other(town: World) -> None:
    order = await group_order(town, 2)
    bought = await town.call("POST", "/api/v2/transactions", town.amara, order, Idempotency_Key="a")
    url = bought.json()["data"]["super_url"]
    assert re.fullmatch(r"https://launch\.test/super/[A-Za-z0-9]{15}", url)
    again = await town.call("POST", "/api/v2/transactions", town.amara, order, Idempotency_Key="a")
    assert again.content == bought.content
    (alone,) = await town.buy()
    path = f"/api/v2/transactions/{bought.json()['data']['id']}"
    for answer in (
        await town.call("GET", path, town.amara),
        await town.call("PATCH", path, town.amara, {"title": "Party"}),
    ):
        assert answer.json()["data"]["super_url"] == url
    listed = await town.call("GET", "/api/v2/transactions", town.amara)
    links = {row["id"]: row.get("super_url") for row in listed.json()["data"]}
    assert links[bought.json()["data"]["id"]] == url
    assert links[alone["transaction_id"]] is None
    kept = await scalar(town.platform.database, "SELECT string_agg(g::text, '') FROM group_links g")
    assert url.rpartition("/")[2] not in kept


async def test_no_message_and_no_sheet_gives_away_a_huggg_that_waits_for_a_person(town: World) -> None:
    """The group gives it to the next person, who would share its code; a named receiver gets both."""
    order = await group_order(town, 2)
    bought = await town.call("POST", "/api/v2/transactions", town.amara, order)
    path = f"/api/v2/transactions/{bought.json()['data']['id']}"
    embedded = await town.call("GET", f"{path}?embed[]=hugggs", town.amara)
    free_path, given_path = (
        f"/api/v2/hugggs/{huggg['id']}" for huggg in embedded.json()["embedded"]["hugggs"]
    )
    async with nothing_moves(town.platform.database):
        answer = await town.call(
            "POST", f"{free_path}/deliveries", town.amara, {"email": "d@example.org"}
        )
        assert answer.status_code == 409
        assert answer.json()["error"].startswith("huggg waits for a person of its group")
        for sheet_path in (f"{free_path}/sheet", f"{path}/sheet"):
            answer = await town.call("GET", sheet_path, town.amara)
            assert (answer.status_code, answer.json()) == (
                404,
                {"error": "No huggg is left to print."},
            )
    receiver = {"receiver": {"user_id": str(town.bo.id)}}
    assert (await town.call("PATCH", given_path, town.amara, receiver)).status_code == 200
    answer = await town.call("POST", f"{given_path}/deliveries", town.amara, {"email": "d@example.org"})
    assert answer.status_code == 201
    assert (await town.call("GET", f"{path}/sheet", town.amara)).status_code == 200


# Opening


async def test_an_open_group_tells_its_gift_and_both_days_and_asks_for_an_address(hall: Hall) -> None:
    group = await hall.gallery.group(2)
    async with nothing_moves(hall.gallery.platform.database):
        for agent in ("Slackbot-LinkExpanding 1.0", "Mozilla/5.0"):
            page = await hall.http.get(path_of(group), headers={"User-Agent": agent})
    assert (page.status_code, state_of(page)) == (200, "waiting")
    is_a_gift_page(page)
    for text in (
        "Acorn &amp; Daughters sent you",
        "Any hot drink",
        MESSAGE.partition("\n")[0],
        "Take one until",
        "3 days left",
        "Use it until",
        'type="email"',
    ):
        assert text in page.text
    head = page.text.partition("</head>")[0]
    for text in (SENDER.partition(" ")[0], "drink", "Harbour", group.link.code):
        assert text not in re.sub(r"<style>.*?</style>", "", head, flags=re.DOTALL)
    places = await hall.http.get(f"{path_of(group)}/places")
    assert f'href="{path_of(group)}"' in places.text


@pytest.mark.parametrize(
    ("columns", "state", "says"),
    [
        ({"cancelled_at": "now()"}, "cancelled", "These gifts were cancelled"),
        (
            {"expiry_date": "current_date - 1", "expires_at": "current_date - 1"},
            "expired",
            "This link has ended",
        ),
        ({"sent_at": "now() + interval '3 days'"}, "scheduled", "Something is on its way"),
        (
            {"assigned_at": "now()", "next_expires_at": "NULL"},
            "none left",
            "All of these gifts are taken",
        ),
    ],
)
async def test_a_group_without_a_free_gift_says_why_and_takes_no_address(
    hall: Hall, columns: dict[str, str], state: str, says: str
) -> None:
    group = await hall.gallery.group(2)
    late = confirming(hall, group, "late@example.org")
    await hall.gallery.change_group(group, **columns)
    async with nothing_moves(hall.gallery.platform.database):
        pages = [await hall.http.get(path) for path in (path_of(group), late)]
        response = await send(hall, path_of(group), {"email": "dee@example.org"})
        joined = await send(hall, late)
    for page in pages:
        assert (page.status_code, state_of(page)) == (200, state)
        is_a_gift_page(page)
        assert says in page.text
        assert "<form" not in page.text
    for answer in (response, joined):
        assert (answer.status_code, answer.headers["location"]) == (303, path_of(group))


@pytest.mark.parametrize("ending", ["", "/mail", "/places", "/AbCdEfGh1234567"])
async def test_a_link_of_no_group_is_answered_like_one_of_no_gift(hall: Hall, ending: str) -> None:
    unknown = await hall.http.get("/abcdefgh12345678")
    page = await hall.http.get(f"/super/AbCdEfGh1234567{ending}")
    assert (page.status_code, page.text) == (unknown.status_code, unknown.text) == (404, page.text)


# Asking


async def test_an_address_gets_one_mail_with_the_link_that_confirms_it(hall: Hall) -> None:
    group, database = await hall.gallery.group(2), hall.gallery.platform.database
    hall.http.cookies.clear()
    async with nothing_moves(database, but=COUNTS):
        for typed in (" Dee@Example.org ", "dee+again@example.org"):
            answer = await send(hall, path_of(group), {"email": typed})
            assert (answer.status_code, answer.headers["location"]) == (303, f"{path_of(group)}/mail")
    page = await hall.http.get(f"{path_of(group)}/mail")
    assert "Look into your mail" in page.text
    is_a_gift_page(page)
    [path] = await mailed(hall, "Dee@Example.org")
    assert path.rpartition("/")[0] == path_of(group)
    assert state_of(await hall.http.get(path)) == "confirm"
    kept = "SELECT d::text FROM deliveries d WHERE subject_id = $1"
    assert "example" not in (await scalar(database, kept, group.transaction_id)).lower()


@pytest.mark.parametrize(
    "typed", ["", "dee", "dee@", "dee@example", "a b@example.org", "dee@example.org\0"]
)
async def test_a_text_that_is_no_address_is_shown_again_and_changes_nothing(
    hall: Hall, typed: str
) -> None:
    group = await hall.gallery.group(2)
    async with nothing_moves(hall.gallery.platform.database):
        answer = await send(hall, path_of(group), {"email": typed})
    assert (answer.status_code, state_of(answer)) == (422, "waiting")
    is_a_gift_page(answer)
    assert "Write your whole e-mail address" in answer.text
    assert 'aria-describedby="email-hint email-problem"' in answer.text


async def test_a_form_of_another_site_asks_for_nothing(hall: Hall) -> None:
    group = await hall.gallery.group(2)
    async with nothing_moves(hall.gallery.platform.database):
        for path in (path_of(group), confirming(hall, group, "dee@example.org")):
            for origin in ({"Sec-Fetch-Site": "cross-site"}, {}):
                answer = await hall.http.post(path, data={"email": "dee@example.org"}, headers=origin)
                assert answer.status_code == 403


async def test_many_addresses_of_one_browser_or_one_network_are_paced(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "OF_A_NETWORK", Policy("typed by these tests", quota=9, seconds=600))
    group, statuses = await hall.gallery.group(20), []
    hall.http.cookies.clear()
    for number in range(8):  # one phone, which keeps its cookie
        answer = await send(hall, path_of(group), {"email": f"friend{number}@example.org"})
        statuses.append(answer.status_code)
        (line,) = answer.headers.get_list("set-cookie") or [""]
        hall.http.headers["Cookie"] = line.partition(";")[0] or hall.http.headers["Cookie"]
    assert statuses == [303] * 6 + [429] * 2
    is_a_gift_page(answer)
    assert "Too many addresses were typed here. Try again in 2 minutes." in answer.text
    assert 0 < int(answer.headers["retry-after"]) <= 100
    del hall.http.headers["Cookie"]
    statuses = [
        (await send(hall, path_of(group), {"email": f"other{number}@example.org"})).status_code
        for number in range(5)  # one network, in which each phone is new
    ]
    assert statuses == [303] * 3 + [429] * 2


async def test_an_address_that_is_typed_again_and_again_counts_once(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "OF_A_NETWORK", Policy("typed again by tests", quota=2, seconds=600))
    group = await hall.gallery.group(2)
    for typed in ("Dan@example.org", "dan@example.org", "dan+x@example.org", "dan@EXAMPLE.org"):
        hall.http.cookies.clear()
        assert (await send(hall, path_of(group), {"email": typed})).status_code == 303
    assert len(await mailed(hall, "Dan@example.org")) == 1


async def test_an_address_that_strangers_type_all_day_gets_few_mails(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "TO_AN_ADDRESS", Policy("to these tests", quota=2, seconds=24 * 3600))
    for _ in range(4):
        group = await hall.gallery.group(1)
        hall.http.cookies.clear()
        answer = await send(hall, path_of(group), {"email": "v.ictim@gmail.com"})
        assert answer.headers["location"].endswith("/mail")
    assert len(await mailed(hall, "v.ictim@gmail.com")) == 2


# Taking


async def test_opening_the_mailed_link_takes_nothing_and_the_tap_takes_one(hall: Hall) -> None:
    group, database = await hall.gallery.group(2), hall.gallery.platform.database
    path = confirming(hall, group, "dee@example.org")
    async with nothing_moves(database):
        for agent in ("scanner", "Mozilla/5.0"):
            page = await hall.http.get(path, headers={"User-Agent": agent})
        await hall.http.head(path)
    assert state_of(page) == "confirm"
    is_a_gift_page(page)
    assert f'<form method="post" action="{path}">' in page.text
    assert "dee@example.org" in page.text
    hall.http.cookies.clear()
    taken = await send(hall, path)
    assert taken.status_code == 303
    (cookie,) = taken.headers.get_list("set-cookie")
    gift = await hall.http.get(taken.headers["location"], headers={"Cookie": cookie.partition(";")[0]})
    assert state_of(gift) == "claimed"
    assert await mailed(hall, "dee@example.org") == [taken.headers["location"]]


async def test_a_second_tap_in_any_browser_and_any_spelling_leads_to_the_same_gift(hall: Hall) -> None:
    group, database = await hall.gallery.group(3), hall.gallery.platform.database
    hall.http.cookies.clear()
    first = await send(hall, confirming(hall, group, "dee@example.org"))
    async with nothing_moves(database, but=("claimer_browsers",)):
        for spelling in ("dee@example.org", "DEE@EXAMPLE.ORG", "dee+two@example.org"):
            path = confirming(hall, group, spelling)
            page = await hall.http.get(path)
            assert state_of(page) == "taken"
            hall.http.cookies.clear()
            again = await send(hall, path)
            assert again.headers["location"] == first.headers["location"]
    claimed = "SELECT count(*) FROM hugggs WHERE transaction_id = $1 AND assigned_at IS NOT NULL"
    assert await scalar(database, claimed, group.transaction_id) == 1


async def test_the_link_of_a_mail_opens_its_own_group_alone(hall: Hall) -> None:
    one, other = [await hall.gallery.group(1) for _ in range(2)]
    token = confirming(hall, one, "dee@example.org").rpartition("/")[2]
    async with nothing_moves(hall.gallery.platform.database, but=("buckets",)):
        for path in (f"{path_of(other)}/{token}", f"{path_of(one)}/{altered(token)}"):
            assert (await hall.http.get(path)).status_code == 404
            assert (await send(hall, path)).status_code == 404
    rows = await sql(
        hall.gallery.platform.database,
        "SELECT 1 FROM hugggs WHERE claimer IS NOT NULL AND transaction_id = ANY($1)",
        [one.transaction_id, other.transaction_id],
    )
    assert rows == []


async def taps(hall: Hall, path: str) -> list[httpx2.Response]:
    """Tap the button twice at once, and again while the server is busy."""

    async def tap() -> httpx2.Response:
        while (answer := await send(hall, path)).status_code == 503:  # noqa: ASYNC110 - as a reader does
            await asyncio.sleep(0.05)
        return answer

    return list(await asyncio.gather(tap(), tap()))


async def test_a_crowd_at_one_link_gets_a_gift_each_or_learns_that_none_is_left(hall: Hall) -> None:
    gifts = CROWD * 2 // 3
    group, database = await hall.gallery.group(gifts), hall.gallery.platform.database
    hall.http.cookies.clear()
    paths = [confirming(hall, group, f"guest{number}@example.org") for number in range(CROWD)]
    answers = await asyncio.gather(*(taps(hall, path) for path in paths))
    led_to = [{answer.headers["location"] for answer in of_person} for of_person in answers]
    assert all(len(of_person) == 1 for of_person in led_to)
    gone = [of_person for of_person in led_to if of_person == {path_of(group)}]
    assert len(gone) == CROWD - gifts
    assert len({link for of_person in led_to for link in of_person}) == gifts + 1
    assert state_of(await hall.http.get(path_of(group))) == "none left"
    people = "SELECT count(DISTINCT claimer), count(DISTINCT receiver_id)"
    claims = f"{people} FROM hugggs WHERE transaction_id = $1"
    [row] = await sql(database, claims, group.transaction_id)
    assert tuple(row) == (gifts, gifts)
