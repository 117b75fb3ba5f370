"""`python -m tests.faults.launch [--without GUARD] [--die STEP] [--deadline S] [--patience S] … serve …`

The real command with something taken away, for tests that must show that they would notice; or with a
step at which it kills itself. Mostly text of a loaded statement is taken away; text that is no
longer there is an error, so that a test of a guard cannot quietly outlive it. Production code knows
nothing of this.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Protocol

from huggg.cli import main
from huggg.database import pool, sessions
from huggg.database.embedded import EmbeddedPostgres
from huggg.database.postmaster import SlowStop
from huggg.database.queries import Queries
from huggg.http import protocol
from huggg.keys import roll_call
from huggg.kit import idempotency, limits
from huggg.kit.ids import new_id
from huggg.payments import store
from huggg.payments.fake import FakeProcessor
from huggg.payments.payment import KEY_PREFIX, Payment
from huggg.processes import worker_process
from huggg.redemptions import redeem
from huggg.transactions import complete_purchase, insert_purchase, settle_payment


class Protection(Protocol):
    """Something that can be taken away from a process."""

    def take_away(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Guard:
    """Conditions in a statement that say one rule: where they stand and how they read."""

    queries: Queries
    statement: str
    texts: tuple[str, ...]

    def take_away(self) -> None:
        """Let this process run the statement without them."""
        whole = getattr(self.queries, self.statement)
        sql = whole.sql
        for text in self.texts:
            numbered = re.sub(
                r"(?<!:):(\w+)", lambda parameter: f"${whole.names.index(parameter[1]) + 1}", text
            )
            assert sql.count(numbered) == 1, f"{self.statement} has not one {numbered!r}"
            sql = sql.replace(numbered, "")
        setattr(self.queries, self.statement, replace(whole, sql=sql))


class Spare:
    """That some connections are for other callers than the one who asks most."""

    def take_away(self) -> None:
        """Let one caller have all of them."""
        sessions.SPARE = 0.0


class Kept:
    """That the embedded database is started again when it dies."""

    def take_away(self) -> None:
        """Take it for alive, also after its death."""
        setattr(EmbeddedPostgres, "is_up", lambda _: True)  # noqa: B010 - a method, to the type checker


class Hastened:
    """That a stop of the embedded database that waits for sessions is sped up."""

    def take_away(self) -> None:
        """Let it wait."""
        setattr(SlowStop, "speed_up", lambda *_: None)  # noqa: B010 - as above


class Bulkhead:
    """That slow operations have connections of their own."""

    def take_away(self) -> None:
        """Let them have those of all others."""
        sessions.SLOW_PART = sys.maxsize


class Lingering:
    """That the rest of a request is read after the answer that closes the connection."""

    def take_away(self) -> None:
        """Close it at once."""
        setattr(protocol.BoundedHttp, "begin_to_linger", lambda _: False)  # noqa: B010 - as above


class SameKey:
    """That every call about a payment carries the same key."""

    def take_away(self) -> None:
        """Draw a fresh one each time."""
        fresh: Any = property(lambda _: f"{KEY_PREFIX}{new_id()}")
        Payment.processor_key = fresh  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class Death:
    """A step of a purchase by card, and whether the end comes before it or after."""

    owner: Any
    step: str
    before: bool = False

    def prepare(self) -> None:
        """Let this process end there as if the power had gone."""
        really: Callable[..., Awaitable[Any]] = getattr(self.owner, self.step)

        @wraps(really)
        async def deadly(*args: Any, **names: Any) -> Any:
            if not self.before:
                await really(*args, **names)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(self.owner, self.step, deadly)


DEATHS = {
    "before intending": Death(store, "intend", before=True),
    "after intending": Death(store, "intend"),
    "after charging": Death(FakeProcessor, "charge"),
    "after recording": Death(complete_purchase, "insert_purchase"),
    "after deciding to refund": Death(store, "decide_refund"),
    "after refunding": Death(FakeProcessor, "refund"),
    "after failing": Death(settle_payment, "_fail"),
}

GUARDS: dict[str, Protection] = {
    "unspent": Guard(redeem.queries, "redeem", ("AND num_nonnulls(h.redemption_id) = 0",)),
    "funds": Guard(insert_purchase.queries, "buy", ("WHERE r.spent <= w.available",)),
    "lease": Guard(
        idempotency.queries, "reserve", ("AND existing.lease_until < now()", "OR k.lease_until >= now()")
    ),
    "count": Guard(limits.queries, "draw", ("extract(epoch FROM h.full_at - now()) * 1000000,",)),
    "reservation": Guard(
        insert_purchase.queries,
        "buy",
        ("AND (p.payment_id IS NOT NULL OR p.key IS NULL OR p.n IN (SELECT n FROM reserved_keys))",),
    ),
    "unsettled": Guard(insert_purchase.queries, "buy", ("AND p.state = 'intended'",)),
    "payment key": SameKey(),
    "everybody": Guard(
        roll_call.queries, "bring_into_use", ("WHERE NOT EXISTS (SELECT FROM processes_without)",)
    ),
    "spare": Spare(),
    "keeper": Kept(),
    "slow stop": Hastened(),
    "bulkhead": Bulkhead(),
    "lingering": Lingering(),
}


def without(
    *guards: str,
    deadline: float | None = None,
    patience: float | None = None,
    silence: float | None = None,
) -> list[str]:
    """Write the command that starts a server like this."""
    options = [word for guard in guards for word in ("--without", guard)]
    if deadline is not None:
        options += ["--deadline", str(deadline)]
    if patience is not None:
        options += ["--patience", str(patience)]
    if silence is not None:
        options += ["--silence", str(silence)]
    return [sys.executable, "-m", "tests.faults.launch", *options]


def dying(step: str) -> list[str]:
    """Write the command that starts a server which kills itself at a step."""
    return [sys.executable, "-m", "tests.faults.launch", "--die", step]


def run() -> None:
    """Take the named functions away, then be `huggg`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--without", choices=GUARDS, action="append", default=[])
    parser.add_argument("--die", choices=DEATHS)
    parser.add_argument("--deadline", type=float, default=pool.STATEMENT_SECONDS_MAX)
    parser.add_argument("--patience", type=float)
    parser.add_argument("--silence", type=int, default=worker_process.SILENCE_SECONDS_MAX)
    chosen, command = parser.parse_known_args()
    for name in chosen.without:
        GUARDS[name].take_away()
    if chosen.die is not None:
        DEATHS[chosen.die].prepare()
    pool.STATEMENT_SECONDS_MAX = chosen.deadline
    worker_process.SILENCE_SECONDS_MAX = chosen.silence
    if chosen.patience is not None:
        protocol.HEAD_SECONDS_MAX = chosen.patience
        protocol.BODY_SECONDS_MAX = chosen.patience
        protocol.ANSWER_SECONDS_MAX = chosen.patience
        protocol.LINGER_SECONDS_MAX = chosen.patience
        protocol.IDLE_SECONDS_MAX = chosen.patience
        protocol.CHECK_SECONDS = chosen.patience / 4
    sys.argv = ["huggg", *command]
    main()


if __name__ == "__main__":
    run()
