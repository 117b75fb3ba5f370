"""HTTP: the code comes from the brand's own service.

The intent is committed before the service is called, under a key that the huggg keeps for ever. So if
the answer is lost, this call, another one or a worker sends the same request again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.jobs.job import Job
from huggg.jobs.queue import fail
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.refusal import Unavailable
from huggg.vouchers.code_files.expiries import FOR_EVER_YEAR
from huggg.vouchers.code_flaws import code_flaw, pin_flaw
from huggg.vouchers.errors import IssuerRefused, IssuerSilent, NoIssuer
from huggg.vouchers.issuers.issuer import IssuedCode, IssuerConfig, Need, OutrunError, code_kind
from huggg.vouchers.issuers.service import CodeAnswer, IssuingService, ServiceEndpoint
from huggg.vouchers.job_kinds import ISSUE_CODE
from huggg.vouchers.store import queries

PATIENCE_SECONDS = 8.0
PAUSE_SECONDS = 0.1


def secret_sealed_for(scope_id: UUID) -> bytes:
    """Name the row that a signing secret is sealed to."""
    return b"issuers.secret\0" + scope_id.bytes


class HttpIssuer:
    """Asks issuing services for callers, one of them a huggg at a time."""

    def __init__(self, database: Database, vault: Vault, service: IssuingService) -> None:
        self._database = database
        self._vault = vault
        self._service = service

    async def issue(self, issuer: IssuerConfig, needs: Sequence[Need]) -> list[IssuedCode]:
        """Ask for each, under the lease of its job, which recording the voucher ends.

        Raises IssuerSilent, IssuerRefused, OutrunError when another call got the code.
        """
        return [await self._issue(issuer, need) for need in needs]

    async def _issue(self, issuer: IssuerConfig, need: Need) -> IssuedCode:
        account = self._account(issuer)
        issuance = await self._claim(need)
        job = Job(**{name: issuance[name] for name in Job.__struct_fields__})
        try:
            return await self._ask(account, need, key=issuance["id"], attempts=issuance["calls"])
        except Exception as error:
            with suppress(Unavailable):
                await fail(self._database, ISSUE_CODE, job, error)
            raise

    async def ask_again(self, issuer: IssuerConfig, need: Need) -> IssuedCode:
        """Ask for a worker, which has the lease. Raises the errors of `issue`."""
        account = self._account(issuer)
        issuance = await self._database.row(queries.ask_again, huggg_id=need.huggg_id)
        if issuance is None:
            raise OutrunError
        return await self._ask(account, need, key=issuance["id"], attempts=issuance["calls"])

    async def _ask(
        self, account: ServiceEndpoint, need: Need, *, key: UUID, attempts: int
    ) -> IssuedCode:
        """Ask under a key, and keep a refusal; an unknown outcome forgets the refusal before it."""
        try:
            answer = await self._service.ask(account, key, need, asked_before=attempts > 1)
            return await self._usable_code(need, answer)
        except (IssuerRefused, IssuerSilent) as refusal:
            refused = str(refusal) if isinstance(refusal, IssuerRefused) else None
            await self._database.rows(
                queries.note_refusal, huggg_id=need.huggg_id, id=key, refused=refused
            )
            raise

    def _account(self, issuer: IssuerConfig) -> ServiceEndpoint:
        if issuer.url is None or issuer.secret is None or issuer.scope_id is None:
            raise NoIssuer
        secret = self._vault.open(issuer.secret, bound_to=secret_sealed_for(issuer.scope_id))
        return ServiceEndpoint(issuer.url, secret)

    async def _claim(self, need: Need) -> Record:
        """Wait for the turn to ask about this huggg."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            issuance = await self._database.row(
                queries.claim_issuance,
                id=new_id(),
                huggg_id=need.huggg_id,
                brand_id=need.brand_id,
                segment_id=need.segment_id,
                lease_id=new_id(),
                lease=ISSUE_CODE.lease,
            )
            if issuance is not None:
                return issuance
            [row] = await self._database.rows(queries.issuance, huggg_id=need.huggg_id)
            if row["settled_at"] is not None:
                raise OutrunError
            if row["refused"] is not None:
                raise IssuerRefused(row["refused"])
            if not row["under_way"] or time.monotonic() > deadline:
                raise IssuerSilent
            await asyncio.sleep(PAUSE_SECONDS)

    async def _usable_code(self, need: Need, answer: CodeAnswer) -> IssuedCode:
        """Take an answer that can be used. Raises IssuerRefused, OutrunError."""
        prints = self._vault.fingerprints(code_kind(need.brand_id), answer.code)
        flaw = answer_flaw(answer, now=need.now) or await self._holder_flaw(need, prints)
        if flaw is not None:
            raise IssuerRefused(f"The brand's code service gave a code that cannot be used: it {flaw}.")
        pin = answer.pin or ""
        return IssuedCode(answer.code, prints[0], instant(answer.expires_at), pin, promised=True)

    async def _holder_flaw(self, need: Need, prints: list[bytes]) -> str | None:
        """Tell whether the brand has this code already; recording it refuses that once more."""
        holder = await self._database.row(
            queries.code_holder, brand_id=need.brand_id, fingerprints=prints
        )
        if holder is None:
            return None
        return (
            "is in a pool of the brand" if holder["huggg_id"] is None else "was given to a huggg before"
        )


def instant(expires_at: datetime | None) -> datetime | None:
    """Read an expiry; one without an offset is meant in UTC, and one of the year 9999 is no end."""
    if expires_at is None or expires_at.year == FOR_EVER_YEAR:
        return None
    return expires_at if expires_at.tzinfo is not None else expires_at.replace(tzinfo=UTC)


def answer_flaw(answer: CodeAnswer, *, now: datetime) -> str | None:
    """Name the flaw of a code that a service issued, as the end of a sentence about it."""
    expires_at = instant(answer.expires_at)  # one before the calendar of UTC is refused here, too
    if expires_at is not None and expires_at <= now:
        return "has expired already"
    pin = pin_flaw(answer.pin) if answer.pin else None
    return code_flaw(answer.code) or (f"has a PIN that {pin}" if pin else None)
