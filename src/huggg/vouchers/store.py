"""Vouchers, and the facts for decisions about them, from the database; their codes opened."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.hugggs.huggg import HugggCodes
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.showing import note_shown
from huggg.hugggs.store import sealed_for
from huggg.hugggs.voucher_seal import open_voucher
from huggg.kit.codes import Vault
from huggg.vouchers.issuers.issuer import IssuerConfig, IssuerKind
from huggg.vouchers.source import CodeSource
from huggg.vouchers.voucher import Subject, Voucher, VoucherPlan

queries = Queries(__file__)


async def vouchers_of(database: Database, vault: Vault, huggg_ids: list[UUID]) -> list[Voucher]:
    """Read the vouchers of these hugggs; one huggg's together with those that other calls ask for."""
    rows = await database.by_key(queries.vouchers, huggg_ids)
    back = await note_shown(database, rows, huggg_id="huggg_id")
    return [_voucher_from(row, vault) for row in rows if row["huggg_id"] not in back]


async def voucher_of_link(
    database: Database, vault: Vault, huggg_id: UUID, link: bytes
) -> Voucher | None:
    """Read a huggg's voucher for the holder of its link; None where it has none, or another link."""
    rows = await database.by_key(queries.vouchers, [huggg_id])
    rows = [row for row in rows if row["codes"] == link]
    if not rows or await note_shown(database, rows, to_receiver=True, huggg_id="huggg_id"):
        return None
    return _voucher_from(rows[0], vault)


def _voucher_from(row: Record, vault: Vault) -> Voucher:
    secret = open_voucher(vault, row["code"], huggg_id=row["huggg_id"], voucher_id=row["voucher_id"])
    return Voucher(
        id=row["voucher_id"],
        huggg_id=row["huggg_id"],
        segment_id=row["segment_id"],
        code=secret.code,
        pin=secret.pin,
        expires_at=row["expires_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        time_zone=row["time_zone"],
    )


def lookup_subject(database: Database, huggg: HugggReference, *, segment_id: UUID | None) -> Lookup:
    """Prepare to read a huggg for a decision about its voucher, and the clock."""
    return Lookup(database, queries.subject, huggg, segment_id=segment_id)


async def put_back(database: Database, plan: VoucherPlan) -> None:
    """Free a drawn code that was not assigned."""
    hugggs = [plan.need.huggg_id]
    await database.rows(queries.put_back, brand_id=plan.need.brand_id, huggg_ids=hugggs)


def subject_from(row: Record, vault: Vault) -> Subject | None:
    """Read the facts for a decision about a voucher; None for a missing huggg."""
    if row["id"] is None:
        return None
    codes = HugggCodes.unpacked(vault.open(row["codes"], bound_to=sealed_for(row["id"])))
    return Subject(
        id=row["id"],
        sender_id=row["sender_id"],
        receiver_id=row["receiver_id"],
        product_id=row["product_id"],
        awaits_pick=row["choice_id"] == row["product_id"],
        brand_id=row["brand_id"],
        integration_id=row["integration_id"],
        segment_ids=frozenset(row["segment_ids"]),
        issuer=issuer_from(row),
        shortcode=codes.shortcode,
        value=row["value"],
        voucher_id=row["voucher_id"],
        voucher_segment_id=row["voucher_segment_id"],
        voucher_expires_at=row["voucher_expires_at"],
        replaces_ended=bool(row["replaces_ended"]),
        redemption_id=row["redemption_id"],
        cancelled_at=row["cancelled_at"],
        sent_at=row["sent_at"],
        expires_at=row["expires_at"],
        good_until=row["good_until"],
        link=row["codes"],
    )


def source_from(row: Record) -> CodeSource:
    """Read the issuer of a brand's codes."""
    return CodeSource(row["brand_id"], row["integration_id"], issuer_from(row))


def issuer_from(row: Record) -> IssuerConfig | None:
    """Read the issuer that is configured, if one is."""
    if row["issuer_kind"] is None:
        return None
    return IssuerConfig(
        kind=IssuerKind(row["issuer_kind"]),
        pool_id=row["issuer_pool_id"],
        url=row["issuer_url"],
        secret=row["issuer_secret"],
        scope_id=row["issuer_scope_id"],
        valid_days=row["issuer_valid_days"],
    )
