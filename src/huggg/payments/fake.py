"""A processor of our own, for demos and tests: it moves no money, and forgets nothing.

Its ledger is a file beside the database, independent of it, so that a test can compare the two. All
processes of an installation share it. The first word after `fake_` in a card's reference is its effect;
the rest tells people's cards apart, as in `fake_ok_amara`:

ok         is charged
declined   is declined, for want of funds
slow       is charged after two seconds
lost       is charged, and the answer is lost, the first time
silent     is not charged and not answered, the first time
away       is never charged and never answered
stuck      is charged, but a refund is not answered, the first time
twice      is charged, and the news of it comes twice before the answer does
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from huggg.payments.card import Card, CardDetails
from huggg.payments.errors import CardsNotTaken, ProcessorSilent, UnknownCard
from huggg.payments.payment import payment_named
from huggg.payments.processor import Charge, Charged, Declined, KeyReusedError, PartialRefund

FILE_NAME = "fake-processor.sqlite"
PREFIX = "fake_"
BEHAVIOURS = ("ok", "declined", "slow", "lost", "silent", "away", "stuck", "twice")
SLOW_SECONDS = 2.0
BUSY_SECONDS = 10.0

CALLS = """
CREATE TABLE IF NOT EXISTS calls (number INTEGER PRIMARY KEY, key TEXT NOT NULL, verb TEXT NOT NULL)
"""
CHARGES = """
CREATE TABLE IF NOT EXISTS charges (
    number    INTEGER PRIMARY KEY,
    key       TEXT NOT NULL UNIQUE,
    card      TEXT NOT NULL,
    amount    INTEGER NOT NULL,
    currency  TEXT NOT NULL,
    charged   INTEGER NOT NULL,     -- 0: declined
    refunded  INTEGER NOT NULL DEFAULT 0
)
"""
PARTS = """
CREATE TABLE IF NOT EXISTS parts (
    number  INTEGER PRIMARY KEY,
    key     TEXT NOT NULL UNIQUE,
    charge  TEXT NOT NULL,           -- its key
    amount  INTEGER NOT NULL
)
"""
COLUMNS = """
key, card, amount, charged, refunded,
(SELECT coalesce(sum(p.amount), 0) FROM parts p WHERE p.charge = charges.key)
"""

Hear = Callable[[UUID], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of the ledger: a charge, or a card that was declined."""

    key: str
    card: str
    amount: int
    charged: bool
    refunded: bool  # as a whole
    given_back: int = 0  # in parts


async def _ignore_report(_: UUID) -> None:
    """Receive the report of a charge and ignore it."""


class FakeProcessor:
    """Keeps the ledger, and behaves as each card says."""

    name = "fake"
    takes_cards = True

    def __init__(self, folder: Path, hear: Hear = _ignore_report) -> None:
        """Open the ledger at its first use; `hear` is called where a processor would call back."""
        self._path = folder / FILE_NAME
        self._hear = hear

    async def charge(self, request: Charge) -> Charged | Declined:
        """Charge, or repeat the key's outcome; see Processor.charge."""
        behaviour = behaviour_of(request.card)
        calls = await asyncio.to_thread(self._count_call, request.key, "charge")
        if behaviour == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        if behaviour == "away" or (behaviour == "silent" and calls == 1):
            raise ProcessorSilent
        line = await asyncio.to_thread(self._charge, request, behaviour not in {None, "declined"})
        payment_id = payment_named(request.key)
        if behaviour == "twice" and payment_id is not None:
            await self._hear(payment_id)
            await self._hear(payment_id)
        if behaviour == "lost" and calls == 1:
            raise ProcessorSilent
        if line.charged:
            return Charged(f"fake_charge_{request.key}")
        return Declined("The card has insufficient funds." if behaviour else "There is no such card.")

    async def find(self, key: str) -> Charged | None:
        """Look into the ledger."""
        line = await asyncio.to_thread(self._line, key)
        stands = line is not None and line.charged and not line.refunded
        return Charged(f"fake_charge_{key}") if stands else None

    async def refund(self, key: str, charge: str) -> None:  # noqa: ARG002 - its key says it all
        """Give a charge back, once."""
        line = await asyncio.to_thread(self._line, key)
        calls = await asyncio.to_thread(self._count_call, key, "refund")
        if line is None or not line.charged:
            raise KeyReusedError(key)
        await asyncio.to_thread(self._refund, key)
        if behaviour_of(Card(line.card, None)) == "stuck" and calls == 1:
            raise ProcessorSilent

    async def refund_part(self, part: PartialRefund) -> None:
        """Give a part of a charge back, once."""
        calls = await asyncio.to_thread(self._count_call, part.key, "refund")
        line = await asyncio.to_thread(self._refund_part, part)
        if behaviour_of(Card(line.card, None)) == "stuck" and calls == 1:
            raise ProcessorSilent

    async def details(self, card: Card) -> CardDetails:
        """Describe the card. Raises UnknownCard."""
        if behaviour_of(card) is None:
            names = ", ".join(f"{PREFIX}{name}" for name in BEHAVIOURS)
            raise UnknownCard(f"There is no card {card.reference}; the fake has {names}.")
        return CardDetails(brand="visa", last4="4242", exp_month=12, exp_year=2035)

    async def payment_of_event(self, body: bytes, signature: str) -> UUID | None:  # noqa: ARG002
        """Refuse: the fake reports charges without HTTP."""
        raise CardsNotTaken

    async def close(self) -> None:
        """Nothing is open between two calls."""

    def ledger(self) -> list[LedgerLine]:
        """Read all charges and declines of the ledger, for comparison."""
        with self._connect() as ledger:
            rows = ledger.execute(f"SELECT {COLUMNS} FROM charges ORDER BY number")  # noqa: S608 - ours
            return [_line(row) for row in rows]

    def _count_call(self, key: str, verb: str) -> int:
        """Note a call and count how many there were, of this kind for this key."""
        with self._connect() as ledger:
            ledger.execute("INSERT INTO calls (key, verb) VALUES (?, ?)", (key, verb))
            query = "SELECT count(*) FROM calls WHERE key = ? AND verb = ?"
            return int(ledger.execute(query, (key, verb)).fetchone()[0])

    def _charge(self, request: Charge, charged: bool) -> LedgerLine:  # noqa: FBT001 - passed through a thread
        with self._connect() as ledger:
            ledger.execute(
                "INSERT INTO charges (key, card, amount, currency, charged) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (key) DO NOTHING",
                (request.key, request.card.reference, request.amount, request.currency, charged),
            )
        line = self._line(request.key)
        if line is None or (line.amount, line.card) != (request.amount, request.card.reference):
            raise KeyReusedError(request.key)
        return line

    def _line(self, key: str) -> LedgerLine | None:
        with self._connect() as ledger:
            query = f"SELECT {COLUMNS} FROM charges WHERE key = ?"  # noqa: S608 - ours
            row = ledger.execute(query, (key,)).fetchone()
        return None if row is None else _line(row)

    def _refund(self, key: str) -> None:
        with self._connect() as ledger:
            ledger.execute("UPDATE charges SET refunded = 1 WHERE key = ?", (key,))

    def _refund_part(self, part: PartialRefund) -> LedgerLine:
        """Note a part, unless there is less left; an exception leaves the ledger as it was."""
        with self._connect() as ledger:
            ledger.execute(
                "INSERT INTO parts (key, charge, amount) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING",
                (part.key, part.charge_key, part.amount),
            )
            query = f"SELECT {COLUMNS} FROM charges WHERE key = ?"  # noqa: S608 - ours
            row = ledger.execute(query, (part.charge_key,)).fetchone()
            line = None if row is None else _line(row)
            if line is None or not line.charged or line.refunded or line.given_back > line.amount:
                raise KeyReusedError(part.key)
        return line

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        """Have the ledger to oneself, across processes, and find it changed as a whole or not at all."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        self._path.chmod(0o600)  # one that an older release made
        with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)) as ledger:
            ledger.execute("BEGIN IMMEDIATE")
            ledger.execute(CALLS)
            ledger.execute(CHARGES)
            ledger.execute(PARTS)
            yield ledger
            ledger.execute("COMMIT")


def _line(row: tuple[str, str, int, int, int, int]) -> LedgerLine:
    key, card, amount, charged, refunded, given_back = row
    return LedgerLine(key, card, amount, bool(charged), bool(refunded), given_back)


def behaviour_of(card: Card) -> str | None:
    """Read the effect of a card from its reference; None for one that the fake does not know."""
    if not card.reference.startswith(PREFIX):
        return None
    word = card.reference.removeprefix(PREFIX).partition("_")[0]
    return word if word in BEHAVIOURS else None
