"""The table of metrics.

Names begin with `huggg_`, units are seconds, and a label takes its values from a small closed set.
`docs/reference/metrics.md` lists the metrics, and a test compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
BATCHES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)


class SeriesKind(StrEnum):
    """The kinds of metrics."""

    COUNTER = "counter"  # only grows
    GAUGE = "gauge"  # a current value
    HISTOGRAM = "histogram"  # a distribution of sizes or times


@dataclass(frozen=True, slots=True)
class Series:
    """One metric, and the names of its labels."""

    kind: SeriesKind
    name: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


SERIES = (
    Series(SeriesKind.COUNTER, "huggg_requests_total", "Requests answered.", ("operation", "status")),
    Series(
        SeriesKind.HISTOGRAM,
        "huggg_request_seconds",
        "Time to serve requests.",
        ("operation",),
        LATENCIES,
    ),
    Series(SeriesKind.GAUGE, "huggg_requests_in_flight", "Requests being served."),
    Series(SeriesKind.GAUGE, "huggg_processes", "Processes of this server."),
    Series(
        SeriesKind.HISTOGRAM,
        "huggg_statement_seconds",
        "Time that statements took.",
        ("statement",),
        LATENCIES,
    ),
    Series(
        SeriesKind.HISTOGRAM,
        "huggg_batch_items",
        "Calls that shared a statement.",
        ("statement",),
        BATCHES,
    ),
    Series(SeriesKind.GAUGE, "huggg_batch_waiting", "Calls whose batch has not begun.", ("statement",)),
    Series(
        SeriesKind.COUNTER,
        "huggg_batch_refused_total",
        "Calls refused because the queue was full.",
        ("statement",),
    ),
    Series(SeriesKind.GAUGE, "huggg_pool_connections_max", "Maximum of database connections."),
    Series(SeriesKind.GAUGE, "huggg_pool_connections", "Open database connections."),
    Series(
        SeriesKind.GAUGE, "huggg_pool_connections_in_use", "Database connections that run a statement."
    ),
    Series(SeriesKind.GAUGE, "huggg_pool_waiting", "Statements that wait for a connection."),
    Series(
        SeriesKind.GAUGE,
        "huggg_queue_lag_seconds",
        "How long the longest due job has waited.",
        ("queue",),
    ),
    Series(
        SeriesKind.GAUGE,
        "huggg_queue_oldest_seconds",
        "Age of the oldest job that is not dead.",
        ("queue",),
    ),
    Series(SeriesKind.GAUGE, "huggg_jobs", "Jobs in the queue.", ("kind", "state")),
    Series(SeriesKind.COUNTER, "huggg_jobs_total", "Attempts at jobs by workers.", ("kind", "outcome")),
    Series(
        SeriesKind.GAUGE,
        "huggg_consumer_lag_seconds",
        "Age of the oldest event that a consumer has not read.",
        ("consumer",),
    ),
    Series(SeriesKind.COUNTER, "huggg_redemptions_total", "Tills' requests.", ("outcome",)),
    Series(SeriesKind.COUNTER, "huggg_purchases_total", "Buyers' requests.", ("outcome",)),
    Series(SeriesKind.COUNTER, "huggg_hugggs_bought_total", "Hugggs that purchases brought."),
    Series(SeriesKind.COUNTER, "huggg_logins_total", "Log-ins.", ("grant", "outcome")),
    Series(SeriesKind.COUNTER, "huggg_limited_total", "Requests refused by a limit.", ("policy",)),
    Series(
        SeriesKind.COUNTER, "huggg_limits_blind_total", "Requests passed without a limit.", ("policy",)
    ),
    Series(SeriesKind.COUNTER, "huggg_misses_total", "Look-ups by code that found nothing."),
    Series(SeriesKind.COUNTER, "huggg_lookups_paced_total", "Look-ups by code that took turns."),
    Series(
        SeriesKind.COUNTER,
        "huggg_unreadable_texts_total",
        "Texts of an older release that do not open.",
        ("found_by",),
    ),
)
