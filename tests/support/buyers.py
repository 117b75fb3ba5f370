"""Buyers with a list of their own, and the rows that a test of lists needs around a huggg."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from huggg.hugggs.voucher_seal import voucher_sealed_for
from huggg.identity.caller import UserKind
from huggg.identity.create import create_team
from huggg.kit.ids import new_id
from huggg.wallets.open_wallet import open_wallet
from huggg.wallets.top_up import top_up
from tests.support.people import add_user
from tests.support.sql import sql
from tests.support.world import Person, World, token_for

VOUCHER_ENDS = datetime(2027, 10, 31, 23, 59, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Buyer:
    """A user with a team and a wallet, who has bought nothing yet."""

    person: Person
    wallet: UUID

    async def buy(
        self, world: World, product: UUID | None = None, **purchase: Any
    ) -> tuple[str, list[dict[str, Any]]]:
        """Buy; gives the transaction's id and its hugggs as published."""
        order = world.order(product, **purchase)
        order["payment"]["reference"] = str(self.wallet)
        path = "/api/v2/transactions?embed[]=hugggs"
        answer = await world.call("POST", path, self.person, order)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["id"], answer.json()["embedded"]["hugggs"]


async def new_buyer(world: World, pence: int = 10_000_00) -> Buyer:
    """Register one."""
    database = world.platform.database
    team = await create_team(database, name="A team")
    wallet = await open_wallet(database, team_id=team, name="A wallet")
    await top_up(database, wallet_id=wallet, amount=pence)
    user_id = await add_user(database, name="A buyer", kind=UserKind.CUSTOMER, team_id=team)
    return Buyer(Person(user_id, await token_for(world.platform, user_id)), wallet)


async def add_segment(world: World, product: UUID, brand: UUID, name: str) -> UUID:
    """Group a product's vouchers."""
    segment = new_id()
    await sql(
        world.platform.database,
        "WITH added AS (INSERT INTO segments (id, brand_id, name) VALUES ($1, $2, $3) RETURNING id)"
        " INSERT INTO product_segments (product_id, segment_id, position)"
        " SELECT $4, id, (SELECT count(*) FROM product_segments WHERE product_id = $4) FROM added",
        segment,
        brand,
        name,
        product,
    )
    return segment


async def give_voucher(world: World, huggg: str, segment: UUID | None, code: str) -> UUID:
    """Let a huggg have turned into a code that we choose."""
    voucher, huggg_id = new_id(), UUID(huggg)
    sealed = world.platform.vault.seal(code.encode(), bound_to=voucher_sealed_for(huggg_id, voucher))
    await sql(
        world.platform.database,
        "WITH drawn AS (INSERT INTO vouchers (huggg_id, id, segment_id, code, expires_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, now()) RETURNING huggg_id, id)"
        " UPDATE hugggs h SET voucher_id = drawn.id FROM drawn WHERE h.id = drawn.huggg_id",
        huggg_id,
        voucher,
        segment,
        sealed,
        VOUCHER_ENDS,
    )
    return voucher


AGE = 400
"""Days: more than any huggg lives."""


async def grow_old(world: World, huggg: str, days: int = AGE) -> None:
    """Move a huggg's whole life so many days into the past, by London's calendar."""
    await sql(
        world.platform.database,
        "UPDATE hugggs h SET expiry_date = h.expiry_date - $2::int,"
        " expires_at = last_instant(h.expiry_date - $2::int, 'Europe/London'),"
        " created_at = moved.created AT TIME ZONE 'Europe/London',"
        " updated_at = moved.updated AT TIME ZONE 'Europe/London',"
        " sent_at = moved.sent AT TIME ZONE 'Europe/London'"
        " FROM (SELECT created_at AT TIME ZONE 'Europe/London' - $2::int * interval '1 day' AS created,"
        "              updated_at AT TIME ZONE 'Europe/London' - $2::int * interval '1 day' AS updated,"
        "              sent_at AT TIME ZONE 'Europe/London' - $2::int * interval '1 day' AS sent"
        "         FROM hugggs WHERE id = $1) AS moved"
        " WHERE h.id = $1",
        UUID(huggg),
        days,
    )


@asynccontextmanager
async def grown_old(world: World, huggg: str) -> AsyncIterator[None]:
    """Have a huggg's last day over for the length of a block."""
    await grow_old(world, huggg)
    yield
    await grow_old(world, huggg, -AGE)
