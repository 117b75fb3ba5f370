"""The time at which a failed job is due again, and a payload that cannot be read."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec import Struct

from huggg.jobs.job import Hopeless, Job, JobKind, wait_after

HOUR = timedelta(hours=1)


class Parcel(Struct, frozen=True):
    to: str


KIND = JobKind("parcel.send", Parcel, lease=timedelta(seconds=5), wait_max=HOUR, attempts_max=3)


def job(payload: str) -> Job:
    return Job(
        kind="parcel.send",
        subject_id=UUID(int=1),
        customer_id=UUID(int=2),
        payload=payload,
        attempts=1,
        lease_id=UUID(int=3),
    )


def test_each_failure_doubles_the_wait_up_to_its_bound() -> None:
    waits = [wait_after(n, wait_max=HOUR, spread=0.0).total_seconds() for n in (1, 2, 3, 11, 12, 10_000)]
    assert waits == [2, 4, 8, 2048, 3600, 3600]


def test_jobs_that_failed_together_come_back_apart_and_none_before_half_its_wait() -> None:
    waits = [wait_after(5, wait_max=HOUR, spread=spread).total_seconds() for spread in (0.0, 0.5, 1.0)]
    assert waits == [32, 24, 16]


def test_a_payload_is_read_as_its_kind_says_and_another_is_hopeless() -> None:
    assert KIND.read(job('{"to": "Amara"}')) == Parcel("Amara")
    with pytest.raises(Hopeless, match="The payload cannot be read: Object missing required field `to`"):
        KIND.read(job("{}"))
