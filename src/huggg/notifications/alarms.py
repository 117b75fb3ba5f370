"""Alarms to the operator of an installation, at the address of a setting."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from huggg.database.pool import Database
from huggg.kit.chores import Chore
from huggg.kit.codes import Vault
from huggg.kit.ids import NIL, new_id
from huggg.notifications.addressee import Addressee, seal_addressee
from huggg.notifications.compose import AlarmFacts
from huggg.notifications.store import queries

DEAD_JOBS_SECONDS = 60.0


class Operator(Struct, frozen=True):
    """The operator, as alarms reach them."""

    email: str


def operator_alarm(
    vault: Vault, operator: Operator, *, subject_id: UUID, slot: str, facts: AlarmFacts
) -> dict[str, Any]:
    """Write an alarm as its statement takes it; it is told once under its subject and slot."""
    to = Addressee(address=operator.email)
    return {
        "subject_ids": subject_id,
        "slots": slot,
        "new_ids": new_id(),
        "sealed": seal_addressee(vault, to, subject_id=subject_id, key=None),
        "facts": msgspec.json.encode(facts).decode(),
    }


def dead_jobs_chore(database: Database, vault: Vault, operator: Operator) -> Chore:
    """Describe the chore that tells the operator of dead letters, at most once an hour."""
    return Chore("dead jobs", DEAD_JOBS_SECONDS, partial(tell_of_dead_jobs, database, vault, operator))


async def tell_of_dead_jobs(database: Database, vault: Vault, operator: Operator) -> None:
    """Queue an alarm where jobs died within the hour."""
    dead = await database.one(queries.dead_jobs)
    if not dead["count"]:
        return
    facts = AlarmFacts(about="jobs", name=dead["kinds"], left=dead["count"])
    alarm = operator_alarm(vault, operator, subject_id=NIL, slot=f"dead {dead['hour']}", facts=facts)
    await database.rows(queries.alarm_operator, **{name: [value] for name, value in alarm.items()})
