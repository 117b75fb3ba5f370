"""Codes that come with the purchase, from the mint, a pool, or a brand's own service."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from huggg.database.doctor import examine
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.reference import reference
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.vouchers.configure import set_issuer
from huggg.vouchers.errors import NothingToReissue, UnknownScope
from huggg.vouchers.issuers import http, service
from huggg.vouchers.issuers.issuer import IssuerKind
from huggg.vouchers.reissue import reissue
from huggg.vouchers.store import queries
from tests.support.issuing_service import FakeService, ask_for_codes, ask_services, issuing_service
from tests.support.jobs import everything_due, in_hand
from tests.support.loopback import Raw
from tests.support.merchants import Merchant, add_merchant, add_pool_merchant, load
from tests.support.minted import is_minted
from tests.support.silence import nothing_moves
from tests.support.sql import sql
from tests.support.world import World


@pytest.fixture
async def fake() -> AsyncIterator[FakeService]:
    async with issuing_service() as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(http, "PATIENCE_SECONDS", 2.0)


async def holds(world: World) -> None:
    assert [finding.rule for finding in await examine(world.platform.database) if finding.rows] == []


@pytest.mark.parametrize("integration", [1, 3])
async def test_a_minted_code_is_there_from_the_purchase_on(world: World, integration: int) -> None:
    merchant = await add_merchant(world.platform, integration, segments=0)
    hugggs = await world.buy(merchant.product, quantity=3)
    assert len({huggg["code"] for huggg in hugggs}) == 3
    assert all(is_minted(huggg["code"]) for huggg in hugggs)
    answer = (await world.call("POST", f"/api/v2/hugggs/{hugggs[0]['id']}/voucher", world.amara)).json()
    assert answer["data"]["code"] == hugggs[0]["code"]
    assert answer["embedded"]["vouchers"][0]["id"] == hugggs[0]["voucher_id"]
    await holds(world)


async def test_a_purchase_draws_from_a_pool_all_or_nothing(world: World) -> None:
    merchant = await add_pool_merchant(world.platform)
    await load(world.platform, merchant.segments[0], ["EAGLE-77X1", "EAGLE-02PQ", "EAGLE-5NN8"])
    order = world.order(merchant.product, quantity=4)
    refused = await world.call("POST", "/api/v2/transactions", world.amara, order)
    assert refused.status_code == 409
    assert refused.json()["error"].startswith("Fewer than 4 codes are left for segment")
    bought = await world.buy(merchant.product, quantity=3)
    assert {huggg["code"] for huggg in bought} == {"EAGLE-77X1", "EAGLE-02PQ", "EAGLE-5NN8"}
    await holds(world)


async def test_a_service_is_asked_once_the_purchase_stands(world: World, fake: FakeService) -> None:
    merchant = await add_merchant(world.platform, 1, segments=0)
    await ask_for_codes(world.platform, fake, merchant.brand)
    (huggg,) = await world.buy(merchant.product)
    assert (huggg["code"], fake.requests) == ("", [])
    assert await ask_services(world.platform) == 1
    shown = (await world.call("GET", f"/api/v2/hugggs/{huggg['id']}", world.amara)).json()["data"]
    assert [shown["code"]] == next(iter(fake.issued.values()))
    assert await ask_services(world.platform) == 0
    await holds(world)


@pytest.mark.parametrize("forgetful", [False, True])
@pytest.mark.parametrize("accident", ["die", "hang", "fail"])
async def test_an_unknown_outcome_is_reconciled_and_never_issued_twice(
    world: World,
    fake: FakeService,
    accident: str,
    forgetful: bool,  # noqa: FBT001
) -> None:
    merchant = await add_merchant(world.platform, 1, segments=0)
    await ask_for_codes(world.platform, fake, merchant.brand)
    fake.behaviour.append(accident)
    fake.forgetful = forgetful
    (huggg,) = await world.buy(merchant.product)
    await ask_services(world.platform)
    shown = (await world.call("GET", f"/api/v2/hugggs/{huggg['id']}", world.amara)).json()["data"]
    assert [[shown["code"]]] == list(fake.issued.values())
    await holds(world)


async def test_a_service_that_is_down_is_asked_again_by_whoever_comes(
    world: World, fake: FakeService
) -> None:
    merchant = await add_merchant(world.platform, 7, segments=0)
    await ask_for_codes(world.platform, fake, merchant.brand)
    fake.behaviour.extend(["fail", "fail", "fail"])
    (huggg,) = await world.buy(merchant.product)
    path = f"/api/v2/hugggs/{huggg['id']}/voucher"
    down = await world.call("POST", path, world.amara)
    assert down.status_code == 503
    assert down.json() == {"error": "The brand's code service has not answered yet. Please try again."}
    up = await world.call("POST", path, world.amara)
    assert up.status_code == 200
    assert up.json()["embedded"]["vouchers"][0]["expiry_date"] == "2027-12-31 23:59:00"
    assert len(fake.issued) == 1
    await holds(world)


async def test_many_at_once_are_one_request(world: World, fake: FakeService) -> None:
    merchant = await add_merchant(world.platform, 7, segments=0)
    await ask_for_codes(world.platform, fake, merchant.brand)
    (huggg,) = await world.buy(merchant.product)
    path = f"/api/v2/hugggs/{huggg['id']}/voucher"
    answers = await asyncio.gather(*(world.call("POST", path, world.amara) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert fake.requests == ["POST"]


async def test_a_refusal_is_told_and_leaves_no_voucher(world: World, fake: FakeService) -> None:
    merchant = await add_merchant(world.platform, 7, segments=0)
    await ask_for_codes(world.platform, fake, merchant.brand)
    fake.behaviour.append("refuse")
    (huggg,) = await world.buy(merchant.product)
    path = f"/api/v2/hugggs/{huggg['id']}/voucher"
    for _ in range(2):
        answer = await world.call("POST", path, world.amara)
        assert (answer.status_code, answer.json()) == (
            409,
            {"error": "The brand's code service refused: Campaign is over."},
        )
    assert fake.requests == ["POST"]
    await holds(world)


async def test_an_issuer_is_configured_with_care(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    outgoing = world.platform.outgoing
    refused = {
        "http://93.184.215.14/codes": "--url: must begin with https:// and be at port 443 or 8443.",
        "https://10.1.2.3/codes": (
            "--url: 10.1.2.3 is not at a public address, nor at one of HUGGG_PRIVATE_ADDRESSES."
        ),
        "https://me:secret@shop.example/codes": "--url: must not hold a user name or password.",
        "https://shop.example/codes?brand=1": "--url: must not have a query or a fragment.",
    }
    async with nothing_moves(database):
        for url, sentence in refused.items():
            with pytest.raises(Invalid) as refusal:
                await set_issuer(
                    database, vault, outgoing, scope_id=world.harbour, kind=IssuerKind.HTTP, url=url
                )
            assert str(refusal.value) == sentence
    nothing, none = new_id(), new_id()
    with pytest.raises(UnknownScope, match=rf"^There is no brand or segment {nothing}\.$"):
        await set_issuer(database, vault, outgoing, scope_id=nothing, kind=IssuerKind.MINTED)
    message = f"There is no brand or segment {world.harbour}, or segment {none} is none of that brand."
    with pytest.raises(UnknownScope) as unknown:
        await set_issuer(
            database, vault, outgoing, scope_id=world.harbour, kind=IssuerKind.POOL, pool_id=none
        )
    assert str(unknown.value) == message


CANNOT_BE_USED = "The brand's code service gave a code that cannot be used: it "
UNREADABLE = "The brand's code service gave an answer that "
JSON = {"Content-Type": "application/json"}


async def service_merchant(world: World, fake: FakeService) -> Merchant:
    merchant = await add_merchant(world.platform, 7, segments=0)
    await ask_for_codes(world.platform, fake, merchant.brand)
    return merchant


@pytest.mark.parametrize(
    ("code_answer", "sentence"),
    [
        (
            {"code": "4111111111111111"},
            f"{CANNOT_BE_USED}looks like a payment card number, which must not be kept here.",
        ),
        ({"code": ""}, f"{CANNOT_BE_USED}is empty."),
        ({"code": "  "}, f"{CANNOT_BE_USED}is empty."),
        ({"code": " A1 "}, f"{CANNOT_BE_USED}begins or ends with a blank."),
        ({"code": "A" * 65}, f"{CANNOT_BE_USED}is too long: a code has at most 64 characters."),
        ({"code": "A\u0007B"}, f"{CANNOT_BE_USED}has characters that cannot be printed."),
        ({"code": "A\nB"}, f"{CANNOT_BE_USED}has characters that cannot be printed."),
        (
            {"code": "A1", "pin": "1\u0000"},
            f"{CANNOT_BE_USED}has a PIN that has characters that cannot be printed.",
        ),
        ({"code": "A1", "expires_at": "2020-01-01T00:00:00Z"}, f"{CANNOT_BE_USED}has expired already."),
        ({"code": "A1", "expires_at": "2020-01-01T00:00:00"}, f"{CANNOT_BE_USED}has expired already."),
        (
            {"code": "A1", "expires_at": "0001-01-01T00:00:00+14:00"},
            f"{CANNOT_BE_USED}has expired already.",
        ),
        (
            {"code": 123},
            f"{UNREADABLE}is not the JSON that was agreed: a code, perhaps expires_at and pin.",
        ),
        (
            Raw(b"<html>Sign in</html>", {"Content-Type": "text/html"}),
            f"{UNREADABLE}is not JSON by its content type.",
        ),
        (
            Raw(gzip.compress(b" " * 400_000 + b'{"code": "A1"}'), {**JSON, "Content-Encoding": "gzip"}),
            f"{UNREADABLE}is compressed, which it was not asked to be.",
        ),
        (Raw(b" " * 400_000 + b'{"code": "A1"}', JSON), f"{UNREADABLE}is longer than 64 KB."),
        (
            Raw(b'{"code": "A1", "more": ' + b"[" * 60_000, JSON),
            f"{UNREADABLE}is not the JSON that was agreed: a code, perhaps expires_at and pin.",
        ),
        (
            Raw(b"", JSON),
            f"{UNREADABLE}is not the JSON that was agreed: a code, perhaps expires_at and pin.",
        ),
    ],
)
async def test_a_services_answer_is_judged_and_the_huggg_says_its_mistake(
    world: World, fake: FakeService, code_answer: Any, sentence: str
) -> None:
    merchant = await service_merchant(world, fake)
    fake.says = (200, code_answer)
    (huggg,) = await world.buy(merchant.product)
    path = f"/api/v2/hugggs/{huggg['id']}/voucher"
    for _ in range(2):
        answer = await world.call("POST", path, world.amara)
        assert (answer.status_code, answer.json()) == (409, {"error": sentence})
    assert await sql(world.platform.database, "SELECT FROM codes UNION ALL SELECT FROM vouchers") == []
    await ask_services(world.platform)
    assert await sql(world.platform.database, "SELECT FROM codes UNION ALL SELECT FROM vouchers") == []
    await holds(world)


async def test_a_redirect_is_not_followed(world: World, fake: FakeService) -> None:
    merchant = await service_merchant(world, fake)
    fake.says = (302, Raw(b"", {"Location": f"{fake.url}/elsewhere"}))
    (huggg,) = await world.buy(merchant.product)
    answer = await world.call("POST", f"/api/v2/hugggs/{huggg['id']}/voucher", world.amara)
    assert (answer.status_code, answer.json()["error"]) == (
        409,
        f"{UNREADABLE}leads elsewhere; redirects are not followed.",
    )


async def test_a_code_that_another_huggg_has_is_refused_and_asked_for_anew_under_a_new_key(
    world: World, fake: FakeService
) -> None:
    merchant = await service_merchant(world, fake)
    fake.says = (200, {"code": "TAKEN-77X1"})
    first, second = await world.buy(merchant.product, quantity=2)
    paths = [f"/api/v2/hugggs/{huggg['id']}/voucher" for huggg in (first, second)]
    assert (await world.call("POST", paths[0], world.amara)).json()["data"]["code"] == "TAKEN-77X1"
    refused = await world.call("POST", paths[1], world.amara)
    assert (refused.status_code, refused.json()["error"]) == (
        409,
        f"{CANNOT_BE_USED}was given to a huggg before.",
    )
    fake.says, old = None, fake.keys[-1]
    huggg_reference = reference(world.platform.vault, second["shortcode"])
    key = await reissue(world.platform.database, huggg_reference, reason="Ticket 17")
    answer = await world.call("POST", paths[1], world.amara)
    assert [answer.json()["data"]["code"]] == fake.issued[str(key)]
    [event] = await sql(
        world.platform.database, "SELECT subject_id, data FROM events WHERE kind = 'issuance.renewed'"
    )
    assert (str(event["subject_id"]), json.loads(event["data"])) == (
        second["id"],
        {
            "key": old,
            "attempts": 1,
            "refused": f"{CANNOT_BE_USED}was given to a huggg before.",
            "new_key": str(key),
            "reason": "Ticket 17",
        },
    )
    await holds(world)


async def test_two_hugggs_that_are_given_one_code_at_once_leave_one_with_a_true_sentence(
    world: World, fake: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look whether a code is taken comes too early here; the primary key does not."""
    merchant = await service_merchant(world, fake)
    fake.says = (200, {"code": "TAKEN-77X1"})
    hugggs = await world.buy(merchant.product, quantity=2)
    count, original = 0, http.HttpIssuer._holder_flaw

    async def blind(self: http.HttpIssuer, need: Any, prints: list[bytes]) -> str | None:
        nonlocal count
        count += 1
        return None if count <= len(hugggs) else await original(self, need, prints)

    monkeypatch.setattr(http.HttpIssuer, "_holder_flaw", blind)
    answers = [
        await world.call("POST", f"/api/v2/hugggs/{huggg['id']}/voucher", world.amara)
        for huggg in hugggs
    ]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["error"] == f"{CANNOT_BE_USED}was given to a huggg before."
    await holds(world)


async def test_only_what_was_refused_is_asked_for_anew(world: World, fake: FakeService) -> None:
    merchant = await service_merchant(world, fake)
    database, vault = world.platform.database, world.platform.vault
    (huggg,) = await world.buy(merchant.product)
    path, huggg_reference = f"/api/v2/hugggs/{huggg['id']}/voucher", reference(vault, huggg["id"])

    async def refuses(sentence: str) -> None:
        async with nothing_moves(database):
            with pytest.raises(NothingToReissue) as refused:
                await reissue(database, huggg_reference, reason="Ticket 17")
        assert str(refused.value) == sentence

    await refuses("No service was asked for this huggg's code.")
    fake.says = (500, {})
    assert (await world.call("POST", path, world.amara)).status_code == 503
    await refuses("The service has not answered yet; it is asked again by itself.")
    fake.says = (422, {"error": "Campaign is over."})
    assert (await world.call("POST", path, world.amara)).status_code == 409
    await in_hand(database)
    await refuses("The service is just being asked again; try again in a minute.")
    await everything_due(database)
    fake.says = None
    assert (await world.call("POST", path, world.amara)).status_code == 200
    await refuses("This huggg has its voucher.")
    with pytest.raises(HugggNotFound):
        await reissue(database, reference(vault, str(new_id())), reason="Ticket 17")


async def test_an_answer_under_a_key_that_was_given_up_is_no_news_of_the_new_one(
    world: World, fake: FakeService
) -> None:
    merchant = await service_merchant(world, fake)
    database = world.platform.database
    fake.says = (422, {"error": "Campaign is over."})
    (huggg,) = await world.buy(merchant.product)
    await world.call("POST", f"/api/v2/hugggs/{huggg['id']}/voucher", world.amara)
    key = await reissue(database, reference(world.platform.vault, huggg["id"]), reason="Ticket 17")
    values = {"huggg_id": UUID(huggg["id"]), "refused": "No."}
    await database.rows(queries.note_refusal, id=new_id(), **values)
    [row] = await sql(database, "SELECT id, refused FROM issuances")
    assert (row["id"], row["refused"]) == (key, None)


async def test_a_service_may_give_a_pin(world: World, fake: FakeService) -> None:
    merchant = await service_merchant(world, fake)
    fake.says = (201, {"code": "CARD-77X1", "pin": "0042", "expires_at": None})
    (huggg,) = await world.buy(merchant.product)
    answer = await world.call("POST", f"/api/v2/hugggs/{huggg['id']}/voucher", world.amara)
    [voucher] = answer.json()["embedded"]["vouchers"]
    assert (voucher["code"], voucher["pin"]) == ("CARD-77X1", "0042")


@pytest.mark.parametrize("for_ever", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"])
async def test_a_code_without_an_end_ends_with_its_huggg(
    world: World, fake: FakeService, for_ever: str
) -> None:
    """Some services write the last year of the calendar: no zone east of UTC has its last instant."""
    merchant = await service_merchant(world, fake)
    issued: list[str] = []
    for expires_at in (None, for_ever):
        fake.says = (201, {"code": f"CARD-{len(issued)}", "expires_at": expires_at})
        (huggg,) = await world.buy(merchant.product)
        answer = await world.call("POST", f"/api/v2/hugggs/{huggg['id']}/voucher", world.amara)
        assert answer.status_code == 200, answer.text
        [voucher] = answer.json()["embedded"]["vouchers"]
        issued.append(voucher["expiry_date"])
    assert issued[0] == issued[1]
