"""`POST /api/v2/transactions`: for whom, when, until when, and how many to a person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.support.people import number_fingerprint
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import World

PATH = "/api/v2/transactions"


async def today(town: World, time_zone: str = "Europe/London") -> date:
    day: date = await scalar(
        town.platform.database, "SELECT (now() AT TIME ZONE $1::text)::date", time_zone
    )
    return day


async def refused(town: World, sentence: str, **purchase: Any) -> None:
    async with nothing_moves(town.platform.database):
        answer = await town.call("POST", PATH, town.amara, town.order(**purchase))
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("07400 112233 ", "+447400112233"),
        ("(07401) 1-12233", "+447401112233"),
        ("+44 (0)7402 112233", "+447402112233"),
        ("0044 7403 112233", "+447403112233"),
        ("+33 6 12 11 22 33", "+33612112233"),
        ("001 (415) 721-1223", "+14157211223"),
    ],
)
async def test_a_number_nobody_has_becomes_an_inactive_user_that_every_spelling_finds(
    town: World, text: str, number: str
) -> None:
    hugggs = await town.buy(receivers=[{"phone_number": text}])
    [user] = await sql(
        town.platform.database,
        "SELECT id, kind, active, unknown_recipient FROM users WHERE phone_fingerprint = $1",
        number_fingerprint(number),
    )
    assert tuple(user) == (UUID(hugggs[0]["receiver_id"]), "customer", False, True)
    (again,) = await town.buy(receivers=[{"phone_number": number}])
    assert again["receiver_id"] == str(user["id"])


async def test_a_purchase_limits_the_hugggs_that_one_person_claims(town: World) -> None:
    hugggs = await town.buy(quantity=3, limit=2)
    kept = "SELECT claim_limit FROM transactions WHERE id = $1"
    transaction = UUID(hugggs[0]["transaction_id"])
    assert await scalar(town.platform.database, kept, transaction) == 2
    (unlimited,) = await town.buy()
    assert await scalar(town.platform.database, kept, UUID(unlimited["transaction_id"])) is None
    claims = [
        await town.call("POST", f"/api/v2/hugggs/{huggg['shortcode']}/claim", town.bo)
        for huggg in hugggs
    ]
    assert [claim.status_code for claim in claims] == [201, 201, 409]
    assert claims[2].json() == {"error": "huggg limit of this purchase reached."}
    await refused(town, "purchase.limit: must be at most 3, as many as there are.", quantity=3, limit=4)
    await refused(town, "purchase.limit: must be a whole number from 1 to 100000.", limit=0)


async def test_a_huggg_is_scheduled_for_the_start_of_a_day_where_its_brand_is(town: World) -> None:
    day = await today(town) + timedelta(days=10)
    (huggg,) = await town.buy(sendDate=str(day), receivers=[{"user_id": str(town.bo.id)}])
    [row] = await sql(
        town.platform.database,
        "SELECT sent_at = $1::date::timestamp AT TIME ZONE 'Europe/London' AS that_day,"
        " created_at <= now() AS bought FROM hugggs WHERE id = $2",
        day,
        UUID(huggg["id"]),
    )
    assert tuple(row) == (True, True)
    assert (huggg["created_at"], huggg["status"], huggg["status_code"]) == ("today", 12, "UC")
    assert huggg["expiry_date"] == str(day + timedelta(days=365))
    assert huggg["sent_date"] > huggg["updated_at"]


async def test_a_huggg_for_today_is_sent_when_it_is_bought(town: World) -> None:
    (huggg,) = await town.buy(sendDate=str(await today(town)))
    assert huggg["sent_date"] == huggg["updated_at"]
    assert (huggg["status"], huggg["created_at"]) == (12, "today")


async def test_a_huggg_is_good_through_the_day_that_was_asked_for(town: World) -> None:
    day = await today(town)
    for last in (day, day + timedelta(days=1), day + timedelta(days=365)):
        (huggg,) = await town.buy(expiryDate=str(last))
        assert huggg["expiry_date"] == str(last)
        ends = "SELECT expires_at = last_instant($1, 'Europe/London') FROM hugggs WHERE id = $2"
        assert await scalar(town.platform.database, ends, last, UUID(huggg["id"])) is True
    later = day + timedelta(days=30)
    (huggg,) = await town.buy(sendDate=str(later), expiryDate=str(later + timedelta(days=365)))
    assert huggg["expiry_date"] == str(later + timedelta(days=365))


async def test_days_that_make_no_sense_are_refused_and_nothing_moves(town: World) -> None:
    day = await today(town)
    past, last = day - timedelta(days=1), day + timedelta(days=365)
    await refused(town, "purchase.sendDate: must not be in the past.", sendDate=str(past))
    await refused(town, "purchase.sendDate: must not be in the past.", sendDate="0001-01-01")
    await refused(town, "purchase.sendDate: must not be in the past.", sendDate="2020-05-05T09:00:00Z")
    form = "must be a day like 2026-12-24, or an instant like 2026-12-24T09:00:00Z."
    for odd in ("soon", "2027-05-05T09:00:00", "9999-12-31T23:59:59-12:00", "2027-13-01", ""):
        await refused(town, f"purchase.sendDate: {form}", sendDate=odd)
    ahead = "purchase.sendDate: must be at most 365 days ahead."
    await refused(town, ahead, sendDate=str(last + timedelta(days=1)))
    await refused(town, ahead, sendDate="9999-12-31", expiryDate="9999-12-31")
    await refused(town, ahead, sendDate="9998-12-31T23:59:59Z")
    early = f"purchase.expiryDate: must not be before {day}, when it is sent."
    for never in (str(past), "0001-01-01"):
        await refused(town, early, expiryDate=never)
    late = f"purchase.expiryDate: must not be after {last}."
    for never in (str(last + timedelta(days=1)), "9999-12-31"):
        await refused(town, late, expiryDate=never)
    await refused(
        town,
        f"purchase.expiryDate: must not be before {last}, when it is sent.",
        sendDate=str(last),
        expiryDate=str(day),
    )


@pytest.mark.parametrize("time_zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
async def test_today_is_today_where_the_brand_is(world: World, time_zone: str) -> None:
    """A day apart or two: at each instant one of the two has another date than London."""
    database = world.platform.database
    await sql(database, "UPDATE brands SET time_zone = $1 WHERE id = $2", time_zone, world.harbour)
    day = await today(world, time_zone)
    (huggg,) = await world.buy(sendDate=str(day), expiryDate=str(day))
    assert huggg["expiry_date"] == str(day)
    await refused(
        world, "purchase.sendDate: must not be in the past.", sendDate=str(day - timedelta(days=1))
    )
