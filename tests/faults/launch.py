"""`python -m tests.faults.launch [--without GUARD] [--deadline SECONDS] [--patience SECONDS] serve …`

The real command with something taken away, for tests that must show that they would notice. What is
taken away is text of a loaded statement; text that is no longer there is an error, so that a test of a
guard cannot quietly outlive it. Production code knows nothing of this.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass, replace

from huggg.database import pool
from huggg.database.queries import Queries
from huggg.kit import idempotency, limits
from huggg.redemptions import redeem
from huggg.server import http
from huggg.server.cli import main
from huggg.transactions import buy


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
            numbered = re.sub(r"(?<!:):(\w+)", lambda named: f"${whole.names.index(named[1]) + 1}", text)
            assert sql.count(numbered) == 1, f"{self.statement} has not one {numbered!r}"
            sql = sql.replace(numbered, "")
        self.queries._statements[self.statement] = replace(whole, sql=sql)


GUARDS = {
    "unspent": Guard(redeem.queries, "redeem", ("AND h.redemption_id IS NULL",)),
    "funds": Guard(buy.queries, "buy", ("AND available >= :retail",)),
    "lease": Guard(
        idempotency.queries, "reserve", ("AND held.lease_until < now()", "OR k.lease_until >= now()")
    ),
    "count": Guard(limits.queries, "draw", ("extract(epoch FROM h.full_at - now()) * 1000000,",)),
    "reservation": Guard(
        buy.queries, "buy", ("AND (:key::text IS NULL OR EXISTS (SELECT FROM reserved))",)
    ),
}


def without(*guards: str, deadline: float | None = None, patience: float | None = None) -> list[str]:
    """Write the command that starts a server like this."""
    options = [word for guard in guards for word in ("--without", guard)]
    if deadline is not None:
        options += ["--deadline", str(deadline)]
    if patience is not None:
        options += ["--patience", str(patience)]
    return [sys.executable, "-m", "tests.faults.launch", *options]


def run() -> None:
    """Take away what was named, then be `huggg`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--without", choices=GUARDS, action="append", default=[])
    parser.add_argument("--deadline", type=float, default=pool.STATEMENT_SECONDS_MAX)
    parser.add_argument("--patience", type=float)
    chosen, command = parser.parse_known_args()
    for name in chosen.without:
        GUARDS[name].take_away()
    pool.STATEMENT_SECONDS_MAX = chosen.deadline
    if chosen.patience is not None:
        http.HEAD_SECONDS_MAX = http.BODY_SECONDS_MAX = http.ANSWER_SECONDS_MAX = chosen.patience
        http.LOOK_SECONDS = chosen.patience / 4
    sys.argv = ["huggg", *command]
    main()


if __name__ == "__main__":
    run()
