"""Rotate a secret: a client gets a new one, and the one so far opens for a while longer."""

from __future__ import annotations

from datetime import datetime, timedelta

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id

queries = Queries(__file__)


async def rotate_secret(
    database: Database, vault: Vault, *, client_id: str, secret: str, overlap: timedelta
) -> datetime | None:
    """Give a client this secret; say until when the one so far opens too. Raises Invalid."""
    row = await database.row(
        queries.rotate_secret,
        client_id=client_id,
        secret_fingerprint=vault.fingerprint("client secret", secret),
        overlap=overlap,
        event_subject=new_id(),
    )
    if row is None:
        raise Invalid(f"There is no client {client_id}.")
    until: datetime | None = row["previous_until"]
    return until
