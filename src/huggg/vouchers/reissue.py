"""Reissue: a brand's service is asked for a code under a new key, after it gave nothing of use."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.reference import HugggReference
from huggg.kit.ids import new_id
from huggg.vouchers.errors import NothingToReissue
from huggg.vouchers.store import queries


async def reissue(database: Database, huggg: HugggReference, *, reason: str) -> UUID:
    """Give a huggg a new key, make its request due at once, and return the key.

    The event `issuance.renewed` keeps the old key and its outcome. A code that the service may have
    issued under the old key is lost. Raises HugggNotFound, NothingToReissue.
    """
    key = new_id()
    row = await database.row(
        queries.renew_issuance,
        huggg_id=huggg.id,
        fingerprints=huggg.fingerprints,
        id=key,
        reason=reason,
    )
    if row is None:
        raise HugggNotFound
    if row["has_voucher"]:
        raise NothingToReissue("This huggg has its voucher.")
    if not row["is_issued_by_service"]:
        raise NothingToReissue("No service was asked for this huggg's code.")
    if not row["refused"]:
        raise NothingToReissue("The service has not answered yet; it is asked again by itself.")
    if not row["renewed"]:
        raise NothingToReissue("The service is just being asked again; try again in a minute.")
    return key
