"""Moves of hugggs beside the calls of the receiver before, and after their calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from types import ModuleType
from typing import Any
from uuid import UUID

import httpx2
import pytest

from huggg.database.doctor import examine
from huggg.gift.visits import Visits
from huggg.hugggs import claim as claim_module
from huggg.hugggs import store as hugggs_store
from huggg.hugggs import visible as visible_module
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.showing import note_shown
from huggg.hugggs.showing import queries as of_showing
from huggg.hugggs.store import lookup_huggg, sealed_for
from huggg.hugggs.store import queries as of_hugggs
from huggg.hugggs.typed import resolve_typed
from huggg.notifications import deliver_again as again_module
from huggg.notifications import remind as remind_module
from huggg.notifications.remind import remind_all
from huggg.notifications.store import contacts
from huggg.redemptions import till_call
from huggg.redemptions.store_pin import set_pin
from huggg.transactions.changes import change as change_module
from huggg.transactions.changes import move as move_module
from huggg.vouchers import api as vouchers_api
from huggg.vouchers import store as vouchers_store
from tests.api.test_changing import after_a_move
from tests.api.test_deliveries import gift, turn_back
from tests.support.guards import Guard
from tests.support.issuing_service import FakeService, ask_for_codes, issuing_service
from tests.support.life import link_of
from tests.support.mail_server import body_of
from tests.support.merchants import Merchant, add_merchant, add_pool_merchant, load
from tests.support.post_office import Post, post_office
from tests.support.rows import ran
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.waiting import until
from tests.support.world import Person, World

CODES = ["KX01-9QPLM2", "KX02-9QPLM2"]
SHOWN = {"error": "huggg has shown its code and keeps its receiver."}

Shown = dict[str, Any]


@pytest.fixture
async def world(world: World) -> AsyncIterator[World]:
    """A world that is sound at the end."""
    yield world
    assert [finding.rule for finding in await examine(world.platform.database) if finding.rows] == []


@pytest.fixture
async def merchant(world: World) -> Merchant:
    """A merchant whose codes come from a pool of two."""
    merchant = await add_pool_merchant(world.platform)
    await load(world.platform, merchant.segments[0], CODES)
    return merchant


async def bought_for_bo(world: World, product: UUID | None = None) -> Shown:
    """Buy a huggg for Bo, by a call whose answer has its code."""
    (huggg,) = await world.buy(product, receivers=[{"user_id": str(world.bo.id)}])
    return huggg


async def a_call_waits(world: World) -> bool:
    query = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
    return bool(await scalar(world.platform.database, query))


async def move(world: World, huggg: str, to: Person) -> httpx2.Response:
    """Let Amara give a huggg to another receiver."""
    body = {"receiver": {"user_id": str(to.id)}}
    return await world.call("PATCH", f"/api/v2/hugggs/{huggg}", world.amara, body)


async def show(world: World, huggg: str, caller: Person | str) -> Shown:
    answer = await world.call("GET", f"/api/v2/hugggs/{huggg}", caller)
    return dict(answer.json()["data"])


async def ask_for_its_voucher(world: World, huggg: str, caller: Person | str) -> Shown:
    answer = await world.call("POST", f"/api/v2/hugggs/{huggg}/voucher", caller, {})
    return dict(answer.json()["data"])


async def list_received(world: World, _: str, caller: Person | str) -> Shown:
    answer = await world.call("GET", "/api/v2/hugggs/received", caller)
    return dict(answer.json()["data"][0])


async def show_as_the_first_api(world: World, huggg: str, caller: Person | str) -> Shown:
    answer = await world.call("GET", f"/api/v2/huggg/get/{huggg}", caller)
    return dict(answer.json()["data"])


async def open_its_page(world: World, huggg: str, _: Person | str) -> Shown:
    shortcode = (await show(world, huggg, world.amara))["shortcode"]
    page = await world.http.post(f"/{shortcode}/code", headers={"Sec-Fetch-Site": "same-origin"})
    (code,) = [code for code in CODES if code in page.text]
    return {"code": code}


Reading = Callable[[World, str, Person | str], Awaitable[Shown]]


@pytest.mark.parametrize(
    "read", [show, ask_for_its_voucher, list_received, show_as_the_first_api, open_its_page]
)
async def test_a_code_that_its_receiver_has_read_stays_with_them(
    world: World, merchant: Merchant, read: Reading
) -> None:
    huggg = await bought_for_bo(world, merchant.product)
    assert (await read(world, huggg["id"], world.bo))["code"] == huggg["code"]
    async with nothing_moves(world.platform.database):
        answer = await move(world, huggg["id"], world.cleo)
    assert (answer.status_code, answer.json()) == (409, SHOWN)


async def test_a_code_that_a_client_has_read_for_the_holder_stays(
    world: World, merchant: Merchant
) -> None:
    huggg = await bought_for_bo(world, merchant.product)
    await sql(world.platform.database, "UPDATE clients SET shows_hugggs = true")
    await ask_for_its_voucher(world, huggg["id"], world.client_token)
    assert (await move(world, huggg["id"], world.cleo)).json() == SHOWN


@pytest.mark.parametrize("read", [show, ask_for_its_voucher])
async def test_a_code_that_its_sender_has_read_goes_along(
    world: World, merchant: Merchant, read: Reading
) -> None:
    huggg = await bought_for_bo(world, merchant.product)
    await read(world, huggg["id"], world.amara)
    moved = (await move(world, huggg["id"], world.cleo)).json()["data"]
    assert (moved["code"], moved["receiver_id"]) == (huggg["code"], str(world.cleo.id))
    assert (await show(world, huggg["id"], world.cleo))["code"] == huggg["code"]
    assert (await move(world, huggg["id"], world.bo)).json() == SHOWN


@pytest.mark.parametrize("reader", ["bo", "amara"])
async def test_a_code_that_is_made_for_its_receiver_stays_with_them(
    world: World, merchant: Merchant, reader: str
) -> None:
    (huggg,) = await world.buy(merchant.product)
    for statement in (
        "UPDATE hugggs SET voucher_id = NULL",
        "DELETE FROM vouchers",
        "DELETE FROM events WHERE kind = 'voucher.generated'",
        "UPDATE codes SET huggg_id = NULL, assigned_at = NULL",
    ):
        await sql(world.platform.database, statement)
    assert (await move(world, huggg["id"], world.bo)).status_code == 200
    await ask_for_its_voucher(world, huggg["id"], getattr(world, reader))
    answer = await move(world, huggg["id"], world.cleo)
    assert answer.status_code == (409 if reader == "bo" else 200)


async def reading_before_the_record(
    world: World, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> httpx2.Response:
    """Let Bo read the code once the move to Cleo was decided."""
    huggg = await bought_for_bo(world, merchant.product)
    await before_the_move(monkeypatch, lambda: show(world, huggg["id"], world.bo))
    return await move(world, huggg["id"], world.cleo)


async def before_the_move(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Awaitable[Any]]) -> None:
    """Have a call made between the decision of the next move and its record."""
    plan_move = move_module.plan_move

    async def plan_and_act(*arguments: Any, **values: Any) -> Any:
        monkeypatch.setattr(change_module, "plan_move", plan_move)
        plan = await plan_move(*arguments, **values)
        await act()
        return plan

    monkeypatch.setattr(change_module, "plan_move", plan_and_act)


async def test_a_code_that_its_receiver_reads_beside_the_move_stays(
    world: World, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await reading_before_the_record(world, merchant, monkeypatch)
    assert (answer.status_code, answer.json()) == (409, SHOWN)


async def test_without_the_guard_it_goes_to_the_next(
    world: World, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = "     WHERE v.unshown IS DISTINCT FROM false\n"
    Guard(move_module.queries, "move", guard).take_away(monkeypatch)
    answer = await reading_before_the_record(world, merchant, monkeypatch)
    assert answer.status_code == 200


async def test_a_move_waits_for_an_answer_that_is_being_noted(world: World, merchant: Merchant) -> None:
    """The answer to Bo notes the code while the move runs: the move sees it."""
    huggg = await bought_for_bo(world, merchant.product)
    database = world.platform.database
    async with database.transaction() as connection:
        shown_codes = {
            "huggg_ids": [UUID(huggg["id"])],
            "links": [await connection.fetchval("SELECT codes FROM hugggs")],
            "to_receiver": True,
        }
        await ran(connection, of_showing.show_codes, **shown_codes)
        moving = asyncio.ensure_future(move(world, huggg["id"], world.cleo))
        await until(lambda: a_call_waits(world))
    assert (await moving).json() == SHOWN


READING_MODULES: dict[Reading, ModuleType] = {
    show: visible_module,
    ask_for_its_voucher: vouchers_api,
    list_received: hugggs_store,
    show_as_the_first_api: visible_module,
    open_its_page: vouchers_store,
}


def move_before_the_note(
    world: World, huggg: str, read: Reading, monkeypatch: pytest.MonkeyPatch
) -> list[int]:
    """Have the huggg move to Cleo once an answer with its code has read it; gives the move's status."""
    module, statuses = READING_MODULES[read], list[int]()

    async def move_and_note(*arguments: Any, **values: Any) -> Any:
        monkeypatch.setattr(module, "note_shown", note_shown)
        statuses.append((await move(world, huggg, world.cleo)).status_code)
        return await note_shown(*arguments, **values)

    monkeypatch.setattr(module, "note_shown", move_and_note)
    return statuses


@pytest.mark.parametrize(
    "path",
    {
        show: "GET /api/v2/hugggs/{id}",
        ask_for_its_voucher: "POST /api/v2/hugggs/{id}/voucher",
        show_as_the_first_api: "GET /api/v2/huggg/get/{id}",
        open_its_page: "POST /{shortcode}/code",
    }.items(),
    ids=lambda path: path[1],
)
async def test_a_receiver_who_reads_just_before_a_move_gets_no_code_of_the_next(
    world: World, merchant: Merchant, monkeypatch: pytest.MonkeyPatch, path: tuple[Reading, str]
) -> None:
    huggg = await bought_for_bo(world, merchant.product)
    read, (method, form) = path[0], path[1].split()
    statuses = move_before_the_note(world, huggg["id"], read, monkeypatch)
    if read is open_its_page:
        headers = {"Sec-Fetch-Site": "same-origin"}
        answer = await world.http.post(form.format_map(huggg), headers=headers)
        assert answer.status_code == 410
    else:
        answer = await world.call(method, form.format_map(huggg), world.bo, {})
        assert answer.status_code == 404
    assert statuses == [200]
    assert not [code for code in CODES if code in answer.text]
    assert (await move(world, huggg["id"], world.bo)).status_code == 200


async def test_a_list_that_is_read_just_before_a_move_has_no_code_of_the_next(
    world: World, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await bought_for_bo(world, merchant.product)
    statuses = move_before_the_note(world, huggg["id"], list_received, monkeypatch)
    assert (await list_received(world, huggg["id"], world.bo))["code"] == ""
    assert statuses == [200]
    assert (await move(world, huggg["id"], world.bo)).status_code == 200


async def test_a_note_that_waits_for_a_move_leaves_the_code_out(
    world: World, merchant: Merchant
) -> None:
    """The move has locked the voucher, and is not committed when the note comes."""
    huggg = await bought_for_bo(world, merchant.product)
    database = world.platform.database
    reference = HugggReference(UUID(huggg["id"]), [])
    row = await lookup_huggg(database, reference).row()
    async with database.transaction() as connection:
        await connection.execute("SELECT FROM vouchers FOR UPDATE")
        await connection.execute("UPDATE hugggs SET codes = '\\x01'")
        noting = asyncio.ensure_future(note_shown(database, [row], to_receiver=True))
        await until(lambda: a_call_waits(world))
    assert await noting == {reference.id}
    assert await scalar(database, "SELECT unshown FROM vouchers") is not False
    codes = "UPDATE hugggs SET codes = $1"
    await sql(database, codes, row["codes"])


@pytest.fixture
async def service() -> AsyncIterator[FakeService]:
    """The service of a brand, which makes its codes."""
    async with issuing_service() as running:
        yield running


async def moved_during_the_call(
    world: World, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> Shown:
    """Buy for Bo a huggg whose service takes so long that the huggg moves to Cleo meanwhile."""
    merchant = await add_merchant(world.platform, 1, segments=0)
    await ask_for_codes(world.platform, service, merchant.brand)
    huggg = await bought_for_bo(world, merchant.product)
    issue = service._issue

    async def move_and_issue(key: str) -> Any:
        monkeypatch.setattr(service, "_issue", issue)
        assert (await move(world, huggg["id"], world.cleo)).status_code == 200
        return await issue(key)

    monkeypatch.setattr(service, "_issue", move_and_issue)
    return huggg


async def test_a_receiver_who_waits_for_a_code_gets_none_of_the_next_receivers(
    world: World, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await moved_during_the_call(world, service, monkeypatch)
    answer = await world.call("POST", f"/api/v2/hugggs/{huggg['id']}/voucher", world.bo, {})
    assert (answer.status_code, answer.json()) == (404, {"error": "huggg not found"})
    unshown = "SELECT unshown FROM vouchers"
    assert await scalar(world.platform.database, unshown) is True
    [[code]] = service.issued.values()
    assert (await show(world, huggg["id"], world.cleo))["code"] == code


async def test_an_old_page_that_waits_for_a_code_says_that_the_gift_moved(
    world: World, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await moved_during_the_call(world, service, monkeypatch)
    path = f"/{huggg['shortcode']}/code"
    page = await world.http.post(path, headers={"Sec-Fetch-Site": "same-origin"})
    [[code]] = service.issued.values()
    assert page.status_code == 410
    assert code not in page.text


@pytest.mark.parametrize(
    ("ending", "form", "status"),
    [
        ("claim", {}, 410),
        ("code", {}, 410),
        ("redemption", {"location": "bristol17", "pin": "123456"}, 410),
        ("view", {}, 204),
    ],
)
async def test_an_old_page_does_nothing_once_its_gift_moved(
    world: World, monkeypatch: pytest.MonkeyPatch, ending: str, form: dict[str, str], status: int
) -> None:
    """The gift moves after the page's request found it by its link."""
    database = world.platform.database
    await set_pin(database, world.platform.vault, "bristol17", "123456")
    huggg = await bought_for_bo(world)
    visit_of = Visits.of
    states: list[Any] = []

    async def of_and_move(*arguments: Any) -> Any:
        visit = await visit_of(*arguments)
        assert (await move(world, huggg["id"], world.cleo)).status_code == 200
        states.append(await state_of(world, huggg["id"]))
        return visit

    monkeypatch.setattr(Visits, "of", of_and_move)
    path = f"/{huggg['shortcode']}/{ending}"
    page = await world.http.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert page.status_code == status
    assert [await state_of(world, huggg["id"])] == states


async def test_a_view_is_noted_though_a_rotation_seals_the_codes_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await bought_for_bo(world)
    database, vault, visit_of = world.platform.database, world.platform.vault, Visits.of
    huggg_id = UUID(huggg["id"])

    async def of_and_seal(*arguments: Any) -> Any:
        visit = await visit_of(*arguments)
        codes = vault.open(visit.gift.link, bound_to=sealed_for(huggg_id))
        sealed = vault.seal(codes, bound_to=sealed_for(huggg_id))
        await sql(database, "UPDATE hugggs SET codes = $1", sealed)
        return visit

    monkeypatch.setattr(Visits, "of", of_and_seal)
    headers = {"Sec-Fetch-Site": "same-origin"}
    await world.http.post(f"/{huggg['shortcode']}/view", headers=headers)
    assert await scalar(database, "SELECT viewed_at FROM hugggs") is not None


async def state_of(world: World, huggg: str) -> tuple[Any, ...]:
    """Read the columns that a holder of the link changes, and the number of admitted browsers."""
    query = """
    SELECT receiver_id, voucher_id, redemption_id, assigned_at, viewed_at, updated_at,
           (SELECT count(*) FROM claimer_browsers)
      FROM hugggs WHERE id = $1::text::uuid"""
    [row] = await sql(world.platform.database, query, huggg)
    return tuple(row)


async def test_a_claim_that_was_decided_before_the_move_is_not_made(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await bought_for_bo(world)
    claims_left = claim_module._claims_left

    async def read_and_move(*arguments: Any) -> Any:
        monkeypatch.setattr(claim_module, "_claims_left", claims_left)
        assert (await move(world, huggg["id"], world.cleo)).status_code == 200
        return await claims_left(*arguments)

    monkeypatch.setattr(claim_module, "_claims_left", read_and_move)
    path = f"/{huggg['shortcode']}/claim"
    page = await world.http.post(path, headers={"Sec-Fetch-Site": "same-origin"})
    assert page.status_code == 410
    assert (await show(world, huggg["id"], world.cleo))["assigned_date"] is None


async def thank_by_page(world: World, shortcode: str, text: str) -> int:
    form, headers = {"thanks": text}, {"Sec-Fetch-Site": "same-origin"}
    page = await world.http.post(f"/{shortcode}/thanks", data=form, headers=headers)
    return int(page.status_code)


async def thanks_for(world: World, huggg: str, caller: Person) -> list[str]:
    answer = await world.call("GET", f"/api/v2/hugggs/{huggg}/thanks", caller)
    return [thanks["text"] for thanks in answer.json()["data"]]


async def test_each_receiver_thanks_once_and_the_next_reads_nothing_of_the_one_before(
    world: World,
) -> None:
    huggg = await bought_for_bo(world)
    assert await thank_by_page(world, huggg["shortcode"], "From Bo") == 303
    assert await thanks_for(world, huggg["id"], world.amara) == ["From Bo"]
    moved = (await move(world, huggg["id"], world.cleo)).json()["data"]
    assert await thanks_for(world, huggg["id"], world.cleo) == []
    assert await thank_by_page(world, huggg["shortcode"], "From Bo again") == 410
    assert await thank_by_page(world, moved["shortcode"], "From Cleo") == 303
    assert await thanks_for(world, huggg["id"], world.cleo) == ["From Cleo"]


async def test_a_thank_you_beside_the_move_goes_with_the_receiver_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await bought_for_bo(world)
    await before_the_move(monkeypatch, lambda: thank_by_page(world, huggg["shortcode"], "From Bo"))
    assert (await move(world, huggg["id"], world.cleo)).status_code == 200
    assert await thanks_for(world, huggg["id"], world.amara) == []


async def test_a_thank_you_that_is_under_way_is_gone_after_the_move(world: World) -> None:
    """The move waits for it, and is decided again."""
    huggg = await bought_for_bo(world)
    database = world.platform.database
    values = {
        "huggg_id": UUID(huggg["id"]),
        "link": await link_of(database, UUID(huggg["id"])),
        "people_ids": [],
        "person_id": None,
        "sealed": b"",
        "for_older_servers": b"",
        "now": await scalar(database, "SELECT now()"),
    }
    async with database.transaction() as connection:
        await connection.execute(of_hugggs.thank.sql, *of_hugggs.thank.bind(values))
        moving = asyncio.ensure_future(move(world, huggg["id"], world.cleo))
        await until(lambda: a_call_waits(world))
    assert (await moving).status_code == 200
    assert await thanks_for(world, huggg["id"], world.cleo) == []


@pytest.fixture
async def post(world: World) -> AsyncIterator[Post]:
    async with post_office(world.platform) as post:
        yield post


async def is_told_nothing_new(world: World, post: Post, huggg: str) -> None:
    """Check that no mail to Dee, the receiver before, has the link that the huggg has by now."""
    await post.later_round()
    link = (await show(world, huggg, world.amara))["launch_url"]
    mails = [(mail["To"], body_of(mail)) for mail in post.mail.read()]
    assert [to for to, body in mails if link in body] in ([], ["eli@example.org"])


async def move_to_eli(world: World, huggg: str) -> None:
    body = {"receiver": {"email": "eli@example.org"}}
    answer = await world.call("PATCH", f"/api/v2/hugggs/{huggg}", world.amara, body)
    assert answer.status_code == 200


async def test_a_reminder_that_was_due_before_the_move_is_not_queued(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await gift(world)
    await post.round()
    await turn_back(world.platform.database, hours=25)

    async def read_and_move(*arguments: Any) -> Any:
        monkeypatch.setattr(remind_module, "contacts", contacts)
        await move_to_eli(world, huggg["id"])
        return await contacts(*arguments)

    monkeypatch.setattr(remind_module, "contacts", read_and_move)
    await remind_all(world.platform.database, world.platform.vault)
    reminders = "SELECT count(*) FROM deliveries WHERE kind = 'reminder'"
    assert await scalar(world.platform.database, reminders) == 0
    await is_told_nothing_new(world, post, huggg["id"])


async def test_a_reminder_that_is_queued_while_the_move_is_decided_is_suppressed(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await gift(world)
    await post.round()
    await turn_back(world.platform.database, hours=25)
    platform = world.platform
    await before_the_move(monkeypatch, lambda: remind_all(platform.database, platform.vault))
    await move_to_eli(world, huggg["id"])
    await is_told_nothing_new(world, post, huggg["id"])
    reminder = "SELECT reason FROM deliveries WHERE kind = 'reminder'"
    assert await scalar(platform.database, reminder) == "moved"


async def test_a_message_that_is_sent_again_stays_with_the_link_of_its_receiver(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The purchase is delivered as links, so that the move makes no message that has the slot."""
    huggg = await gift(world, deliveryMethod="links")
    recipient = again_module._recipient

    async def seal_and_move(*arguments: Any) -> Any:
        monkeypatch.setattr(again_module, "_recipient", recipient)
        values = await recipient(*arguments)
        await move_to_eli(world, huggg["id"])
        return values

    monkeypatch.setattr(again_module, "_recipient", seal_and_move)
    path = f"/api/v2/hugggs/{huggg['id']}/deliveries"
    answer = await world.call("POST", path, world.amara, {"email": "dee@example.org"})
    assert answer.status_code == 404
    await is_told_nothing_new(world, post, huggg["id"])


async def test_a_huggg_that_is_redeemed_meanwhile_is_not_sent_again(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await gift(world)
    recipient = again_module._recipient

    async def seal_and_redeem(*arguments: Any) -> Any:
        monkeypatch.setattr(again_module, "_recipient", recipient)
        assert (await world.redeem(huggg["id"])).status_code == 201
        return await recipient(*arguments)

    monkeypatch.setattr(again_module, "_recipient", seal_and_redeem)
    path = f"/api/v2/hugggs/{huggg['id']}/deliveries"
    answer = await world.call("POST", path, world.amara, {"email": "new@example.org"})
    assert (answer.status_code, answer.json()) == (409, {"error": "huggg already redeemed."})
    assert await post.round() == 1  # the receipt


async def move_with_a_label(world: World, huggg: str) -> None:
    """Move a huggg by the first of two statements, between which another call comes."""
    body = {"receiver": {"email": "eli@example.org"}, "title": "June"}
    answer = await world.call("PATCH", f"/api/v2/hugggs/{huggg}", world.amara, body)
    assert answer.status_code == 200


async def test_no_reminder_is_queued_while_a_move_is_recorded(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await gift(world)
    await post.round()
    await turn_back(world.platform.database, hours=25)
    remind = partial(remind_all, world.platform.database, world.platform.vault)
    async with after_a_move(monkeypatch, remind):
        await move_with_a_label(world, huggg["id"])
    await is_told_nothing_new(world, post, huggg["id"])


async def test_a_message_that_is_sent_again_waits_for_a_move(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await gift(world, deliveryMethod="links")
    path = f"/api/v2/hugggs/{huggg['id']}/deliveries"
    again = partial(world.call, "POST", path, world.amara, {"email": "dee@example.org"})
    async with after_a_move(monkeypatch, again, partial(a_call_waits, world)) as calls:
        await move_with_a_label(world, huggg["id"])
    assert [call.result().status_code for call in calls] == [404]
    await is_told_nothing_new(world, post, huggg["id"])


@pytest.mark.parametrize("ending", ["redemptions", "holds"])
async def test_a_redeem_code_that_a_clerk_typed_means_nothing_after_the_move(
    world: World, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    huggg = await bought_for_bo(world)

    async def resolve_and_move(*arguments: Any, **values: Any) -> HugggReference:
        reference = await resolve_typed(*arguments, **values)
        assert (await move(world, huggg["id"], world.cleo)).status_code == 200
        return reference

    monkeypatch.setattr(till_call, "resolve_typed", resolve_and_move)
    path = f"/api/v2/hugggs/{huggg['redeem_code']}/{ending}"
    answer = await world.call("POST", path, world.till, {"location_id": "bristol17"})
    assert (answer.status_code, answer.json()) == (404, {"error": "huggg not found"})
    assert (await show(world, huggg["id"], world.cleo))["redeemed_id"] is None
