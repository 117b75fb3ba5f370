"""Typable hugggs: those of an older release get the fingerprints by which tills find redeem codes."""

from __future__ import annotations

from functools import partial

from asyncpg import Record

from huggg.database.pool import Database
from huggg.hugggs.huggg import HugggCodes
from huggg.hugggs.reference import REDEEM_CODE
from huggg.hugggs.store import queries, sealed_for
from huggg.kit.chores import Chore
from huggg.kit.codes import SealBrokenError, Vault

MOVE_SECONDS = 10.0

BATCH = 500
BATCHES_MAX = 20
"""Hugggs of one round. A batch keeps a process from its requests for some milliseconds."""

NO_CODE = b""
"""Stands for codes that do not open, and equals no fingerprint; the batch behind them goes on."""


def redeem_codes_chore(database: Database, vault: Vault) -> Chore:
    """Describe the chore that makes all hugggs typable: older servers may go on to sell."""
    return Chore("redeem codes", MOVE_SECONDS, partial(keep_redeem_codes, database, vault))


async def keep_redeem_codes(database: Database, vault: Vault) -> None:
    """Write the fingerprints of redeem codes that are missing. Raises Unavailable."""
    for _ in range(BATCHES_MAX):
        rows = await database.planned(queries.without_redeem_codes, most=BATCH)
        if rows:
            await database.rows(
                queries.keep_redeem_codes,
                fingerprints=[row["fingerprint"] for row in rows],
                redeem_fingerprints=[_fingerprint(row, vault) for row in rows],
            )
        if len(rows) < BATCH:
            return


def _fingerprint(row: Record, vault: Vault) -> bytes:
    try:
        packed = vault.open(row["codes"], bound_to=sealed_for(row["huggg_id"]))
    except SealBrokenError:
        return NO_CODE
    return vault.fingerprint(REDEEM_CODE, HugggCodes.unpacked(packed).redeem_code)
