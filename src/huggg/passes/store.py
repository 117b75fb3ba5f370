"""Passes and the phones that have them, in the database."""

from __future__ import annotations

from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.codes import Vault, random_text
from huggg.kit.ids import new_id
from huggg.passes.gift_pass import PassKind

DEVICES_MAX = 500
"""Phones that one pass may be on: a phone may register under many ids in its life."""

TOKEN_SYMBOLS = 43  # of 62: 256 bits

queries = Queries(__file__)


class KeptPass(Struct, frozen=True):
    """A pass as it is kept; `token` is the secret with which its phone asks for news."""

    id: UUID
    huggg_id: UUID
    kind: PassKind
    language: str
    token: str
    changed_at: datetime  # a whole second
    has_moved: bool


def token_sealed_for(pass_id: UUID) -> bytes:
    """Name the row that a pass's token is sealed to."""
    return b"pass" + pass_id.bytes


async def add_pass(
    database: Database, vault: Vault, shortcode: str, kind: PassKind, *, language: str
) -> UUID | None:
    """Give the id of a gift's pass, which is made with the first question; None if the link moved."""
    pass_id, token = new_id(), random_text(TOKEN_SYMBOLS)
    row = await database.row(
        queries.add_pass,
        id=pass_id,
        link=vault.fingerprints("shortcode", shortcode),
        kind=kind,
        language=language,
        token=vault.seal(token.encode(), bound_to=token_sealed_for(pass_id)),
    )
    return None if row is None else row["id"]


async def find_pass(database: Database, vault: Vault, pass_id: UUID) -> KeptPass | None:
    """Find a pass by its id, which is its serial number."""
    row = await database.row(queries.one_pass, id=pass_id)
    return None if row is None else _pass_from(row, vault)


async def find_pass_by_token(
    database: Database, vault: Vault, pass_id: UUID, token: str
) -> KeptPass | None:
    """Find the pass that a phone has, if its token is that pass's."""
    record = await find_pass(database, vault, pass_id)
    if record is None or not compare_digest(record.token.encode(), token.encode()):
        return None
    return record


def _pass_from(row: Record, vault: Vault) -> KeptPass:
    token = vault.open(row["token"], bound_to=token_sealed_for(row["id"])).decode()
    return KeptPass(
        id=row["id"],
        huggg_id=row["huggg_id"],
        kind=PassKind(row["kind"]),
        language=row["language"],
        token=token,
        changed_at=row["changed_at"],
        has_moved=row["has_moved"],
    )
