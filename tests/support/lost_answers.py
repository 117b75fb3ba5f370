"""A till, a server and a network between them that loses, doubles and delays messages as it is told.

The till sends a redemption under an id of its own until it is answered, or gives up and sends the
reversal until that is answered. Its books then say which sales stand, and a test compares both books.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from uuid import UUID


class Message(Enum):
    REDEEM = "redeem"
    REVERSE = "reverse"


Server = Callable[[Message, UUID, UUID], Awaitable[int]]
"""Answers a message about a huggg, under the till's id, with a status."""

ANSWERED = 201
COME_AGAIN = frozenset({409, 503})
"""Statuses after which a till sends the same message again."""


@dataclass
class Sale:
    """One sale of the till, and its place in the till's books."""

    huggg: UUID
    id: UUID
    message: Message = Message.REDEEM
    stands: bool | None = None  # not known yet

    def give_up(self) -> None:
        if self.stands is None:
            self.message = Message.REVERSE

    def hear(self, message: Message, status: int) -> None:
        """Take an answer; one to a message that the till no longer sends means nothing to it."""
        if self.stands is None and message is self.message and status not in COME_AGAIN:
            self.stands = message is Message.REDEEM and status == ANSWERED


@dataclass
class Network:
    """Messages under way; each step of it is drawn."""

    server: Server
    sales: list[Sale]
    chance: Random
    under_way: list[tuple[Message, Sale]] = field(default_factory=list)
    unheard: int = 0  # messages that were lost, or whose answer was

    async def run(self, steps: int) -> None:
        """Let so many things happen, then let every till hear an answer, and every old copy arrive."""
        for _ in range(steps):
            await self._step()
        for sale in self.sales:
            while sale.stands is None:
                await self._deliver(sale.message, sale, is_heard=True)
        self.chance.shuffle(self.under_way)
        for message, sale in self.under_way:
            await self._deliver(message, sale, is_heard=False)

    async def _step(self) -> None:
        sale = self.chance.choice(self.sales)
        match self.chance.randrange(6):
            case 0 | 1:
                if sale.stands is None:
                    self.under_way += [(sale.message, sale)] * self.chance.randint(1, 3)
            case 2:
                if self.chance.random() < 0.4:
                    sale.give_up()
            case _:
                if self.under_way:
                    place = self.chance.randrange(len(self.under_way))
                    message, sale = self.under_way.pop(place)
                    if self.chance.random() < 0.8:
                        await self._deliver(message, sale, is_heard=self.chance.random() < 0.5)
                    else:
                        self.unheard += 1

    async def _deliver(self, message: Message, sale: Sale, *, is_heard: bool) -> None:
        status = await self.server(message, sale.huggg, sale.id)
        if is_heard:
            sale.hear(message, status)
        else:
            self.unheard += 1
