"""What every route works with, built once per process by `server/wiring.py`."""

from __future__ import annotations

from dataclasses import dataclass

from huggg.database.meter import Meter
from huggg.database.pool import Database
from huggg.http.embedding import Embedding
from huggg.kit.codes import Vault
from huggg.kit.guessing import Guesses
from huggg.kit.idempotency import Idempotency
from huggg.kit.outgoing.client import Outgoing


@dataclass(frozen=True, slots=True)
class Platform:
    """The tools of a process, and the addresses at which the world finds it."""

    database: Database
    vault: Vault
    embedding: Embedding
    idempotency: Idempotency
    guesses: Guesses
    meter: Meter
    outgoing: Outgoing
    base_url: str | None  # of the API; None: see `http/base.py`
    hosts: frozenset[str]  # names that callers may reach it by then
    launch_url: str  # of share links, without the slash before the shortcode
