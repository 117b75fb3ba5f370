"""A worker's part in vouchers: it asks a brand's service for a code until the code is known."""

from __future__ import annotations

from functools import partial

from asyncpg import Record

from huggg.database.pool import Database
from huggg.hugggs.reference import HugggReference
from huggg.jobs.job import Job
from huggg.jobs.worker import Work
from huggg.kit.chores import Chore
from huggg.kit.codes import Vault
from huggg.refusal import Unavailable
from huggg.vouchers.errors import NoIssuer
from huggg.vouchers.generate import insert_voucher
from huggg.vouchers.integrations import integration_of
from huggg.vouchers.issuers.issuer import IssuerKind, Need, OutrunError
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.job_kinds import ISSUE_CODE
from huggg.vouchers.store import lookup_subject, queries, subject_from
from huggg.vouchers.voucher import Subject, VoucherPlan, issuer_for

ADOPT_SECONDS = 10.0
SWEEP_SECONDS = 60.0

NOT_RECORDED = "The code that the service issued was not recorded."


def issuances_chore(database: Database) -> Chore:
    """Describe the chore that gives issuances of older servers their jobs."""
    return Chore(
        "issuances of older servers", ADOPT_SECONDS, partial(database.rows, queries.adopt_issuances)
    )


def codes_chore(database: Database) -> Chore:
    """Describe the chore that frees codes which a drawer reserved and never assigned."""
    return Chore("codes", SWEEP_SECONDS, partial(database.rows, queries.release_lapsed))


async def issue_code(job: Job, *, database: Database, vault: Vault, issuers: Issuers) -> None:
    """Ask for the code of a huggg and make its voucher, unless that is done or needless by now.

    Raises IssuerSilent, IssuerRefused, NoIssuer, and Unavailable for a code that cannot be recorded.
    """
    issuance = await database.row(queries.unsettled_issuance, huggg_id=job.subject_id)
    if issuance is None:
        return
    reference = HugggReference(job.subject_id, [])
    row = await lookup_subject(database, reference, segment_id=issuance["segment_id"]).row()
    huggg = subject_from(row, vault)
    if huggg is None or huggg.voucher_id is not None or _needless(huggg, issuance, row):
        await database.rows(queries.settle_issuance, huggg_id=job.subject_id)
        return
    plan = _plan(huggg, issuance, row)
    assert plan.issuer is not None  # noqa: S101 - for the type checker
    try:
        issued = await issuers.http.ask_again(plan.issuer, plan.need)
    except OutrunError:  # a caller's request settled it meanwhile
        return
    if await insert_voucher(database, vault, plan, issued, caller=None, now=row["now"]) is None:
        raise Unavailable(NOT_RECORDED)


def _needless(huggg: Subject, issuance: Record, row: Record) -> bool:
    """Tell whether the code is needed no more; the outcome of a sent request is needed all the same."""
    has_ended = huggg.cancelled_at or huggg.redemption_id or row["now"] >= huggg.expires_at
    return bool(has_ended) and issuance["attempts"] == 0


def _plan(huggg: Subject, issuance: Record, row: Record) -> VoucherPlan:
    integration = integration_of(huggg.integration_id)
    need = Need(
        huggg_id=huggg.id,
        brand_id=huggg.brand_id,
        product_id=huggg.product_id,
        segment_id=issuance["segment_id"],
        value=huggg.value,
        expires_at=huggg.good_until,
        now=row["now"],
    )
    issuer = issuer_for(integration, huggg.issuer)
    if issuer.kind is not IssuerKind.HTTP:
        raise NoIssuer
    return VoucherPlan(need, integration, "", issuer, link=huggg.link)


WORKS = [Work(ISSUE_CODE, issue_code)]
