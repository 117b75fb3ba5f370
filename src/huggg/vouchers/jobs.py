"""The workers' part of vouchers."""

from __future__ import annotations

from functools import partial

from huggg.database.pool import Database
from huggg.kit.chores import Chore
from huggg.kit.codes import Vault
from huggg.kit.queues import Queue
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.settle_issuances import settle_due
from huggg.vouchers.store import queries

PAUSE_SECONDS = 2.0
SWEEP_SECONDS = 60.0


def issuances_queue() -> Queue:
    """Describe the requests that wait for outside services, for monitoring."""
    return Queue("issuances", queries.issuance_lag)


def issuances_chore(database: Database, vault: Vault, issuers: Issuers) -> Chore:
    """Describe the chore that asks outside services again."""
    return Chore("issuances", PAUSE_SECONDS, partial(settle_due, database, vault, issuers))


def codes_chore(database: Database) -> Chore:
    """Describe the chore that frees codes which a drawer reserved and never assigned."""
    return Chore("codes", SWEEP_SECONDS, partial(database.rows, queries.release_lapsed))
