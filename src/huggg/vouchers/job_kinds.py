"""The kind of job that asks a brand's service for a code; it is enqueued with the intent to ask."""

from __future__ import annotations

from datetime import timedelta

from huggg.jobs.job import JobKind, Nothing

ISSUE_CODE = JobKind(
    name="code.issue",
    payload=Nothing,
    lease=timedelta(seconds=30),  # more than all attempts of one call
    wait_max=timedelta(minutes=68),
    attempts_max=500,  # some three weeks: a service that refused may be put right
)
