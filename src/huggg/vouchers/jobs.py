"""The workers' part of vouchers."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from huggg.database.pool import Database
from huggg.jobs.job import JobKind, Nothing
from huggg.kit.chores import Chore
from huggg.vouchers.store import queries

ADOPT_SECONDS = 10.0
SWEEP_SECONDS = 60.0

ISSUE_CODE = JobKind(
    name="code.issue",
    payload=Nothing,
    lease=timedelta(seconds=30),  # more than all attempts of one call
    wait_max=timedelta(minutes=68),
    attempts_max=500,  # some three weeks: a service that refused may be put right
)


def issuances_chore(database: Database) -> Chore:
    """Describe the chore that gives issuances of older servers their jobs."""
    return Chore(
        "issuances of older servers", ADOPT_SECONDS, partial(database.rows, queries.adopt_issuances)
    )


def codes_chore(database: Database) -> Chore:
    """Describe the chore that frees codes which a drawer reserved and never assigned."""
    return Chore("codes", SWEEP_SECONDS, partial(database.rows, queries.release_lapsed))
