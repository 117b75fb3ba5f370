"""Messages to receivers: made with the purchase, handed over once, and moved on by reports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx2
import msgspec
import pytest
from asyncpg import Record

from huggg.database.pool import Database
from huggg.events.consumer import catch_up
from huggg.notifications import hand_over, store
from huggg.notifications.delivery import Channel
from huggg.notifications.events import receipts
from huggg.notifications.remind import remind_all
from huggg.notifications.return_path import mail_names
from huggg.notifications.wishes import keep_contact, wishes_of
from huggg.wallets.alarm import set_alarm
from tests.support.mail_server import body_of
from tests.support.post_office import Post, post_office
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.waiting import until
from tests.support.world import World

BUY = "/api/v2/transactions"
DEE = {"email": "Dee@Example.org", "name": "Dee Ünal"}


@pytest.fixture
async def post(world: World) -> AsyncIterator[Post]:
    async with post_office(world.platform) as post:
        yield post


async def gift(world: World, **purchase: Any) -> dict[str, Any]:
    """Buy a huggg for Dee, by mail."""
    [huggg] = await world.buy(**{"receivers": [DEE], "deliveryMethod": "email", **purchase})
    return huggg


async def states(world: World, kind: str = "gift") -> list[str]:
    rows = await sql(
        world.platform.database, "SELECT state FROM deliveries WHERE kind = $1 ORDER BY id", kind
    )
    return [row["state"] for row in rows]


async def turn_back(database: Database, **interval: int) -> None:
    """Let all that happened have happened earlier: the clock of a story is turned by its past."""
    [(unit, number)] = interval.items()
    past = f"{number} {unit}"
    await sql(
        database,
        "UPDATE hugggs SET sent_at = sent_at - $1::text::interval",
        past,
    )
    await sql(
        database,
        "UPDATE deliveries SET queued_at = queued_at - $1::text::interval,"
        " sent_at = sent_at - $1::text::interval, remind_at = remind_at - $1::text::interval",
        past,
    )


async def test_a_gift_by_mail_arrives_once_and_says_all_of_it(world: World, post: Post) -> None:
    huggg = await gift(world, message="Have <one> on me.")
    assert huggg["receiver_id"] != ""
    assert await states(world) == ["queued"]
    await post.round()
    assert await states(world) == ["sent"]
    [envelope], [mail] = post.mail.mails, post.mail.read()
    assert envelope.rcpt_tos == ["Dee@Example.org"]
    assert (envelope.mail_from or "").startswith("bounces+")
    assert mail["Subject"] == "amara sent you a gift: Coffee"
    for part in ("plain", "html"):
        body = body_of(mail, part)
        assert huggg["launch_url"] in body
        assert "Dee Ünal" in body
    assert "> Have <one> on me." in body_of(mail)
    assert "Have &lt;one&gt; on me." in body_of(mail, "html")
    for part in ("plain", "html"):
        assert str(mail["List-Unsubscribe"]).strip("<>") in body_of(mail, part)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert await post.later_round() == 0
    assert len(post.mail.mails) == 1


async def test_receivers_have_messages_of_their_own_and_their_own_language(
    world: World, post: Post
) -> None:
    receivers = [{**DEE, "message": "Pen-blwydd hapus!", "language": "cy"}, {"email": "eve@example.org"}]
    await world.buy(receivers=receivers, message="For all.", deliveryMethod="email")
    await post.round()
    first, second = sorted(post.mail.read(), key=lambda mail: str(mail["To"]))
    assert first["Content-Language"] == "cy"
    assert "> Pen-blwydd hapus!" in body_of(first)
    assert "> For all." in body_of(second)
    listed = await world.call("GET", "/api/v2/hugggs/sent?embed[]=message", world.amara)
    texts = {message["message"] for message in listed.json()["embedded"]["messages"]}
    assert texts == {"Pen-blwydd hapus!", "For all."}


async def test_every_bad_receiver_is_named_by_position_and_nothing_is_bought(world: World) -> None:
    unknown_id = "00000000-0000-4000-8000-000000000000"
    receivers = [
        {"email": "no address"},
        DEE,
        {"phone_number": "12"},
        {"user_id": unknown_id},
        {"email": "a@b.example", "phone_number": "07911 123456"},
    ]
    async with nothing_moves(world.platform.database):
        answer = await world.call("POST", BUY, world.amara, world.order(receivers=receivers))
    assert answer.status_code == 422
    assert answer.json()["error"] == (
        "purchase.receivers[0].email: is not an e-mail address."
        " purchase.receivers[2].phone_number: is not a phone number."
        " purchase.receivers[3].user_id: no such user."
        " purchase.receivers[4]: needs exactly one of email, phone_number and user_id."
    )


async def test_receivers_of_another_shape_are_named_with_all_other_bad_ones(world: World) -> None:
    unknown_id = "00000000-0000-4000-8000-000000000000"
    receivers = [
        {"email": "no address"},
        5,
        {"email": 5},
        {**DEE, "language": "tlh"},
        DEE,
        {**DEE, "name": "x" * 256},
        {"phone_numbr": "07911 123456"},
        {"user_id": unknown_id},
        {**DEE, "title": "Dr"},
        None,
    ]
    async with nothing_moves(world.platform.database):
        answer = await world.call("POST", BUY, world.amara, world.order(receivers=receivers))
    assert answer.status_code == 422
    text = "must be text of at most 255 characters."
    assert answer.json()["error"] == (
        "purchase.receivers[0].email: is not an e-mail address."
        " purchase.receivers[1]: must be an object."
        f" purchase.receivers[2].email: {text}"
        " purchase.receivers[3].language: must be one of cy, de, en, es, fr."
        f" purchase.receivers[5].name: {text}"
        " purchase.receivers[6].phone_numbr: is not known; did you mean phone_number?"
        " purchase.receivers[7].user_id: no such user."
        " purchase.receivers[8].title: is not known; did you mean purchase.title?"
        " purchase.receivers[9]: must be an object."
    )


@pytest.mark.parametrize(
    ("method", "receivers", "error"),
    [
        ("email", None, "purchase.receivers: deliveryMethod email needs receivers."),
        (
            "sms",
            [DEE],
            "purchase.receivers[0].email: cannot be reached by deliveryMethod sms.",
        ),
        (
            "email",
            [{"phone_number": "07911 123456"}],
            "purchase.receivers[0].phone_number: cannot be reached by deliveryMethod email.",
        ),
    ],
)
async def test_a_method_that_does_not_reach_a_receiver_is_refused(
    world: World, method: str, receivers: list[Any] | None, error: str
) -> None:
    order = world.order(receivers=receivers, deliveryMethod=method)
    async with nothing_moves(world.platform.database):
        answer = await world.call("POST", BUY, world.amara, order)
    assert (answer.status_code, answer.json()) == (422, {"error": error})


async def test_links_and_print_send_nothing(world: World) -> None:
    for method in ("links", "print"):
        await world.buy(receivers=[DEE], deliveryMethod=method)
    await world.buy(receivers=[{"phone_number": "07911 123456"}])  # no provider is set up
    assert await states(world) == []


async def test_two_spellings_of_an_address_are_one_person(world: World) -> None:
    receivers = [DEE, {"email": "dee@example.ORG"}]
    first, second = await world.buy(receivers=receivers, deliveryMethod="email")
    [third] = await world.buy(receivers=[{"email": "DEE@example.org"}])
    assert first["receiver_id"] == second["receiver_id"] == third["receiver_id"]
    assert await states(world) == ["queued"] * 3


async def test_no_address_or_name_is_in_the_database_in_clear(world: World, post: Post) -> None:
    await gift(world, message="A secret wish.", receivers=[{**DEE, "message": "Whispered."}])
    await post.round()
    tables = await sql(
        world.platform.database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    for row in tables:
        table = row["tablename"]
        texts = await sql(world.platform.database, f"SELECT t::text AS text FROM {table} t")  # noqa: S608
        whole = "\n".join(each["text"] for each in texts).lower()
        for secret in ("dee@example.org", "ünal", "whispered"):
            assert secret not in whole, table


async def test_a_server_that_is_away_delays_a_message_and_doubles_none(world: World, post: Post) -> None:
    await gift(world)
    post.mail.data_reply = "451 try again later"
    for _ in range(5):
        await post.later_round()
    assert await states(world) == ["queued"]
    post.mail.data_reply = "250 OK"
    await post.later_round()
    assert await states(world) == ["sent"]
    assert len(post.mail.mails) == 1


async def test_a_broken_message_of_a_batch_keeps_no_other_from_being_sent_once(
    world: World, post: Post
) -> None:
    receivers = [{"email": f"r{number}@example.org"} for number in range(4)]
    hugggs = await world.buy(receivers=receivers, deliveryMethod="email")
    damage = "UPDATE hugggs SET codes = '\\x00' WHERE id = $1"
    await sql(world.platform.database, damage, UUID(hugggs[1]["id"]))
    for _ in range(2):
        await post.later_round()
    assert sorted(await states(world)) == ["queued", "sent", "sent", "sent"]
    addresses = [mail.rcpt_tos[0] for mail in post.mail.mails if mail.rcpt_tos[0].startswith("r")]
    assert sorted(addresses) == ["r0@example.org", "r2@example.org", "r3@example.org"]


DAMAGE = "UPDATE deliveries SET sealed = '\\x00' WHERE subject_id = $1"


async def test_an_address_that_does_not_open_fails_its_message_alone_and_is_corrected(
    world: World, post: Post
) -> None:
    receivers = [{"email": f"r{number}@example.org"} for number in range(3)]
    hugggs = await world.buy(receivers=receivers, deliveryMethod="email")
    await sql(world.platform.database, DAMAGE, UUID(hugggs[1]["id"]))
    await post.round()
    assert await states(world) == ["sent", "failed", "sent"]
    path = f"/api/v2/hugggs/{hugggs[1]['id']}/deliveries"
    [listed] = (await world.call("GET", path, world.amara)).json()["data"]
    assert (listed["address"], listed["reason"]) == (None, "its address does not open")
    huggg_id, delivery_id = UUID(hugggs[1]["id"]), UUID(listed["id"])
    assert await store.mail_address_of(world.platform.database, world.platform.vault, huggg_id) is None
    assert await wishes_of(world.platform, delivery_id) is None
    again = await world.call("POST", path, world.amara, {"email": "r1@example.org"})
    assert again.status_code == 201
    await post.round()
    assert "r1@example.org" in [mail.rcpt_tos[0] for mail in post.mail.mails]


async def test_a_gift_whose_address_does_not_open_keeps_no_other_from_being_reminded_of(
    world: World, post: Post
) -> None:
    damaged, whole = [await gift(world) for _ in range(2)]
    await post.round()
    await sql(world.platform.database, DAMAGE, UUID(damaged["id"]))
    await turn_back(world.platform.database, days=2)
    await remind_all(world.platform.database, world.platform.vault)
    query = "SELECT subject_id FROM deliveries WHERE kind = 'reminder'"
    assert [row["subject_id"] for row in await sql(world.platform.database, query)] == [
        UUID(whole["id"])
    ]
    query = "SELECT remind_at FROM deliveries WHERE kind = 'gift' AND subject_id = $1"
    assert await scalar(world.platform.database, query, UUID(damaged["id"])) is None


async def test_a_message_that_no_line_takes_in_time_is_put_back_without_doubt_and_sent_once(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could outlast the lease of its batch, and another worker would send it, too."""
    await gift(world)
    database, now = world.platform.database, [0.0]
    monkeypatch.setattr(hand_over, "time", SimpleNamespace(monotonic=lambda: now[0]))
    line = post.office.lines[Channel.EMAIL] = asyncio.Semaphore(1)
    await line.acquire()
    at_work = asyncio.create_task(post.round())
    marks = "SELECT count(*) = 1 FROM deliveries WHERE begun_at IS NOT NULL AND kind = 'gift'"
    await until(lambda: scalar(database, marks))
    now[0] = hand_over.SECONDS_MAX + 1
    put_back: list[Record] = []
    unbegin = store.unbegin

    async def record_call(database: Database, row: Record) -> None:
        assert post.mail.mails == []
        put_back.append(row)
        await unbegin(database, row)

    monkeypatch.setattr(store, "unbegin", record_call)
    line.release()
    await at_work
    assert (len(put_back), await states(world)) == (1, ["sent"])
    assert [mail.rcpt_tos for mail in post.mail.mails if "+" in (mail.mail_from or "")] == [
        ["Dee@Example.org"]
    ]


async def test_the_first_mail_over_a_connection_may_go_to_an_address_outside_of_ascii(
    world: World, post: Post
) -> None:
    await gift(world, receivers=[{"email": "zoë@example.org"}])
    await post.round()
    assert await states(world) == ["sent"]
    assert ["zoë@example.org"] in [mail.rcpt_tos for mail in post.mail.mails]


async def test_a_gift_that_ended_while_its_message_waited_is_not_sent(world: World, post: Post) -> None:
    huggg = await gift(world)
    assert (await world.redeem(huggg["id"])).status_code == 201
    await post.round()
    assert (await states(world), post.mail.mails) == (["suppressed"], [])
    reason = await scalar(world.platform.database, "SELECT reason FROM deliveries")
    assert reason == "redeemed"


async def test_a_refused_address_bounces_and_a_refused_mail_fails(world: World, post: Post) -> None:
    post.mail.refuses["Dee@Example.org"] = "550 5.1.1 <Dee@Example.org> no such user"
    await gift(world)
    await post.round()
    assert await states(world) == ["bounced"]
    reason = await scalar(world.platform.database, "SELECT reason FROM deliveries WHERE kind = 'gift'")
    assert reason == "550 5.1.1 <[address]> no such user"
    post.mail.data_reply = "554 no"
    await gift(world, receivers=[{"email": "eve@example.org"}])
    await post.round()
    assert await states(world) == ["bounced", "failed"]


async def test_a_mail_waits_while_its_server_refuses_the_sender_of_all_mails(
    world: World, post: Post
) -> None:
    post.mail.sender_reply = "530 5.7.0 Authentication required"
    await gift(world)
    await post.round()
    assert await states(world) == ["queued"]
    post.mail.sender_reply = "250 OK"
    await post.later_round()
    assert await states(world) == ["sent"]


async def test_a_lost_answer_mails_a_gift_again_under_its_message_id_and_a_reminder_never(
    world: World, post: Post
) -> None:
    await gift(world)
    post.mail.breaks_off = True
    await post.round()
    post.mail.breaks_off = False
    await post.later_round()
    assert await states(world) == ["sent"]
    first, second = post.mail.read()
    assert first["Message-ID"] == second["Message-ID"]
    await turn_back(world.platform.database, days=2)
    await remind_all(world.platform.database, world.platform.vault)
    post.mail.breaks_off = True
    await post.round()
    post.mail.breaks_off = False
    await post.later_round()
    assert len(post.mail.mails) == 3
    assert await states(world, "reminder") == ["failed"]


async def test_an_sms_whose_answer_was_lost_is_looked_up_and_not_sent_again(
    world: World, post: Post
) -> None:
    await world.buy(receivers=[{"phone_number": "07700 900123"}], deliveryMethod="sms")
    post.phones.loses_answers = True
    await post.round()
    assert await states(world) == ["queued"]
    post.phones.is_away = True
    await post.later_round()
    assert await states(world) == ["queued"]
    post.phones.is_away = False
    await post.later_round()
    assert await states(world) == ["sent"]
    [text] = post.phones.texts
    assert text.to == "+447700900123"
    assert text.receipts_url == f"https://api.test/webhooks/sms/{text.delivery_id}"


async def test_a_receiver_is_reminded_once_a_slot_until_the_gift_is_spent(
    world: World, post: Post
) -> None:
    huggg = await gift(world)
    await post.round()
    database, vault = world.platform.database, world.platform.vault

    async def reminded_after(**interval: int) -> list[str]:
        await turn_back(database, **interval)
        await asyncio.gather(*(remind_all(database, vault) for _ in range(3)))
        await post.later_round()
        shown = await world.call("GET", f"/api/v2/hugggs/{huggg['id']}", world.amara)
        return list(shown.json()["data"]["reminders_sent"])

    assert await reminded_after(hours=23) == []
    assert await reminded_after(hours=2) == ["after_1_day"]
    assert await reminded_after(hours=1) == ["after_1_day"]
    assert await reminded_after(days=6) == ["after_1_day", "after_1_week"]
    [reminder] = [mail for mail in post.mail.read() if "waiting" in str(mail["Subject"])][:1]
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    shown = (await world.call("GET", f"/api/v2/hugggs/{huggg['id']}", world.amara)).json()["data"]
    assert shown["reminder_sent"] == "after_1_week"
    assert (await world.redeem(huggg["id"])).status_code == 201
    assert await reminded_after(days=60) == ["after_1_day", "after_1_week"]
    assert len([mail for mail in post.mail.read() if "Coffee" in str(mail["Subject"])]) == 3


async def test_a_reminder_on_its_way_is_stopped_by_a_till_and_by_its_reader(
    world: World, post: Post
) -> None:
    database, vault = world.platform.database, world.platform.vault
    spent = await gift(world)
    await gift(world)
    await post.round()
    sent = len(post.mail.mails)
    await turn_back(database, days=2)
    await remind_all(database, vault)
    assert await states(world, "reminder") == ["queued", "queued"]
    assert (await world.redeem(spent["id"])).status_code == 201
    await keep_contact(world.platform, "dee@example.org", Channel.EMAIL, unwanted=["reminder"])
    await post.later_round()
    assert await states(world, "reminder") == ["suppressed", "suppressed"]
    assert len(post.mail.mails) == sent
    await turn_back(database, days=30)
    await remind_all(database, vault)
    assert len(await states(world, "reminder")) == 2


async def test_one_click_unsubscribes_and_opening_the_link_does_not(
    world: World, post: Post, http: httpx2.AsyncClient
) -> None:
    await gift(world)
    await post.round()
    await turn_back(world.platform.database, days=2)
    await remind_all(world.platform.database, world.platform.vault)
    await post.later_round()
    of_gift, of_reminder = (str(mail["List-Unsubscribe"]).strip("<>") for mail in post.mail.read())
    assert of_gift != of_reminder
    path = of_gift.removeprefix("https://api.test")
    async with nothing_moves(world.platform.database):
        assert (await http.get(path)).status_code == 200
        assert (await http.post(path + "x")).status_code == 404
    click = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await http.post(path, content=b"List-Unsubscribe=One-Click", headers=click)
    assert answer.status_code == 200
    assert "You get no more reminders." in answer.text
    unwanted = await scalar(world.platform.database, "SELECT unwanted FROM contacts")
    assert unwanted == ["reminder"]
    answer = await http.post(path, content=b"reminders=send&language=cy", headers=click)
    assert "Rydych yn cael nodiadau atgoffa am eich anrhegion." in answer.text
    assert await scalar(world.platform.database, "SELECT unwanted FROM contacts") == []


def dsn(to: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    """Write a delivery status notification as mail servers do."""
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; dee@example.org\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n\r\n--b--\r\n"
    ).encode()


async def test_a_bounce_moves_its_message_and_a_forged_one_nothing(
    world: World, post: Post, http: httpx2.AsyncClient
) -> None:
    huggg = await gift(world)
    await post.round()
    to = post.mail.mails[0].mail_from or ""
    forged = to.replace("-", "-0", 1)[:-1]
    async with nothing_moves(world.platform.database):
        for content in (dsn(forged), dsn(to, action="delayed", status="4.4.1"), b"Hello", b""):
            answer = await http.post("/webhooks/mail/bounces", content=content)
            assert (answer.status_code, answer.json()) == (200, {"state": None})
    for expected in ("bounced", None):
        answer = await http.post("/webhooks/mail/bounces", content=dsn(to))
        assert answer.json() == {"state": expected}
    listed = await world.call("GET", f"/api/v2/hugggs/{huggg['id']}/deliveries", world.amara)
    [delivery] = listed.json()["data"]
    assert (delivery["state"], delivery["reason"]) == ("bounced", "550 no such user")
    assert delivery["bounced_at"] is not None
    await turn_back(world.platform.database, days=2)
    await remind_all(world.platform.database, world.platform.vault)
    assert await states(world, "reminder") == []
    await gift(world)
    await post.round()
    assert await states(world) == ["bounced", "suppressed"]  # the address takes no mail


async def test_no_report_moves_a_message_away_from_delivered(
    world: World, post: Post, http: httpx2.AsyncClient
) -> None:
    await gift(world)
    await post.round()
    to = post.mail.mails[0].mail_from or ""
    for action, state in (("delivered", "delivered"), ("failed", None), ("delivered", None)):
        answer = await http.post("/webhooks/mail/bounces", content=dsn(to, action=action))
        assert answer.json() == {"state": state}
    assert await states(world) == ["delivered"]


async def test_deliveries_are_listed_with_addresses_for_those_who_may_see_them(world: World) -> None:
    receivers = [{"user_id": str(world.bo.id)}]
    [bos] = await world.buy(receivers=receivers)
    path = f"/api/v2/hugggs/{bos['id']}/deliveries"
    delivery_response = await world.call("POST", path, world.amara, {"email": "bo@example.org"})
    assert delivery_response.status_code == 201, delivery_response.text
    assert delivery_response.json()["data"]["address"] == "bo@example.org"
    for caller, address in ((world.amara, "bo@example.org"), (world.bo, None)):
        [listed] = (await world.call("GET", path, caller)).json()["data"]
        assert (listed["id"], listed["address"]) == (delivery_response.json()["data"]["id"], address)
        assert (listed["kind"], listed["channel"], listed["state"]) == ("gift", "email", "queued")
    assert (await world.call("GET", path, world.cleo)).status_code == 404


async def test_the_deliveries_of_a_purchase_are_filtered_by_state(world: World, post: Post) -> None:
    post.mail.refuses["bad@example.org"] = "550 5.1.1 no such user"
    receivers = [{"email": f"{name}@example.org"} for name in ("a", "bad", "b")]
    order = world.order(receivers=receivers, deliveryMethod="email")
    response = await world.call("POST", BUY, world.amara, order)
    path = f"{BUY}/{response.json()['data']['id']}/deliveries"
    await post.round()
    whole = (await world.call("GET", path, world.amara)).json()
    assert [each["address"] for each in whole["data"]] == [each["email"] for each in receivers]
    bounced = (await world.call("GET", f"{path}?state=bounced", world.amara)).json()
    assert [each["address"] for each in bounced["data"]] == ["bad@example.org"]
    assert bounced["total"] == 1
    assert (await world.call("GET", path, world.cleo)).status_code == 404
    wrong = await world.call("GET", f"{path}?state=lost", world.amara)
    assert wrong.json()["error"] == (
        "state: must be one of bounced, delivered, failed, queued, sent, suppressed."
    )


async def test_a_gift_is_sent_again_to_a_corrected_address_and_clicking_twice_sends_once(
    world: World, post: Post
) -> None:
    huggg = await gift(world, receivers=[{"email": "wrong@example.org", "name": "Dee"}])
    path = f"/api/v2/hugggs/{huggg['id']}/deliveries"
    async with nothing_moves(world.platform.database):
        waits = await world.call("POST", path, world.amara, {})
    assert (waits.status_code, waits.json()) == (
        409,
        {"error": "A message to this receiver is on its way already."},
    )
    right = {"email": "dee@example.org"}
    clicks = [world.call("POST", path, world.amara, right) for _ in range(4)]
    answers = sorted(answer.status_code for answer in await asyncio.gather(*clicks))
    assert answers == [201, 409, 409, 409]
    await post.round()
    assert await states(world) == ["suppressed", "sent"]
    [mail] = post.mail.read()[:1]
    assert (mail["To"], "Hello Dee," in body_of(mail)) == ("dee@example.org", True)
    async with nothing_moves(world.platform.database):
        for refused in ({"email": "x"}, {"email": "a@b.example", "phone_number": "07700 900123"}):
            assert (await world.call("POST", path, world.amara, refused)).status_code == 422
        respelled = await world.call("POST", path, world.amara, {"email": "Dee@EXAMPLE.org"})
        assert (respelled.status_code, respelled.json()) == (409, waits.json())
    assert (await world.redeem(huggg["id"])).status_code == 201
    spent = await world.call("POST", path, world.amara, right)
    assert (spent.status_code, spent.json()) == (409, {"error": "huggg already redeemed."})


async def test_nothing_more_goes_to_the_receiver_before_a_move(world: World, post: Post) -> None:
    waiting, sent, staying = [await gift(world) for _ in range(3)]
    await sql(world.platform.database, "UPDATE jobs SET due_at = now() + interval '1 day'")
    await sql(
        world.platform.database,
        "UPDATE jobs SET due_at = now() WHERE subject_id IN (SELECT batch_id FROM deliveries"
        " WHERE subject_id = $1)",
        UUID(sent["id"]),
    )
    await post.round()
    await turn_back(world.platform.database, hours=25)
    for huggg in (waiting, sent):
        body = {"receiver": {"email": "eli@example.org"}}
        path = f"/api/v2/hugggs/{huggg['id']}"
        assert (await world.call("PATCH", path, world.amara, body)).status_code == 200
    await remind_all(world.platform.database, world.platform.vault)
    await post.later_round()
    recipients = [envelope.rcpt_tos for envelope in post.mail.mails]
    assert sorted(recipients) == [["Dee@Example.org"]] * 2 + [["eli@example.org"]] * 2
    assert sum(staying["launch_url"] in body_of(mail) for mail in post.mail.read()) == 1
    rows = await sql(world.platform.database, "SELECT kind, state, reason FROM deliveries ORDER BY id")
    assert [tuple(row) for row in rows if row["kind"] != "receipt"] == [
        ("gift", "suppressed", "moved"),
        ("gift", "sent", None),
        *[("gift", "sent", None)] * 3,
    ]
    for huggg in (waiting, sent):
        moved = (await world.call("GET", f"/api/v2/hugggs/{huggg['id']}", world.amara)).json()["data"]
        assert moved["launch_url"] != huggg["launch_url"]
        mails = [body_of(mail) for mail in post.mail.read() if mail["To"] == "eli@example.org"]
        assert [moved["launch_url"] in body for body in mails].count(True) == 1


@pytest.mark.parametrize(
    ("purchase", "receiver", "channels"),
    [
        ({"deliveryMethod": "email"}, {"phone_number": "07400 123456"}, ["email"]),  # no SMS here
        ({}, {"email": "eli@example.org"}, ["email", "email"]),
        ({"deliveryMethod": "links"}, {"email": "eli@example.org"}, []),
        ({"deliveryMethod": "print"}, {"email": "eli@example.org"}, []),
    ],
)
async def test_a_new_receiver_hears_by_their_own_channel_where_the_purchase_was_sent(
    world: World, purchase: dict[str, Any], receiver: dict[str, str], channels: list[str]
) -> None:
    [huggg] = await world.buy(receivers=[DEE], **purchase)
    path = f"/api/v2/hugggs/{huggg['id']}"
    assert (await world.call("PATCH", path, world.amara, {"receiver": receiver})).status_code == 200
    rows = await sql(
        world.platform.database, "SELECT channel FROM deliveries WHERE kind = 'gift' ORDER BY id"
    )
    assert [row["channel"] for row in rows] == channels


@pytest.mark.parametrize("known_as", [None, "Evelyn"])
async def test_a_new_receiver_is_greeted_by_name_and_in_the_language_of_the_change(
    world: World, post: Post, known_as: str | None
) -> None:
    to = {"email": "eve@example.org"}
    if known_as is not None:
        await world.buy(receivers=[to | {"name": known_as}], deliveryMethod="links")
    huggg = await gift(world)
    change = {"receiver": to | {"name": "Eve", "language": "de"}}
    answer = await world.call("PATCH", f"/api/v2/hugggs/{huggg['id']}", world.amara, change)
    assert answer.status_code == 200, answer.text
    await post.round()
    [mail] = [each for each in post.mail.read() if each["To"] == "eve@example.org"]
    assert "Guten Tag Eve," in body_of(mail)


@pytest.mark.parametrize("send", ["2027-05-05", "2027-05-05T07:30:00+02:00"])
async def test_a_gift_that_is_hastened_is_mailed_at_its_new_instant(
    world: World, post: Post, send: str
) -> None:
    huggg = await gift(world, sendDate=send)
    path, database = f"/api/v2/hugggs/{huggg['id']}", world.platform.database
    sooner = await scalar(database, "SELECT now() + interval '2 seconds'")
    answer = await world.call("PATCH", path, world.amara, {"sendDate": sooner.isoformat()})
    assert answer.status_code == 200, answer.text
    due_query = "SELECT due_at FROM jobs WHERE kind = 'delivery.send'"
    assert await scalar(database, due_query) == sooner
    await eventually(post)
    assert await states(world) == ["sent"]


async def test_a_gift_that_is_hastened_while_a_worker_holds_its_batch_is_mailed_at_its_new_instant(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    huggg = await gift(world, sendDate="2027-05-05")
    path, gather = f"/api/v2/hugggs/{huggg['id']}", store.to_hand_over

    async def gather_before_the_change(database: Database, batch_id: UUID, *, most: int) -> list[Record]:
        rows = await gather(database, batch_id, most=most)
        sooner = await scalar(database, "SELECT now() + interval '2 seconds'")
        answer = await world.call("PATCH", path, world.amara, {"sendDate": sooner.isoformat()})
        assert answer.status_code == 200, answer.text
        return rows

    with monkeypatch.context() as during:
        during.setattr(store, "to_hand_over", gather_before_the_change)
        await post.later_round()
    assert post.mail.mails == []
    await eventually(post)
    assert await states(world) == ["sent"]


async def test_a_full_batch_that_was_hastened_in_vain_waits_for_its_day(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_over, "BATCH", 1)
    await gift(world, sendDate="2027-05-05")
    async with asyncio.timeout(20):
        await post.later_round()
    due_at = await scalar(
        world.platform.database, "SELECT due_at FROM jobs WHERE kind = 'delivery.send'"
    )
    assert str(due_at)[:10] == "2027-05-04"


async def eventually(post: Post) -> None:
    """Let a worker look until it handed something over."""
    async with asyncio.timeout(20):
        while not post.mail.mails:
            await post.round()
            await asyncio.sleep(0.1)


async def test_a_new_last_day_plans_the_reminders_anew(world: World, post: Post) -> None:
    database = world.platform.database
    huggg = await gift(world)
    await post.round()
    await turn_back(database, days=2)
    path = f"/api/v2/hugggs/{huggg['id']}"
    today = await scalar(database, "SELECT (now() AT TIME ZONE 'Europe/London')::date")
    for days, slot in ((20, "after_1_day"), (6, "before_1_week")):
        day = str(today + timedelta(days=days))
        assert (await world.call("PATCH", path, world.amara, {"expiryDate": day})).status_code == 200
        await remind_all(database, world.platform.vault)
        slots = await sql(database, "SELECT slot FROM deliveries WHERE kind = 'reminder' ORDER BY id")
        assert slots[-1]["slot"] == slot
        await post.round()


async def test_a_scheduled_gift_is_mailed_on_its_day_and_not_before(world: World, post: Post) -> None:
    huggg = await gift(world, sendDate="2027-05-05")
    await post.later_round()
    assert (await states(world), post.mail.mails) == (["queued"], [])
    due_at = await scalar(
        world.platform.database, "SELECT due_at FROM jobs WHERE kind = 'delivery.send'"
    )
    assert str(due_at)[:10] == "2027-05-04"  # midnight in London, in summer
    await sql(
        world.platform.database,
        "UPDATE hugggs SET sent_at = now() WHERE id = $1",
        huggg["id"],
    )
    await post.later_round()
    assert await states(world) == ["sent"]


async def test_a_buyer_gets_receipts_and_a_team_one_alarm_of_a_low_wallet(world: World) -> None:
    database = world.platform.database
    await sql(database, "UPDATE users SET role = 'admin' WHERE id = $1", world.amara.id)
    await sql(database, "UPDATE accounts SET alarm_below = 9900 WHERE id = $1", world.wallet)
    for _ in range(2):
        await gift(world)
        await catch_up(database, receipts())
    rows = await sql(database, "SELECT kind FROM deliveries WHERE kind IN ('receipt', 'alarm')")
    kinds = [row["kind"] for row in rows]
    assert (kinds.count("receipt"), kinds.count("alarm")) == (2, 1)


async def test_a_team_is_told_again_once_its_wallet_was_at_its_level_again(world: World) -> None:
    database = world.platform.database
    await sql(database, "UPDATE users SET role = 'admin' WHERE id = $1", world.amara.id)

    async def alarms() -> int:
        await catch_up(database, receipts())
        return len(await sql(database, "SELECT FROM deliveries WHERE kind = 'alarm'"))

    await set_alarm(database, wallet_id=world.wallet, below=9900)
    assert await alarms() == 0
    for falls in (1, 2):
        huggg, *_ = await world.buy(quantity=1)
        assert await alarms() == falls
        answer = await world.call("POST", f"/api/v2/hugggs/{huggg['id']}/cancellation", world.amara)
        assert answer.status_code == 201, answer.text
        assert await alarms() == falls
    await set_alarm(database, wallet_id=world.wallet, below=20000)
    assert await alarms() == 3


async def test_a_buyer_hears_once_of_money_that_came_back(world: World) -> None:
    database = world.platform.database
    hugggs = await world.buy(quantity=2)
    path = f"/api/v2/transactions/{hugggs[0]['transaction_id']}/cancellation"
    answer = await world.call("POST", path, world.amara, {"reason": "Ordered twice."})
    assert answer.status_code == 201, answer.text
    await catch_up(database, receipts())
    rows = await sql(database, "SELECT facts FROM deliveries WHERE slot LIKE 'money back %'")
    assert [msgspec.json.decode(row["facts"]) for row in rows] == [{"quantity": 2, "amount": 700}]


def test_the_return_path_of_a_mail_fits_a_local_part(world: World) -> None:
    local, _, _ = mail_names(
        world.platform.vault, world.wallet, domain="mail.test"
    ).return_path.partition("@")
    assert len(local) <= 64
