"""The kind of job of notifications: a batch of deliveries is handed over."""

from __future__ import annotations

from datetime import timedelta

from huggg.jobs.job import JobKind, Nothing

SEND = JobKind(
    name="delivery.send",
    payload=Nothing,
    lease=timedelta(seconds=60),
    wait_max=timedelta(minutes=10),
    attempts_max=1000,  # about a week of a channel that is away
)

BATCH = 100
"""Deliveries that one job hands over: about as many as a slow server takes within a lease."""
