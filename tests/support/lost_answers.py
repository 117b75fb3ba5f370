"""A till, a server and a network between them that loses, doubles and delays messages as it is told.

The till sends each message until it is answered. Its books then say which sales stand, and a test
compares the books of both sides. A sale goes one of three ways: under an id of the till's own, by a
hold, or by the published calls under idempotency keys.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from random import Random
from typing import NamedTuple
from uuid import UUID


class Way(Enum):
    """The calls by which a till makes a sale."""

    NAMED = "named"
    HELD = "held"
    KEYED = "keyed"


class Message(Enum):
    """A message of the till; the way of its sale says which call it is."""

    HOLD = "hold"
    REDEEM = "redeem"  # of a held sale, the confirmation
    REVERSE = "reverse"
    TAKE_BACK = "take back"  # by the published call


class Answer(NamedTuple):
    """An answer of the server. `comes_again`: the till is to send the message again."""

    status: int
    id: UUID | None = None
    comes_again: bool = False

    @property
    def is_done(self) -> bool:
        return self.status in {HTTPStatus.OK, HTTPStatus.CREATED}


@dataclass
class Sale:
    """One sale of the till, and its place in the till's books."""

    huggg: UUID
    id: UUID  # of its redemption, or in its idempotency keys
    way: Way = Way.NAMED
    message: Message | None = None  # is sent until it is answered
    hold_id: UUID | None = None
    redemption_id: UUID | None = None  # the one that stands
    is_given_up: bool = False

    def __post_init__(self) -> None:
        """Begin the sale."""
        self.message = Message.HOLD if self.way is Way.HELD else Message.REDEEM

    def give_up(self) -> None:
        """Let the customer walk away, or bring back the goods of a sale that stands."""
        self.is_given_up = True
        if self.redemption_id is not None:
            self.message = Message.REVERSE if self.way is Way.HELD else Message.TAKE_BACK
        elif self.message is Message.REDEEM and self.way is not Way.KEYED:
            self.message = Message.REVERSE

    def hear(self, message: Message, answer: Answer) -> None:
        """Take an answer; one to a message that the till no longer sends means nothing to it."""
        if message is not self.message or answer.comes_again:
            return
        self.message = None
        if message is Message.HOLD:
            self.hold_id = answer.id
            if answer.is_done:
                self.message = Message.REVERSE if self.is_given_up else Message.REDEEM
            return
        self.redemption_id = answer.id if message is Message.REDEEM and answer.is_done else None
        if self.redemption_id is not None and self.is_given_up:  # before the answer came
            self.message = Message.TAKE_BACK


Server = Callable[[Message, Sale], Awaitable[Answer]]
Clock = Callable[[UUID], Awaitable[None]]
"""Lets the time of the hold on a huggg run out."""


@dataclass
class Network:
    """Messages under way; each step of it is drawn."""

    server: Server
    sales: list[Sale]
    chance: Random
    lapse: Clock | None = None
    under_way: list[tuple[Message, Sale]] = field(default_factory=list)
    unheard: int = 0  # messages that were lost, or whose answer was

    async def run(self, steps: int) -> None:
        """Let so many things happen, then let every till hear an answer, and every old copy arrive."""
        for _ in range(steps):
            await self._step()
        for sale in self.sales:
            while sale.message is not None:
                await self._deliver(sale.message, sale, is_heard=True)
        self.chance.shuffle(self.under_way)
        for message, sale in self.under_way:
            await self._deliver(message, sale, is_heard=False)

    async def _step(self) -> None:
        sale = self.chance.choice(self.sales)
        match self.chance.randrange(7):
            case 0 | 1:
                if sale.message is not None:
                    self.under_way += [(sale.message, sale)] * self.chance.randint(1, 3)
            case 2:
                if self.chance.random() < 0.4:
                    sale.give_up()
            case 3:
                if self.lapse is not None and self.chance.random() < 0.2:
                    await self.lapse(sale.huggg)
            case _:
                if self.under_way:
                    place = self.chance.randrange(len(self.under_way))
                    message, sale = self.under_way.pop(place)
                    if self.chance.random() < 0.8:
                        await self._deliver(message, sale, is_heard=self.chance.random() < 0.5)
                    else:
                        self.unheard += 1

    async def _deliver(self, message: Message, sale: Sale, *, is_heard: bool) -> None:
        answer = await self.server(message, sale)
        if is_heard:
            sale.hear(message, answer)
        else:
            self.unheard += 1
