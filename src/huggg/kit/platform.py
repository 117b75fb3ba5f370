"""The tools that every use case works with, built once per process by `server/wiring.py`."""

from __future__ import annotations

from dataclasses import dataclass

from huggg.database.meter import Meter
from huggg.database.pool import Database
from huggg.kit.codes import Vault
from huggg.kit.idempotency import Idempotency
from huggg.kit.outgoing.client import Outgoing


@dataclass(frozen=True, slots=True)
class Platform:
    """The shared parts of a process: the database, the vault of codes, and the outgoing clients."""

    database: Database
    vault: Vault
    idempotency: Idempotency
    meter: Meter
    outgoing: Outgoing
