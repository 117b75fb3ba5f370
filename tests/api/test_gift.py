"""The gift page as browsers, crawlers and guessers meet it: its states, forms, and all that it hides."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import asyncpg
import httpx2
import pytest
from msgspec import structs

from huggg.gift.attempt import Attempt
from huggg.gift.door import GiftDoor
from huggg.gift.visits import Visits
from huggg.html.assets import Assets
from huggg.html.renderer import Renderer
from huggg.languages.language import language
from tests.conftest import served
from tests.support.gallery import CODES, MESSAGE, PIN, SENDER, shops
from tests.support.gift_hall import BROWSER, Hall, is_a_gift_page, state_of
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql

FROM_HERE = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}


# States


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("scheduled", "Something is on its way"),
        ("claimed", "Box of six doughnuts"),
        ("redeemed", "at Harbour Roast, Bristol."),
        ("cancelled", "This gift was cancelled"),
        ("expired", "This gift has expired"),
        ("ending", "3 days left"),
    ],
)
async def test_a_gift_in_a_state_has_its_page(hall: Hall, kind: str, says: str) -> None:
    huggg = await getattr(hall.gallery, kind)()
    answer = await hall.open(huggg)
    assert answer.status_code == 200
    is_a_gift_page(answer)
    assert says in answer.text
    assert state_of(answer) == ("waiting" if kind == "ending" else kind)


async def test_a_waiting_gift_tells_its_sender_message_brand_and_last_day(hall: Hall) -> None:
    huggg = await hall.gallery.gift("harbour", message="Well done & <b>thanks</b>")
    answer = await hall.open(huggg)
    is_a_gift_page(answer)
    for text in (
        "Acorn &amp; Daughters sent you",
        "Any hot drink",
        "Harbour Roast",
        "Well done &amp; &lt;b&gt;thanks&lt;/b&gt;",
        "Glasgow",
        "https://www.openstreetmap.org/directions?route=",
        "It can be used once",
    ):
        assert text in answer.text


@pytest.mark.parametrize("tag", ["en-GB", "cy", "fr"])
@pytest.mark.parametrize(
    "kind", ["choice", "claimed", "redeemed", "cancelled", "expired", "ending", "themed"]
)
async def test_a_form_letter_is_the_page_that_is_rendered_for_the_gift_itself(
    hall: Hall, kind: str, tag: str
) -> None:
    platform = hall.gallery.platform
    visits = Visits(platform)
    door = GiftDoor(platform, cast("Any", None), Renderer(Assets()), visits, cast("Any", None))
    pages = []
    for number, message in enumerate(("<Hello> & 'you'", "Bye", "")):
        huggg = await getattr(hall.gallery, kind)()
        visit = await visits.of(huggg.codes.shortcode, language(tag))
        gift = structs.replace(visit.gift, sender=f'Ann "{number}" <b>', message=message)
        visit = structs.replace(visit, gift=gift)
        letter, own = [
            re.sub(rb'data-ticket="[^"]+"', b"", page.body)  # sealed anew for each page
            for page in (await door.page(visit), await door.page(visit, attempt=Attempt()))
        ]
        assert letter == own
        pages.append(letter)
    assert len(set(pages)) == len(pages)


async def test_a_scheduled_gift_tells_its_day_and_nothing_else(hall: Hall) -> None:
    huggg = await hall.gallery.scheduled()
    for answer in (
        await hall.open(huggg),
        await hall.send(huggg, "/redemption", {"location": shops("kettle")[0], "pin": PIN}),
    ):
        for text in (SENDER.partition(" ")[0], "drink", "Harbour", MESSAGE[:9]):
            assert text not in answer.text
    async with nothing_moves(hall.gallery.platform.database):
        assert (await hall.send(huggg, "/code")).status_code == 303


@pytest.mark.parametrize("kind", ["redeemed", "cancelled", "expired", "scheduled"])
async def test_a_gift_that_cannot_be_used_shows_no_code(hall: Hall, kind: str) -> None:
    huggg = await getattr(hall.gallery, kind)()
    async with nothing_moves(hall.gallery.platform.database):
        answer = await hall.send(huggg, "/code")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{huggg.codes.shortcode}")


# The code


def plate_of(answer: httpx2.Response) -> str:
    """Cut the code and its digits out of a page."""
    (plate,) = re.findall(r'<div class="plate".*?</div>', answer.text, re.DOTALL)
    return str(plate)


async def test_opening_a_gift_changes_nothing_and_shows_no_code(hall: Hall) -> None:
    huggg = await hall.gallery.gift("harbour")
    async with nothing_moves(hall.gallery.platform.database):
        for agent in ("Twitterbot/1.0", "facebookexternalhit/1.1", "Mozilla/5.0"):
            answer = await hall.open(huggg, User_Agent=agent)
            assert state_of(answer) == "waiting"
            assert huggg.codes.redeem_code not in answer.text.lower()
            assert '<svg class="square"' not in answer.text
        assert (await hall.http.head(f"/{huggg.codes.shortcode}")).content == b""


async def test_previews_of_a_link_tell_nothing(hall: Hall) -> None:
    huggg = await hall.gallery.gift("harbour")
    answer = await hall.open(huggg)
    head, _, _ = answer.text.partition("</head>")
    shown = re.sub(r"<style>.*?</style>", "", head, flags=re.DOTALL)
    assert '<meta property="og:title" content="A gift for you">' in shown
    for text in (SENDER.partition(" ")[0], "drink", "Harbour", MESSAGE[:9], huggg.codes.shortcode):
        assert text not in shown


@pytest.mark.parametrize(
    ("slug", "shape"),
    [("marrow", "bars lying"), ("lantern", "square"), ("harbour", "square"), ("crumb", "bars lying")],
)
async def test_a_code_is_shown_after_a_tap(hall: Hall, slug: str, shape: str) -> None:
    huggg = await hall.gallery.gift(slug)
    answer = await hall.send(huggg, "/code")
    assert answer.status_code == 200
    is_a_gift_page(answer)
    assert state_of(answer) == "code shown"
    assert f'<svg class="{shape}"' in answer.text
    assert len(answer.content) < 50_000
    again = await hall.send(huggg, "/code")
    assert plate_of(again) == plate_of(answer)
    assert state_of(await hall.open(huggg)) == "waiting"


async def test_tills_that_scan_hugggs_are_told_the_redeem_code_too(hall: Hall) -> None:
    huggg = await hall.gallery.gift("harbour")
    answer = await hall.send(huggg, "/code")
    code = huggg.codes.redeem_code.upper()
    assert f"{code[:3]} {code[3:]}" in answer.text


async def test_a_segment_is_chosen_once_and_then_its_code_is_shown(hall: Hall) -> None:
    huggg = await hall.accepted("starlight")
    page = (await hall.open(huggg)).text
    segments = dict(re.findall(r'value="([\w-]{36})" required> <span dir="auto">([\w ]+)</span>', page))
    assert sorted(segments.values()) == ["Inside London", "Outside London"]
    for form in ({}, {"segment": huggg.id.hex}, {"segment": "x"}):
        async with nothing_moves(hall.gallery.platform.database):
            refused = await hall.send(huggg, "/code", form)
        assert refused.status_code == 422
        assert "Choose where you will use it." in refused.text
    (outside,) = (segment for segment, name in segments.items() if name == "Outside London")
    (inside,) = segments.keys() - {outside}
    shown = await hall.send(huggg, "/code", {"segment": outside})
    first = " ".join(re.findall("....", CODES["Outside London"]))
    assert first in shown.text
    assert plate_of(await hall.send(huggg, "/code")) == plate_of(shown)
    async with nothing_moves(hall.gallery.platform.database):
        assert (await hall.send(huggg, "/code", {"segment": inside})).status_code == 303
    assert state_of(await hall.open(huggg)) == "claimed"


async def test_a_segment_without_codes_says_so_and_others_can_be_chosen(hall: Hall) -> None:
    database = hall.gallery.platform.database
    huggg = await hall.accepted("starlight")
    page = (await hall.open(huggg)).text
    segment = re.findall(r'value="([\w-]{36})" required> <span dir="auto">Inside', page)[0]
    await sql(
        database,
        "UPDATE codes SET withdrawn_at = now() WHERE segment_id = $1 AND assigned_at IS NULL",
        UUID(segment),
    )
    async with nothing_moves(database):
        refused = await hall.send(huggg, "/code", {"segment": segment})
    assert refused.status_code == 409
    assert "No code is left there just now." in refused.text
    assert f'value="{segment}" required checked' in refused.text


async def test_a_brand_chooses_the_symbology_of_its_codes(hall: Hall) -> None:
    platform = hall.gallery.platform
    brand = await scalar(platform.database, "SELECT id FROM brands WHERE name = 'Glasshouse Gin Bar'")
    await sql(platform.database, "INSERT INTO code_symbols VALUES ($1, 'pdf417')", brand)
    answer = await hall.send(await hall.gallery.gift("glasshouse", 1), "/code")
    assert '<svg class="wide"' in answer.text


# A store's PIN


async def test_staff_redeem_by_the_pin_of_their_store(hall: Hall) -> None:
    huggg, shop = await hall.accepted("kettle"), shops("kettle")[1]
    page = (await hall.open(huggg)).text
    assert f'<option value="{shop}">Kettle &amp; Finch, Bath</option>' in page
    answer = await hall.send(huggg, "/redemption", {"location": shop, "pin": f" {PIN} "})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{huggg.codes.shortcode}")
    spent = await hall.open(huggg)
    assert state_of(spent) == "redeemed"
    assert "at Kettle &amp; Finch, Bath." in spent.text
    rows = await sql(
        hall.gallery.platform.database,
        "SELECT location_id, user_id, client_id FROM redemptions WHERE huggg_id = $1",
        huggg.id,
    )
    assert [tuple(row) for row in rows] == [(shop, None, "gift page")]
    async with nothing_moves(hall.gallery.platform.database):
        again = await hall.send(huggg, "/redemption", {"location": shop, "pin": PIN})
    assert again.status_code == 303


@pytest.mark.parametrize(
    "form",
    [
        {"location": "kettle-bath", "pin": "1111"},
        {"location": "kettle-bath", "pin": "\uff14\uff17\uff11\uff11"},
        {"location": "kettle-bath"},
        {"location": "nowhere", "pin": PIN},
        {"location": "harbour-bath", "pin": PIN},
        {"pin": PIN},
        {},
    ],
    ids=str,
)
async def test_a_wrong_pin_is_refused_and_changes_nothing(hall: Hall, form: dict[str, str]) -> None:
    huggg = await hall.accepted("kettle")
    async with nothing_moves(hall.gallery.platform.database):
        answer = await hall.send(huggg, "/redemption", form)
    assert answer.status_code == 422
    assert "This is not the PIN of that shop." in answer.text


async def test_a_right_pin_of_another_brand_redeems_nothing(hall: Hall) -> None:
    huggg = await hall.gallery.gift("harbour")
    async with nothing_moves(hall.gallery.platform.database):
        answer = await hall.send(huggg, "/redemption", {"location": "kettle-bath", "pin": PIN})
    assert answer.status_code == 422


async def test_wrong_pins_of_one_gift_are_paced_and_no_other_gift_waits(hall: Hall) -> None:
    huggg, other = [await hall.accepted("kettle") for _ in range(2)]
    wrong = {"location": "kettle-leeds", "pin": "0000"}
    statuses = [(await hall.send(huggg, "/redemption", wrong)).status_code for _ in range(7)]
    assert statuses == [422] * 5 + [429] * 2
    right = {"location": "kettle-leeds", "pin": PIN}
    paced = await hall.send(huggg, "/redemption", right)
    assert (paced.status_code, state_of(paced)) == (429, "claimed")
    assert "Too many wrong PINs. Try again in 3 minutes." in paced.text
    assert (await hall.send(other, "/redemption", right)).status_code == 303


# Links


LINKS = ["abcdefgh12345678", "abcdefgh", "ABCDEFGH1234567", "a" * 64]
OTHERS = [
    "x",
    "abcdefg",
    "favicon.ico",
    "a" * 65,
    "%3Cscript%3E",
    "jcsk2df4sphbgl7f.",
    "%00",
    "%F0%9F%98%B2",
]


@pytest.mark.parametrize("link", LINKS)
async def test_wrong_links_of_every_kind_are_answered_alike(hall: Hall, link: str) -> None:
    answer = await hall.http.get(f"/{link}")
    assert answer.status_code == 404
    is_a_gift_page(answer)
    assert state_of(answer) == "unknown"
    assert answer.text == (await hall.http.get("/jcsk2df4sphbgl7f")).text
    for ending in ("/code", "/redemption"):
        sent = await hall.http.post(f"/{link}{ending}", headers=FROM_HERE)
        assert (sent.status_code, state_of(sent)) == (404, "unknown")


@pytest.mark.parametrize("text", OTHERS)
async def test_a_path_that_can_be_no_shortcode_has_no_route(hall: Hall, text: str) -> None:
    answer = await hall.http.get(f"/{text}")
    assert answer.status_code == 404
    assert "There is no page here" in answer.text
    response = await hall.http.get(f"/{text}", headers={"Accept": "application/json"})
    assert (response.status_code, response.json()) == (404, {"error": "Not found."})


async def test_an_id_opens_no_gift(hall: Hall) -> None:
    huggg = await hall.gallery.gift("harbour")
    for text in (huggg.id.hex, huggg.codes.shortcode.swapcase()):
        assert state_of(await hall.http.get(f"/{text}")) == "unknown"
    assert (await hall.http.get(f"/{huggg.id}")).status_code == 404


async def test_a_guesser_is_paced_and_a_holder_elsewhere_is_not(hall: Hall) -> None:
    huggg = await hall.gallery.gift("harbour")
    settings = replace(hall.settings, misses_max=20)
    async with served(settings, client=("198.51.100.9", 1)) as guesser:
        guessed = [await guesser.get(f"/{number:016}", headers=BROWSER) for number in range(3)]
        assert {answer.status_code for answer in guessed} == {404}
        figures = (await guesser.get("/metrics")).text
        assert re.search(r"^huggg_lookups_paced_total [1-9]", figures, re.MULTILINE)
        response = await guesser.get(f"/{huggg.codes.shortcode}", headers=BROWSER)
        assert response.status_code == 200
    async with served(settings, client=("203.0.113.4", 1)) as holder:
        assert (await holder.get(f"/{huggg.codes.shortcode}", headers=BROWSER)).status_code == 200


# Forms


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://huggg.test"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
    ids=str,
)
async def test_forms_of_other_sites_and_of_programs_are_refused(
    hall: Hall, headers: dict[str, str], status: int
) -> None:
    huggg = await hall.gallery.gift("harbour")
    answer = await hall.http.post(f"/{huggg.codes.shortcode}/code", headers=headers)
    assert answer.status_code == status
    assert ("<svg" in answer.text) == (status == 200)


# Words and places


async def test_a_page_speaks_the_language_that_its_reader_wishes(hall: Hall) -> None:
    huggg = await hall.gallery.gift("harbour")
    for wish, tag, words in (
        ("de-AT, en;q=0.5", "de-AT", "Code anzeigen"),
        ("nl, fr;q=0.8", "fr", "Afficher le code"),
        ("cy", "cy", "Dangos y cod"),
        ("es-MX", "es-MX", "Mostrar el código"),
        ("tlh", "en", "Show the code"),
    ):
        answer = await hall.open(huggg, Accept_Language=wish)
        assert f'<html lang="{tag}" dir="ltr">' in answer.text
        assert words in answer.text


async def test_all_places_have_a_page_of_their_own(hall: Hall) -> None:
    huggg = await hall.gallery.gift("crumb")
    answer = await hall.open(huggg, "/places")
    assert answer.status_code == 200
    is_a_gift_page(answer)
    assert answer.text.count('<li class="place"') == 8


async def test_a_database_that_is_away_says_that_the_gift_is_safe(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await hall.gallery.gift("harbour")

    async def away(*_: Any, **__: Any) -> Any:
        raise asyncpg.ConnectionDoesNotExistError("gone")

    monkeypatch.setattr("huggg.database.pool._run", away)
    answer = await hall.open(huggg)
    assert (answer.status_code, state_of(answer)) == (503, "away")
    is_a_gift_page(answer)
    assert answer.headers["retry-after"] == "5"
    assert "It is safe, and nothing is lost." in answer.text


# A choice


def options_in(answer: httpx2.Response) -> dict[str, str]:
    """Read the products of a choice by the names on its page."""
    option = r'name="product" value="([\w-]{36})" required>.*?<b dir="auto">([^<]+)</b>'
    return {name: product for product, name in re.findall(option, answer.text, re.DOTALL)}


async def test_a_choice_shows_its_products_and_brands_and_neither_code_nor_claim(hall: Hall) -> None:
    huggg = await hall.gallery.choice()
    answer = await hall.open(huggg)
    is_a_gift_page(answer)
    assert state_of(answer) == "choice"
    assert list(options_in(answer)) == ["Any hot drink", "A doughnut", "Market basket"]
    for text in ("Harbour Roast", "Choose until", "You can choose only once."):
        assert text in answer.text
    for ending in ("/claim", "/code", "/redemption"):
        assert f'{ending}"' not in answer.text
    async with nothing_moves(hall.gallery.platform.database):
        assert (await hall.send(huggg, "/code")).status_code == 303
        form = {"location": shops("kettle")[0], "pin": PIN}
        assert (await hall.send(huggg, "/redemption", form)).status_code == 303


async def test_a_choice_is_picked_once_however_many_tabs_and_then_it_is_a_gift_like_any_other(
    hall: Hall,
) -> None:
    huggg = await hall.gallery.choice()
    products = options_in(await hall.open(huggg))
    first = await hall.send(huggg, "/choice", {"product": products["Any hot drink"]})
    assert (first.status_code, first.headers["location"]) == (303, f"/{huggg.codes.shortcode}")
    page = await hall.open(huggg)
    assert state_of(page) == "waiting"
    assert '<h1 dir="auto">Any hot drink</h1>' in page.text
    async with nothing_moves(hall.gallery.platform.database):
        for product in (products["A doughnut"], products["Any hot drink"]):
            assert (await hall.send(huggg, "/choice", {"product": product})).status_code == 303
    assert state_of(await hall.send(huggg, "/code")) == "code shown"
    await hall.gallery.redeem(huggg, "harbour")
    assert state_of(await hall.open(huggg)) == "redeemed"


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({}, 422, "Choose one of these gifts."),
        ({"product": "tea"}, 409, "This one is not on offer any more."),
        ({"product": "11111111-1111-4111-8111-111111111111"}, 409, "This one is not on offer any more."),
    ],
)
async def test_a_pick_of_anything_else_is_answered_by_the_same_page(
    hall: Hall, form: dict[str, str], status: int, says: str
) -> None:
    huggg = await hall.gallery.choice()
    async with nothing_moves(hall.gallery.platform.database):
        answer = await hall.send(huggg, "/choice", form)
    assert (answer.status_code, state_of(answer)) == (status, "choice")
    is_a_gift_page(answer)
    assert says in answer.text


async def test_a_gift_that_is_no_choice_is_not_picked(hall: Hall) -> None:
    huggg = await hall.gallery.gift("harbour")
    async with nothing_moves(hall.gallery.platform.database):
        answer = await hall.send(huggg, "/choice", {"product": str(huggg.product_id)})
    assert answer.status_code == 303


async def test_an_open_page_of_a_choice_hears_of_a_pick(hall: Hall) -> None:
    huggg = await hall.gallery.choice()
    page = await hall.open(huggg)
    ticket = page.text.partition('data-ticket="')[2].partition('"')[0]
    product = next(iter(options_in(page).values()))
    await hall.send(huggg, "/choice", {"product": product})
    assert (await hall.http.get(f"/live/{ticket}")).status_code == 200
