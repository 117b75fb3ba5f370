"""The kind of job of passes: the phones of one are told that it changed."""

from __future__ import annotations

from datetime import timedelta

from huggg.jobs.job import JobKind, Nothing

RENEW = JobKind(
    name="pass.renew",
    payload=Nothing,
    lease=timedelta(seconds=120),
    wait_max=timedelta(hours=1),
    attempts_max=100,  # about three days of a service that is away
)
