"""Refusals of operators' commands about jobs."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class UnknownJob(Refusal):
    """An operator named a job that is not in the queue, or that is under way."""

    kind = Kind.NOT_FOUND
