"""siege: honest tills' slowest per cent in peace ÷ the same while a few connections ask for too much.

Four tills of a merchant look up codes and redeem, at a pace that is no effort; beside them a siege
goes on, of one kind after another, each from one address, the tills' own. No till may be refused, and
the worst ratio counts. Besiegers, server, database and tills share the machine: the ratio tells also
who got a core, and only the number of refusals is the server's own.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from multiprocessing import get_context
from secrets import token_hex
from typing import Any

from bench.load import Load, request, run
from bench.redeem import path, redemptions
from bench.stand import Stand, bought, buyer_token, merchant, platform, served, stand, till_token
from huggg.hugggs.huggg import Huggg
from huggg.identity.log_in import open_session
from huggg.payments.card import Card
from huggg.payments.cards import add_card
from huggg.server.wiring import build_processor
from huggg.wallets.top_up import top_up

TILLS = 4
PACE = 60.0
"""Calls a second, of all tills together."""

MANY = 300
PIPELINING = 260
ASKED = 200_000
WARM_SECONDS = 1.0

SLOW_CARD = "fake_slow_siege"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The access tokens of a siege: a till's, a buyer's and a client's."""

    till: str
    buyer: str
    client: str


Siege = Callable[[int, float], object]
"""Besieges the server at a port for so many seconds."""


def measure(seconds: float = 5.0) -> dict[str, Any]:
    """Measure the tills in peace, and through each siege for so long."""
    with stand() as bare:
        at = replace(bare, environment={**bare.environment, "HUGGG_CARD_PROCESSOR": "fake"})
        pairs = int(PACE * (len(NAMES) + 2) * seconds) // 2 + 1
        hugggs, tokens = asyncio.run(_prepare(at, 2 * pairs))
        code_reads = codes(hugggs[:pairs], tokens.till)  # of others, as a redeemed one has no codes
        redeemed = redemptions(at, hugggs[pairs:], tokens.till)
        till = chain.from_iterable(zip(code_reads, redeemed, strict=True))
        with served(at, workers=1) as port:
            tills(port, till, seconds)  # the first calls find everything cold
            peace = tills(port, till, seconds)
            loads = {
                name: besieged(port, siege, till, seconds) for name, siege in _sieges(at, tokens).items()
            }
    calm = peace.percentile(0.99)
    ratios = {name: load.percentile(0.99) / calm for name, load in loads.items()}
    return {
        "ratio": 1 / max(ratios.values()),
        "calm_p99_ms": calm * 1000,
        "calls": sum(load.statuses.total() for load in loads.values()),
        "refused": sum(refused(load) for load in loads.values()),
        **{f"{name}_refused": refused(load) for name, load in loads.items()},
        **{f"{name}_p99_times": ratio for name, ratio in ratios.items()},
    }


def refused(load: Load) -> int:
    """Count the calls that were neither answered nor recorded."""
    return load.other_than(200, 201)


async def _prepare(at: Stand, count: int) -> tuple[list[Huggg], Tokens]:
    async with platform(at) as tools:
        hugggs = await bought(at, tools, count)
        wallet = at.world["buyer"]["wallet_id"]
        await top_up(tools.database, wallet_id=wallet, amount=1_000_000_00)
        processor = build_processor(replace(at.settings, card_processor="fake"), tools.database)
        username = at.world["buyer"]["username"]
        await add_card(
            tools.database, tools.vault, processor, username=username, card=Card(SLOW_CARD, None)
        )
        pair = await open_session(
            tools.database, tools.vault, client_id=at.world["client_id"], user_id=None
        )
        return hugggs, Tokens(await till_token(at, tools), await buyer_token(at, tools), pair.access)


def codes(hugggs: list[Huggg], token: str) -> list[bytes]:
    """Write the requests for the adjustment codes of each."""
    return [
        request("GET", path(huggg).replace("redemptions", "product/adjustment-codes"), token)
        for huggg in hugggs
    ]


def tills(port: int, calls: Iterator[bytes], seconds: float) -> Load:
    """Let the tills make so many seconds' calls at their pace."""
    some = list(islice(calls, int(PACE * seconds)))
    assert some, "there were too few hugggs"
    return run(port, some, connections=TILLS, rate=PACE)


def besieged(port: int, siege: Siege, calls: Iterator[bytes], seconds: float) -> Load:
    """Let the tills work amid a siege, which has begun before and ends after."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as besiegers:
        under_way = besiegers.submit(siege, port, seconds + 2 * WARM_SECONDS)
        time.sleep(WARM_SECONDS)
        load = tills(port, calls, seconds)
        under_way.result()
    return load


def flood(requests: tuple[bytes, ...], connections: int, port: int, seconds: float) -> None:
    """Ask the same again and again, and at once when refused."""
    every = list(islice(chain.from_iterable([requests] * ASKED), ASKED))
    run(port, every, connections=connections, seconds=seconds, heedless=True)


def leave_unread(port: int, seconds: float) -> None:
    """Ask for many large answers on each of many connections, and read none of them."""
    requests = b"GET /schema/openapi.json HTTP/1.1\r\nHost: bench\r\n\r\n" * 200
    until = time.monotonic() + seconds
    with ExitStack() as stack:
        lines = []
        for _ in range(PIPELINING):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            line.setblocking(False)
            lines.append(line)
        while time.monotonic() < until:
            for line in lines:
                with suppress(OSError):
                    line.send(requests)
            time.sleep(0.2)


def hold_bodies_back(token: str, port: int, seconds: float) -> None:
    """Send all of a request but the end of its body, on many connections."""
    began = request("POST", "/api/v2/transactions", token, b" " * 100)[:-1]
    with ExitStack() as stack:
        for _ in range(MANY):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            line.send(began)
        time.sleep(seconds)


NAMES = ("ready", "unread", "lists", "logins", "cards", "strangers", "bodies")


def _sieges(at: Stand, tokens: Tokens) -> dict[str, Siege]:
    embeds = "&".join(f"embed[]={name}" for name in ("purchase", "purchase.brand", "message", "user"))
    listed = request("GET", f"/api/v2/hugggs/sent?per_page=100&{embeds}", tokens.buyer)
    strangers = tuple(request("GET", "/api/v2/brands", token_hex(16)) for _ in range(10_000))
    return {
        "ready": partial(flood, (b"GET /health/ready HTTP/1.1\r\nHost: bench\r\n\r\n",), MANY),
        "unread": leave_unread,
        "lists": partial(flood, (listed,), MANY),
        "logins": partial(flood, (_log_in(at, tokens),), MANY),
        "cards": partial(flood, (_order(at, tokens),), MANY),
        "strangers": partial(flood, strangers, MANY),
        "bodies": partial(hold_bodies_back, tokens.buyer),
    }


def _log_in(at: Stand, tokens: Tokens) -> bytes:
    buyer = at.world["buyer"]
    body = '{"grant_type":"password","username":"%s","password":"%s"}'
    filled = body % (buyer["username"], buyer["password"])
    return request("POST", "/oauth/token", tokens.client, filled.encode())


def _order(at: Stand, tokens: Tokens) -> bytes:
    body = '{"payment":{"method":"card","reference":"%s"},"purchase":{"type":"huggg","reference":"%s"}}'
    filled = body % (SLOW_CARD, merchant(at)["products"][0]["id"])
    return request("POST", "/api/v2/transactions", tokens.buyer, filled.encode())
