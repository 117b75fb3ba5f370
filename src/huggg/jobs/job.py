"""A job as a value, its kind, and when a job that failed is due again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

DOUBLINGS_MAX = 30
"""After so many failures the wait is `wait_max`, so that the doubled numbers stay small."""


class Hopeless(Exception):  # noqa: N818 - the outcome of an attempt, and no defect
    """No attempt can succeed: the job is a dead letter at once. The text says why."""


class Job(Struct, frozen=True, kw_only=True):
    """A job that is leased: no other attempt begins before the lease ends or is given back."""

    kind: str
    subject_id: UUID
    customer_id: UUID
    payload: str
    attempts: int  # this one included
    lease_id: UUID


class Nothing(Struct, frozen=True):
    """The empty payload: kind and subject are all that the work needs."""


P = TypeVar("P", bound=Struct)


@dataclass(frozen=True, slots=True)
class JobKind(Generic[P]):
    """One kind of work.

    An attempt is broken off before its `lease` ends. `wait_max` bounds the time between two attempts;
    after `attempts_max` of them the job is a dead letter.
    """

    name: str
    payload: type[P]
    lease: timedelta
    wait_max: timedelta
    attempts_max: int

    def read(self, job: Job) -> P:
        """Read a job's payload. Raises Hopeless for one of another shape."""
        try:
            return msgspec.json.decode(job.payload, type=self.payload)
        except msgspec.ValidationError as error:
            raise Hopeless(f"The payload cannot be read: {error}.") from error


def wait_after(attempts: int, *, wait_max: timedelta, spread: float) -> timedelta:
    """Say how long to wait after so many failed attempts: twice as long each time, up to `wait_max`.

    `spread`, from 0 to 1, takes up to half of it off, so that jobs which failed together do not all come
    back together.
    """
    doubled = timedelta(seconds=2.0 ** min(attempts, DOUBLINGS_MAX))
    return min(doubled, wait_max) * (1 - spread / 2)
