"""Every metric there is.

Names begin with `huggg_`, units are seconds, and a label is a word from a small closed set.
`docs/reference/metrics.md` lists them, and a test compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
BATCHES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)


class Kind(StrEnum):
    """What a figure does."""

    COUNTER = "counter"  # only grows
    GAUGE = "gauge"  # how things stand
    HISTOGRAM = "histogram"  # how sizes or times are spread


@dataclass(frozen=True, slots=True)
class Series:
    """One metric: what it is, and the labels it is told apart by."""

    kind: Kind
    name: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


SERIES = (
    Series(Kind.COUNTER, "huggg_requests_total", "Requests answered.", ("operation", "status")),
    Series(Kind.HISTOGRAM, "huggg_request_seconds", "How long they took.", ("operation",), LATENCIES),
    Series(Kind.GAUGE, "huggg_requests_in_flight", "Requests being served."),
    Series(Kind.GAUGE, "huggg_processes", "Server processes that answer together."),
    Series(
        Kind.HISTOGRAM,
        "huggg_statement_seconds",
        "How long statements took.",
        ("statement",),
        LATENCIES,
    ),
    Series(Kind.HISTOGRAM, "huggg_batch_items", "Calls that shared one.", ("statement",), BATCHES),
    Series(Kind.GAUGE, "huggg_batch_waiting", "Calls whose batch has not begun.", ("statement",)),
    Series(Kind.COUNTER, "huggg_batch_refused_total", "Calls turned away.", ("statement",)),
    Series(Kind.GAUGE, "huggg_pool_connections_max", "Database connections there may be."),
    Series(Kind.GAUGE, "huggg_pool_connections", "Database connections there are."),
    Series(Kind.GAUGE, "huggg_pool_connections_in_use", "Those that run a statement."),
    Series(Kind.GAUGE, "huggg_pool_waiting", "Statements that wait for one."),
    Series(Kind.GAUGE, "huggg_queue_lag_seconds", "How long the oldest item waits.", ("queue",)),
    Series(Kind.COUNTER, "huggg_redemptions_total", "Tills' requests.", ("outcome",)),
    Series(Kind.COUNTER, "huggg_purchases_total", "Buyers' requests.", ("outcome",)),
    Series(Kind.COUNTER, "huggg_hugggs_bought_total", "Hugggs that purchases brought."),
    Series(Kind.COUNTER, "huggg_logins_total", "Log-ins.", ("grant", "outcome")),
    Series(Kind.COUNTER, "huggg_limited_total", "Refused, a limit being used up.", ("policy",)),
    Series(Kind.COUNTER, "huggg_limits_blind_total", "Let through unlimited.", ("policy",)),
    Series(Kind.COUNTER, "huggg_misses_total", "Look-ups by code that found nothing."),
    Series(Kind.COUNTER, "huggg_lookups_paced_total", "Look-ups by code that took turns."),
)
