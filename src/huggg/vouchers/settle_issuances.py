"""Settle issuances: outside services are asked again for the codes that they have not answered."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from asyncpg import Record

from huggg.database.pool import Database
from huggg.hugggs.reference import HugggReference
from huggg.kit.codes import SealBrokenError, Vault
from huggg.refusal import Unavailable
from huggg.vouchers.errors import IssuerRefused, NoIssuer
from huggg.vouchers.generate import insert_voucher
from huggg.vouchers.integrations import integration_of
from huggg.vouchers.issuers.issuer import IssuerKind, Need, OutrunError
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.store import lookup_subject, queries, subject_from
from huggg.vouchers.voucher import Subject, VoucherPlan, issuer_for

BATCH = 20
DEFERRED = timedelta(minutes=5)

log = structlog.get_logger()


async def settle_due(database: Database, vault: Vault, issuers: Issuers) -> int:
    """Ask again about everything that is due, and say how many that was."""
    due = await database.rows(queries.due_issuances, limit=BATCH)
    await asyncio.gather(*(_settle_or_defer(database, vault, issuers, row) for row in due))
    return len(due)


async def _settle_or_defer(database: Database, vault: Vault, issuers: Issuers, due: Record) -> None:
    """Keep one row that cannot be settled from holding up all the others, of every brand."""
    try:
        await _settle(database, vault, issuers, due)
    except SealBrokenError:
        log.exception("issuance not settled", huggg_id=str(due["huggg_id"]))
    await database.rows(queries.defer_issuance, huggg_id=due["huggg_id"], wait=DEFERRED)


async def _settle(database: Database, vault: Vault, issuers: Issuers, due: Record) -> None:
    reference = HugggReference(due["huggg_id"], [])
    row = await lookup_subject(database, reference, segment_id=due["segment_id"]).row()
    huggg = subject_from(row, vault)
    if huggg is None or huggg.voucher_id is not None or _needless(huggg, due, row):
        await database.rows(queries.settle_issuance, huggg_id=due["huggg_id"])
        return
    try:
        plan = _plan(huggg, due, row)
        assert plan.issuer is not None  # noqa: S101 - for the type checker
        [issued] = await issuers.reconciling.issue(plan.issuer, [plan.need])
        made = await insert_voucher(database, vault, plan, issued, caller=None, now=row["now"])
        if made is None:
            log.error("an issuer's code was not recorded", huggg_id=str(huggg.id))
    except (Unavailable, IssuerRefused, OutrunError, NoIssuer) as unsettled:
        log.warning("issuance unsettled", huggg_id=str(huggg.id), why=str(unsettled))


def _needless(huggg: Subject, due: Record, row: Record) -> bool:
    """Tell whether the code is needed no more; the outcome of a sent request is needed all the same."""
    ended = huggg.cancelled_at or huggg.redemption_id or row["now"] >= huggg.expires_at
    return bool(ended) and due["attempts"] == 0


def _plan(huggg: Subject, due: Record, row: Record) -> VoucherPlan:
    integration = integration_of(huggg.integration_id)
    need = Need(
        huggg_id=huggg.id,
        brand_id=huggg.brand_id,
        product_id=huggg.product_id,
        segment_id=due["segment_id"],
        value=huggg.value,
        expires_at=huggg.expires_at,
        now=row["now"],
    )
    issuer = issuer_for(integration, huggg.issuer)
    if issuer.kind is not IssuerKind.HTTP:
        raise NoIssuer
    return VoucherPlan(need, integration, "", issuer)
