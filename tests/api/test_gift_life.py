"""The acts of a holder on the gift page: open, accept, thank; and news that reach an open page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import httpx2
import pytest
from msgspec.structs import replace

from huggg.database.pool import Database
from huggg.gift.gift import ShownGift
from huggg.gift.readmit import GOOD_FOR, check_request, seal_request
from huggg.gift.ticket import WatchedGift, read_ticket
from huggg.gift.visit import Visit
from huggg.gift.watch import GiftWatch
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.thank import find_thanks
from huggg.identity.team import CodeViewers, set_code_viewers
from huggg.kit.codes import Vault
from huggg.notifications.addressee import addressee_of
from tests.support.gallery import PIN, shops
from tests.support.gift_hall import Hall, is_a_gift_page, state_of
from tests.support.keys import TEST_KEYS
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.values import NOW, altered
from tests.support.values import huggg as huggg_with


async def kinds(hall: Hall, huggg: Huggg) -> list[str]:
    """Name the events of a gift, from its purchase on."""
    query = "SELECT kind FROM events WHERE subject_id = $1 ORDER BY id"
    return [row["kind"] for row in await sql(hall.gallery.platform.database, query, huggg.id)]


def cookie_of(answer: httpx2.Response) -> str:
    """Read the cookie that an answer sets, as a browser sends it."""
    (line,) = answer.headers.get_list("set-cookie")
    assert line.startswith("__Host-browser=")
    return str(line.partition(";")[0])


# Opening


async def test_a_person_who_opens_a_gift_is_noted_once_and_a_crawler_never(hall: Hall) -> None:
    huggg = await hall.gallery.gift("harbour")
    page = await hall.open(huggg, User_Agent="Slackbot-LinkExpanding 1.0")
    assert " data-unopened" in page.text
    assert await kinds(hall, huggg) == []
    for _ in range(2):
        assert (await hall.send(huggg, "/view")).status_code == 204
    assert await kinds(hall, huggg) == ["huggg.viewed"]
    assert " data-unopened" not in (await hall.open(huggg)).text


@pytest.mark.parametrize("kind", ["scheduled", "redeemed", "cancelled", "expired"])
async def test_a_gift_that_is_over_or_scheduled_is_not_opened(hall: Hall, kind: str) -> None:
    huggg = await getattr(hall.gallery, kind)()
    async with nothing_moves(hall.gallery.platform.database):
        assert (await hall.send(huggg, "/view")).status_code == 204


# Accepting


async def test_a_gift_is_accepted_once_by_a_form(hall: Hall) -> None:
    huggg = await hall.gallery.gift("harbour")
    assert f'action="/{huggg.codes.shortcode}/claim"' in (await hall.open(huggg)).text
    answer = await hall.send(huggg, "/claim")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{huggg.codes.shortcode}")
    assert cookie_of(answer)
    page = await hall.open(huggg)
    assert state_of(page) == "claimed"
    assert "/claim" not in page.text
    async with nothing_moves(hall.gallery.platform.database):
        again = await hall.send(huggg, "/claim")
    assert (again.status_code, again.headers.get_list("set-cookie")) == (303, [])
    assert await kinds(hall, huggg) == ["huggg.claimed"]


async def test_a_person_accepts_as_many_as_the_purchase_allows(hall: Hall) -> None:
    one, other = await hall.gallery.gifts("harbour", 2, claim_limit=1)
    cookie = cookie_of(await hall.send(one, "/claim"))
    async with nothing_moves(hall.gallery.platform.database):
        refused = await hall.send(other, "/claim", Cookie=cookie)
    assert refused.status_code == 409
    is_a_gift_page(refused)
    assert "You have as many of these gifts as one person may accept." in refused.text
    assert (await hall.send(other, "/claim")).status_code == 303


async def test_a_team_can_have_the_code_shown_to_its_claimer_alone(hall: Hall) -> None:
    gallery = hall.gallery
    database, team = gallery.platform.database, gallery.buyer.team_id
    assert team is not None
    huggg, pinned = await gallery.gift("harbour"), await gallery.gift("kettle")
    await set_code_viewers(database, team, CodeViewers.CLAIMER)
    try:
        assert state_of(await hall.send(huggg, "/code")) == "code shown"
        cookie = cookie_of(await hall.send(huggg, "/claim"))
        stranger = await hall.open(huggg)
        assert state_of(stranger) == "claimed"
        assert "Its code is shown there only." in stranger.text
        assert "/code" not in stranger.text
        async with nothing_moves(database):
            assert (await hall.send(huggg, "/code")).status_code == 303
        assert state_of(await hall.send(huggg, "/code", Cookie=cookie)) == "code shown"
        await hall.send(pinned, "/claim")
        form = {"location": shops("kettle")[0], "pin": PIN}
        async with nothing_moves(database):
            assert (await hall.send(pinned, "/redemption", form)).status_code == 303
    finally:
        await set_code_viewers(database, team, CodeViewers.HOLDERS)


# Thanking


async def test_a_thank_you_reaches_the_sender_once(hall: Hall) -> None:
    huggg, platform = await hall.accepted("harbour"), hall.gallery.platform
    page = await hall.open(huggg)
    assert "They go to Acorn &amp; Daughters, once." in page.text
    answer = await hall.send(huggg, "/thanks", {"thanks": " Lovely, <3\r\nthank you! "})
    assert answer.status_code == 303
    thanks = await find_thanks(platform.database, platform.vault, huggg.id)
    assert thanks is not None
    assert thanks.text == "Lovely, <3\nthank you!"
    assert "Your thank-you is on its way." in (await hall.open(huggg)).text
    async with nothing_moves(platform.database):
        assert (await hall.send(huggg, "/thanks", {"thanks": "Again"})).status_code == 303
    assert await kinds(hall, huggg) == ["huggg.claimed", "huggg.thanked"]
    thank_you = await hall.gallery.thanks(hall.http, huggg)
    assert [thank_you["huggg_id"], thank_you["text"]] == [str(huggg.id), "Lovely, <3\nthank you!"]
    stored = await scalar(platform.database, "SELECT text FROM thanks WHERE huggg_id = $1", huggg.id)
    assert b"Lovely" not in stored


@pytest.mark.parametrize("text", ["", "   ", "x" * 281, "a\0b"])
async def test_a_thank_you_that_is_none_is_shown_again_and_changes_nothing(
    hall: Hall, text: str
) -> None:
    huggg = await hall.accepted("harbour")
    async with nothing_moves(hall.gallery.platform.database):
        answer = await hall.send(huggg, "/thanks", {"thanks": text})
    assert answer.status_code == 422
    is_a_gift_page(answer)
    assert "Write up to 280 characters." in answer.text
    assert 'aria-describedby="thanks-hint thanks-problem"' in answer.text


async def test_a_thank_you_may_have_280_characters_of_any_script(hall: Hall) -> None:
    huggg, platform = await hall.accepted("harbour"), hall.gallery.platform
    assert (await hall.send(huggg, "/thanks", {"thanks": "\U0001f381" * 280})).status_code == 303
    thanks = await find_thanks(platform.database, platform.vault, huggg.id)
    assert thanks is not None
    assert len(thanks.text) == 280


async def test_no_sender_is_thanked_before_the_day_of_a_gift(hall: Hall) -> None:
    huggg = await hall.gallery.scheduled()
    async with nothing_moves(hall.gallery.platform.database):
        answer = await hall.send(huggg, "/thanks", {"thanks": "Too early"})
    assert state_of(answer) == "unknown"


# News


def ticket_in(page: httpx2.Response) -> str:
    """Read the ticket of a page."""
    return page.text.partition('data-ticket="')[2].partition('"')[0]


async def test_a_page_that_waits_hears_of_a_redemption(hall: Hall) -> None:
    huggg = await hall.gallery.gift("harbour")
    ticket = ticket_in(await hall.open(huggg))
    waiting = asyncio.create_task(hall.http.get(f"/live/{ticket}"))
    await hall.gallery.redeem(huggg, "harbour")
    answer = await asyncio.wait_for(waiting, 20)
    assert (answer.status_code, answer.text) == (200, "changed")
    at_once = await hall.http.get(f"/live/{ticket}")  # the page was shown before
    assert at_once.status_code == 200


@pytest.mark.parametrize("ticket", ["x", "AAEAAAAA", "x" * 300])
async def test_a_ticket_that_is_none_waits_for_nothing(hall: Hall, ticket: str) -> None:
    assert (await hall.http.get(f"/live/{ticket}")).status_code == 404


async def never() -> Any:
    await asyncio.Event().wait()


async def gone() -> Any:
    return {"type": "http.disconnect"}


async def test_a_wait_ends_without_news_and_when_its_reader_leaves(hall: Hall) -> None:
    platform = hall.gallery.platform
    huggg = await hall.gallery.gift("harbour")
    watched = read_ticket(ticket_in(await hall.open(huggg)), platform.vault)
    watch = GiftWatch(platform.database, lambda: False)
    waiting = asyncio.create_task(watch.wait(watched, never, seconds=0))
    await asyncio.sleep(0)
    await watch.poll()
    assert await waiting is False
    assert await watch.wait(watched, gone) is False
    assert watch.waiting == 0


async def test_one_statement_asks_for_all_pages_and_none_is_asked_without_a_page(hall: Hall) -> None:
    platform, calls = hall.gallery.platform, []
    hugggs = [await hall.gallery.gift("harbour") for _ in range(3)]
    watched = [read_ticket(ticket_in(await hall.open(huggg)), platform.vault) for huggg in hugggs]

    class Counting:
        async def rows(self, statement: Any, **values: Any) -> Any:
            calls.append(values)
            return await platform.database.rows(statement, **values)

    watch = GiftWatch(cast("Database", Counting()), lambda: False)
    await watch.poll()
    assert calls == []
    waits = [asyncio.create_task(watch.wait(each, never)) for each in (*watched, *watched)]
    stale = WatchedGift(watched[0].huggg_id, watched[0].version + 1)
    waits.append(asyncio.create_task(watch.wait(stale, never)))
    await asyncio.sleep(0)
    await watch.poll()
    assert len(calls) == 1
    assert len(calls[0]["ids"]) == 4
    assert await waits.pop() is True
    await hall.gallery.redeem(hugggs[1], "harbour")
    await watch.poll()
    assert [await waits[1], await waits[4], len(calls)] == [True, True, 2]
    assert watch.waiting == 4
    for wait in waits:
        wait.cancel()
    ends = await asyncio.gather(*waits, return_exceptions=True)
    assert [isinstance(end, asyncio.CancelledError) for end in ends].count(True) == 4
    assert watch.waiting == 0


async def test_a_process_that_is_about_to_stop_lets_its_pages_ask_another(hall: Hall) -> None:
    platform = hall.gallery.platform
    huggg = await hall.gallery.gift("harbour")
    watched = read_ticket(ticket_in(await hall.open(huggg)), platform.vault)
    watch = GiftWatch(platform.database, lambda: True)
    waiting = asyncio.create_task(watch.wait(watched, never))
    await asyncio.sleep(0)
    await watch.poll()
    assert await waiting is False


# Another browser of the claimer


TO_ELI: dict[str, Any] = {"receivers": ("eli@example.org",), "delivery_method": "email"}


@asynccontextmanager
async def for_claimers_alone(hall: Hall) -> AsyncIterator[None]:
    """Let the team's claimers alone see their codes, for a while."""
    database, team = hall.gallery.platform.database, hall.gallery.buyer.team_id
    assert team is not None
    await set_code_viewers(database, team, CodeViewers.CLAIMER)
    try:
        yield
    finally:
        await set_code_viewers(database, team, CodeViewers.HOLDERS)


async def mailed_link(hall: Hall, huggg: Huggg) -> str:
    """Read the end of the link in the mail that waits."""
    platform = hall.gallery.platform
    query = "SELECT * FROM addressed_deliveries WHERE subject_id = $1 AND kind = 'confirmation'"
    [row] = await sql(platform.database, query, huggg.id)
    addressee = addressee_of(row, platform.vault)
    assert addressee is not None
    assert addressee.address == "eli@example.org"
    return str(addressee.link).partition(huggg.codes.shortcode)[2]


async def test_a_claimer_who_lost_the_browser_is_admitted_by_a_mail(hall: Hall) -> None:
    huggg, database = await hall.gallery.gift("harbour", **TO_ELI), hall.gallery.platform.database
    async with for_claimers_alone(hall):
        await hall.send(huggg, "/claim")
        stranger = await hall.open(huggg)
        assert "Use this browser instead" in stranger.text
        for _ in range(2):  # the second tap mails nothing more
            response = await hall.send(huggg, "/browser")
            assert (response.status_code, state_of(response)) == (200, "mail sent")
            assert "eli@example.org" not in response.text
        link = await mailed_link(hall, huggg)
        async with nothing_moves(database):
            scanned = await hall.open(huggg, link)
        assert f'action="/{huggg.codes.shortcode}{link}"' in scanned.text
        admitted = await hall.send(huggg, link)
        assert (admitted.status_code, admitted.headers["location"]) == (303, f"/{huggg.codes.shortcode}")
        cookie = cookie_of(admitted)
        assert state_of(await hall.send(huggg, "/code", Cookie=cookie)) == "code shown"
        async with nothing_moves(database):
            assert (await hall.send(huggg, "/code")).status_code == 303


async def test_a_link_of_that_mail_is_of_one_gift_and_ends_after_a_day(hall: Hall) -> None:
    huggg, other = await hall.gallery.gift("harbour", **TO_ELI), await hall.accepted("harbour")
    async with for_claimers_alone(hall):
        await hall.send(huggg, "/claim")
        await hall.send(huggg, "/browser")
        link = await mailed_link(hall, huggg)
        async with nothing_moves(hall.gallery.platform.database):
            for gift, ending in ((other, link), (huggg, altered(link)), (huggg, "/browser/abcdefgh")):
                assert state_of(await hall.open(gift, ending)) == "unknown"
                assert state_of(await hall.send(gift, ending)) == "unknown"


async def test_a_gift_that_was_sent_to_no_address_says_whom_to_ask(hall: Hall) -> None:
    huggg = await hall.accepted("harbour")
    async with for_claimers_alone(hall), nothing_moves(hall.gallery.platform.database):
        answer = await hall.send(huggg, "/browser")
    assert state_of(answer) == "no address"
    assert "Ask its sender to send it to your e-mail address." in answer.text


async def test_where_each_holder_sees_the_code_no_mail_is_sent(hall: Hall) -> None:
    huggg = await hall.accepted("harbour")
    async with nothing_moves(hall.gallery.platform.database):
        assert (await hall.send(huggg, "/browser")).status_code == 303


def test_a_request_is_good_for_a_day() -> None:
    vault = Vault(TEST_KEYS)
    shown = (b"", None, "Acorn", None, None, CodeViewers.CLAIMER, False, 1)
    none = cast("Any", None)
    visit = Visit("/x", ShownGift(huggg_with(), *shown), none, none, none, NOW, may_show=False)
    token = seal_request(vault, visit)
    check_request(vault, replace(visit, now=NOW + GOOD_FOR), token)
    with pytest.raises(HugggNotFound):
        check_request(vault, replace(visit, now=NOW + GOOD_FOR + timedelta(seconds=1)), token)
    with pytest.raises(HugggNotFound):
        check_request(vault, replace(visit, path="/y"), token)
