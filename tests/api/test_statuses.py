"""The statuses of a huggg, state by state: one table, held against every answer that shows a huggg."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from huggg.hugggs.statuses import STATUSES
from huggg.hugggs.view import view
from huggg.transactions.ends.expire import expire_due
from tests.support.choices import add_choice
from tests.support.life import end_yesterday, link_of
from tests.support.sql import scalar, sql
from tests.support.world import World

Huggg = dict[str, Any]
Step = Callable[[World, Huggg], Awaitable[None]]


async def nothing(world: World, huggg: Huggg) -> None:
    """Leave it as it was bought."""


async def viewed(world: World, huggg: Huggg) -> None:
    database, huggg_id = world.platform.database, UUID(huggg["id"])
    now, link = await scalar(database, "SELECT now()"), await link_of(database, huggg_id)
    await view(database, huggg_id=huggg_id, client_id="page", link=link, now=now)


async def claimed(world: World, huggg: Huggg) -> None:
    await done(world, "POST", f"{huggg['id']}/claim", world.bo, {})


async def cancelled(world: World, huggg: Huggg) -> None:
    await done(world, "POST", f"{huggg['id']}/cancellation", world.amara, {})


async def redeemed(world: World, huggg: Huggg) -> None:
    assert (await world.redeem(huggg["id"])).status_code == 201


async def unredeemed(world: World, huggg: Huggg) -> None:
    await redeemed(world, huggg)
    assert (await world.unredeem(huggg["id"])).status_code == 200


async def expired(world: World, huggg: Huggg) -> None:
    await end_yesterday(world.platform.database, huggg["id"])


async def noted_as_expired(world: World, huggg: Huggg) -> None:
    await expired(world, huggg)
    await expire_due(world.platform.database)


async def claimed_and_redeemed(world: World, huggg: Huggg) -> None:
    await claimed(world, huggg)
    await redeemed(world, huggg)


async def claimed_and_moved(world: World, huggg: Huggg) -> None:
    await viewed(world, huggg)
    await claimed(world, huggg)
    await done(world, "PATCH", huggg["id"], world.amara, {"receiver": {"user_id": str(world.cleo.id)}})


async def picked(world: World, huggg: Huggg) -> None:
    await done(world, "POST", f"{huggg['id']}/choice", world.bo, {"product_id": str(world.coffee)})


def reminded(*slots: str) -> Step:
    async def step(world: World, huggg: Huggg) -> None:
        change = "UPDATE hugggs SET reminders = $2, updated_at = now() WHERE id = $1"
        await sql(world.platform.database, change, UUID(huggg["id"]), " ".join(slots))

    return step


async def reminded_and_claimed(world: World, huggg: Huggg) -> None:
    await reminded("sms_7_days")(world, huggg)
    await claimed(world, huggg)


async def done(world: World, method: str, path: str, caller: Any, body: Any) -> None:
    answer = await world.call(method, f"/api/v2/hugggs/{path}", caller, body)
    assert answer.status_code in (200, 201), answer.text


TO_BO, TO_NOBODY, AHEAD, CHOICE = "to Bo", "to nobody", "ahead", "a choice"


@dataclass(frozen=True)
class Row:
    """How a huggg is bought, the steps of its life, and the statuses that follow the facts."""

    bought: str
    step: Step
    status: int
    code: str
    name: str  # `hug_status`, by which a search finds it, and no other
    facts: str = ""  # the moments that it has
    reminders: tuple[str, ...] = ()


TABLE = {
    "unsent": Row(TO_NOBODY, nothing, 12, "UC", "sent"),
    "unsent, opened": Row(TO_NOBODY, viewed, 12, "UC", "sent", "viewed"),
    "scheduled": Row(AHEAD, nothing, 12, "UC", "sent"),
    "scheduled, cancelled": Row(AHEAD, cancelled, 12, "CA", "cancelled", "deleted"),
    "sent": Row(TO_BO, nothing, 5, "SE", "sent"),
    "sent, opened": Row(TO_BO, viewed, 5, "SE", "sent", "viewed"),
    "reminded": Row(TO_BO, reminded("after_1_day"), 5, "SE", "sent", "", ("after_1_day",)),
    "reminded by SMS": Row(TO_BO, reminded("sms"), 6, "SE", "sent", "", ("sms",)),
    "after 7 days": Row(
        TO_BO, reminded("sms", "sms_7_days"), 7, "SE", "sent", "", ("sms", "sms_7_days")
    ),
    "after 12 days": Row(TO_BO, reminded("sms_12_days"), 8, "SE", "sent", "", ("sms_12_days",)),
    "after 23 days": Row(TO_BO, reminded("sms_23_days"), 9, "SE", "sent", "", ("sms_23_days",)),
    "after 11 months": Row(TO_BO, reminded("sms_11_months"), 10, "SE", "sent", "", ("sms_11_months",)),
    "reminded, claimed": Row(
        TO_BO, reminded_and_claimed, 0, "DL", "sent", "viewed assigned", ("sms_7_days",)
    ),
    "claimed": Row(TO_BO, claimed, 0, "DL", "sent", "viewed assigned"),
    "claimed by a holder": Row(TO_NOBODY, claimed, 0, "DL", "sent", "viewed assigned"),
    "moved": Row(TO_BO, claimed_and_moved, 5, "SE", "sent"),
    "a choice": Row(CHOICE, nothing, 5, "SE", "sent"),
    "a choice, picked": Row(CHOICE, picked, 5, "SE", "sent"),
    "a choice, expired": Row(CHOICE, expired, 8, "EX", "expired", "expired"),
    "redeemed": Row(TO_BO, redeemed, 1, "RE", "redeemed", "redeemed"),
    "claimed, redeemed": Row(
        TO_BO, claimed_and_redeemed, 1, "RE", "redeemed", "viewed assigned redeemed"
    ),
    "taken back": Row(TO_BO, unredeemed, 5, "SE", "sent"),
    "cancelled": Row(TO_BO, cancelled, 12, "CA", "cancelled", "deleted"),
    "expired": Row(TO_BO, expired, 8, "EX", "expired", "expired"),
    "expired, noted": Row(TO_BO, noted_as_expired, 8, "EX", "expired", "expired"),
}


@pytest.fixture(scope="module")
async def treat(town: World) -> UUID:
    return await add_choice(town)


async def buy(world: World, bought: str, treat: UUID) -> Huggg:
    today = await scalar(world.platform.database, "SELECT (now() AT TIME ZONE 'Europe/London')::date")
    purchase: dict[str, Any] = {}
    if bought != TO_NOBODY:
        purchase["receivers"] = [{"user_id": str(world.bo.id)}]
    if bought == AHEAD:
        purchase["sendDate"] = str(today + timedelta(days=3))
    (huggg,) = await world.buy(treat if bought == CHOICE else None, **purchase)
    return huggg


async def shown(world: World, huggg: Huggg) -> dict[str, Huggg]:
    """Read a huggg by every answer of its sender that shows one."""
    read = f"/api/v2/hugggs/{huggg['id']}"
    bought = f"/api/v2/transactions/{huggg['transaction_id']}"
    answers = {
        path: (await world.call("GET", path, world.amara)).json()
        for path in (
            read,
            f"/api/v2/huggg/get/{huggg['id']}",
            "/api/v2/hugggs/sent?per_page=100",
            f"{bought}/hugggs",
            f"{bought}?embed[]=hugggs",
        )
    }
    answers["search"] = (await world.call("POST", "/api/v2/search", world.amara, {"size": 300})).json()
    by_status: dict[str, Huggg] = {}
    for path, answer in answers.items():
        listed = answer["embedded"]["hugggs"] if "embed[]" in path else answer["data"]
        rows = listed if isinstance(listed, list) else [listed]
        [by_status[path]] = [row for row in rows if row["id"] == huggg["id"]]
    return {path: {key: row[key] for key in by_status[read]} for path, row in by_status.items()}


@pytest.mark.parametrize("state", TABLE)
async def test_statuses_follow_the_facts_in_every_answer(town: World, treat: UUID, state: str) -> None:
    row = TABLE[state]
    huggg = await buy(town, row.bought, treat)
    await row.step(town, huggg)
    first, *others = (await shown(town, huggg)).values()
    assert [each for each in others if each != first] == []
    assert (first["status"], first["status_code"], first["hug_status"]) == (
        row.status,
        row.code,
        row.name,
    )
    reminders = list(row.reminders)
    assert (first["reminders_sent"], first["reminder_sent"]) == (reminders, "".join(reminders[-1:]))
    facts = {
        "viewed": (first["viewed_date"], first["viewed_client"]),
        "assigned": (first["assigned_date"], first["assigned_client"]),
        "redeemed": (first["redeemed_id"],),
        "deleted": (first["deleted_at"],),
        "expired": (first["is_expired"] or None,),
    }
    has = {name for name, values in facts.items() if None not in values}
    assert has == set(row.facts.split())
    assert {name for name, values in facts.items() if any(values)} == has
    sent_at = await scalar(
        town.platform.database, "SELECT sent_at FROM hugggs WHERE id = $1", UUID(huggg["id"])
    )
    assert first["sent_date"] == f"{sent_at:%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize("state", TABLE)
async def test_a_search_finds_a_huggg_by_its_status_and_by_no_other(
    town: World, treat: UUID, state: str
) -> None:
    row = TABLE[state]
    huggg = await buy(town, row.bought, treat)
    await row.step(town, huggg)
    statuses = set()
    for status in STATUSES:
        body = {"size": 300, "query": {"bool": {"must": [{"match": {"status": status}}]}}}
        answer = await town.call("POST", "/api/v2/search", town.amara, body)
        if huggg["id"] in {each["id"] for each in answer.json()["data"]}:
            statuses.add(status)
    assert statuses == {row.name}


async def test_the_receiver_sees_what_the_sender_sees_once_it_is_sent(town: World, treat: UUID) -> None:
    for state in (
        "scheduled",
        "sent",
        "claimed",
        "a choice, picked",
        "redeemed",
        "cancelled",
        "expired",
    ):
        row = TABLE[state]
        huggg = await buy(town, row.bought, treat)
        await row.step(town, huggg)
        answer = await town.call("GET", "/api/v2/hugggs/received?per_page=100", town.bo)
        listed = {each["id"]: each for each in answer.json()["data"]}
        if state == "scheduled":
            assert huggg["id"] not in listed
        else:
            assert listed[huggg["id"]]["status_code"] == row.code
