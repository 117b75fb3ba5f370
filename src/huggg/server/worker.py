"""The worker of an installation: what every noun gives it to do."""

from __future__ import annotations

from functools import partial

from huggg.hugggs.typable import redeem_codes_chore
from huggg.hugggs.word_lists import words_chore
from huggg.identity.sweep import sweep_sessions
from huggg.jobs.worker import Worker
from huggg.kit.chores import Chore
from huggg.kit.limits import Buckets
from huggg.kit.platform import Platform
from huggg.server.wiring import build_consumers
from huggg.transactions.jobs import payments_chore
from huggg.transactions.settle_payment import Checkout
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.jobs import codes_chore, issuances_chore

SWEEP_SECONDS = 10.0
BUCKETS_SECONDS = 60.0


def build_worker(checkout: Checkout, issuers: Issuers) -> Worker:
    """Put together what workers do."""
    chores = [*build_reconcilers(checkout, issuers), *build_chores(checkout.platform)]
    return Worker(checkout.platform.database, consumers=build_consumers(), chores=chores)


def build_reconcilers(checkout: Checkout, issuers: Issuers) -> list[Chore]:
    """Collect what asks outside services again."""
    database, vault = checkout.platform.database, checkout.platform.vault
    return [issuances_chore(database, vault, issuers), payments_chore(checkout)]


def build_chores(platform: Platform) -> list[Chore]:
    """Collect the sweeps of old rows, and what this release makes of rows that an older one wrote."""
    database, vault = platform.database, platform.vault
    return [
        Chore("sessions", SWEEP_SECONDS, partial(sweep_sessions, database)),
        Chore("idempotency keys", SWEEP_SECONDS, platform.idempotency.sweep),
        Chore("buckets", BUCKETS_SECONDS, Buckets(database, vault).sweep),
        codes_chore(database),
        words_chore(database),
        redeem_codes_chore(database, vault),
    ]
