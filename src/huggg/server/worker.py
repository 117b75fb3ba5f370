"""The worker of an installation, with the jobs, consumers and chores of all nouns."""

from __future__ import annotations

from functools import partial

from huggg.hugggs.typable import redeem_codes_chore
from huggg.hugggs.word_fingerprints import words_chore
from huggg.identity.seal_people import people_chore
from huggg.identity.sweep import sweep_sessions
from huggg.jobs.worker import Worker
from huggg.kit.chores import Chore
from huggg.kit.limits import Buckets
from huggg.notifications import jobs as notifications
from huggg.notifications.alarms import dead_jobs_chore
from huggg.notifications.confirm import confirmations_chore
from huggg.notifications.hand_over import PostOffice
from huggg.notifications.remind import reminders_chore
from huggg.offline.device_kit import forget_ended_codes
from huggg.passes import jobs as passes
from huggg.passes.desk import PassDesk
from huggg.payments import jobs as payments
from huggg.privacy.retention import retention_chore
from huggg.server.wiring import build_consumers
from huggg.transactions import jobs as transactions
from huggg.transactions.ends.expire import life_chores
from huggg.transactions.jobs import payments_chore
from huggg.transactions.move_messages import messages_chore
from huggg.transactions.settle_payment import Checkout
from huggg.vouchers import jobs as vouchers
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.jobs import codes_chore, issuances_chore

WORKS = (
    *notifications.WORKS,
    *passes.WORKS,
    *payments.WORKS,
    *transactions.WORKS,
    *vouchers.WORKS,
)
"""Every kind of job there is, with the function that does it."""

SWEEP_SECONDS = 10.0
BUCKETS_SECONDS = 60.0


def build_worker(
    checkout: Checkout, issuers: Issuers, office: PostOffice, pass_desk: PassDesk
) -> Worker:
    """Build a worker with all jobs, consumers and chores."""
    platform = checkout.platform
    tools = {
        "database": platform.database,
        "vault": platform.vault,
        "checkout": checkout,
        "processor": checkout.processor,
        "issuers": issuers,
        "office": office,
        "pass_desk": pass_desk,
    }
    return Worker(
        platform.database,
        platform.meter,
        works=[work.equipped(tools) for work in WORKS],
        consumers=build_consumers(office, pass_desk),
        chores=build_chores(checkout, office),
    )


def build_chores(checkout: Checkout, office: PostOffice) -> list[Chore]:
    """Collect the work of the clock: due hugggs, sweeps of old rows, upgrades of an older release's."""
    alarms = []
    if office.operator is not None and office.channels.mailer is not None:
        alarms = [dead_jobs_chore(office.platform.database, office.platform.vault, office.operator)]
    platform = checkout.platform
    database, vault = platform.database, platform.vault
    return [
        Chore("sessions", SWEEP_SECONDS, partial(sweep_sessions, database)),
        Chore("idempotency keys", SWEEP_SECONDS, platform.idempotency.sweep),
        Chore("offline codes", BUCKETS_SECONDS, partial(forget_ended_codes, database)),
        Chore("buckets", BUCKETS_SECONDS, Buckets(database, vault).sweep),
        codes_chore(database),
        issuances_chore(database),
        payments_chore(checkout),
        people_chore(database, vault),
        words_chore(database, vault),
        messages_chore(database, vault),
        redeem_codes_chore(database, vault),
        *life_chores(database),
        reminders_chore(database, vault),
        confirmations_chore(database),
        retention_chore(database),
        *alarms,
    ]
