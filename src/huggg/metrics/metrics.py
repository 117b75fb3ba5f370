"""Metrics: the meter's counts, for Prometheus to read at `GET /metrics`."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Iterable
from contextlib import suppress

from huggg.database.pool import Database, Load
from huggg.events.consumer import lag_of_consumers
from huggg.http.operation import Operation
from huggg.http.route import get
from huggg.http.web import Response
from huggg.jobs.queue import figures
from huggg.kit.cached import CachedValue
from huggg.metrics.exposition import exposition
from huggg.metrics.figures import Distribution, Figures, FiguresFolder, added_up
from huggg.metrics.series import SERIES, SeriesKind
from huggg.refusal import Unavailable

SAMPLE_SECONDS = 1.0
STATES = ("waiting", "due", "under_way", "dead")  # of jobs
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

METRICS = Operation(
    id="showMetrics",
    tag="Health",
    summary="Figures for Prometheus",
    answer=str,
    media_type="text/plain",
    limited=False,
)


Levels = dict[tuple[str, tuple[str, ...]], float]
"""Current values, by metric and labels."""


class Metrics:
    """A meter that can be read. One per process.

    It keeps plain numbers, as it is asked several times a request: the library's own counters would
    cost the redeem path more than all limits do.
    """

    def __init__(self, folder: FiguresFolder | None = None) -> None:
        """Begin at nothing; several workers share the figures in `folder`."""
        self._folder = folder
        self._bounds = {series.name: series.buckets for series in SERIES if series.buckets}
        self._figures = Figures()
        self._counts = self._figures.counts
        self._spread = self._figures.spread
        for series in SERIES:
            if series.kind is SeriesKind.COUNTER and not series.labels:
                self._counts[series.name, ()] = 0
        self.read_levels: Callable[[], tuple[Load, int]] | None = None

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """Count something that happened."""
        key = (name, labels)
        self._counts[key] = self._counts.get(key, 0) + by

    def observe(self, name: str, value: float, *labels: str) -> None:
        """Note a size or a number of seconds."""
        key, bounds = (name, labels), self._bounds[name]
        spread = self._spread.get(key)
        if spread is None:
            spread = self._spread[key] = Distribution([0] * (len(bounds) + 1))
        spread.counts[bisect_left(bounds, value)] += 1
        spread.sum += value

    def sample(self) -> None:
        """Take the levels of this moment, such as requests in flight."""
        if self.read_levels is None:
            return
        load, in_flight = self.read_levels()
        self._figures.levels = {
            ("huggg_processes", ()): 1,
            ("huggg_requests_in_flight", ()): in_flight,
            ("huggg_pool_connections_max", ()): load.connections_max,
            ("huggg_pool_connections", ()): load.connections,
            ("huggg_pool_connections_in_use", ()): load.in_use,
            ("huggg_pool_waiting", ()): load.waiting,
            **{
                ("huggg_batch_waiting", (statement,)): waiting
                for statement, waiting in load.queued.items()
            },
        }

    async def keep_sampling(self) -> None:
        """Do so every second, and tell the other processes, until cancelled."""
        while True:
            self.sample()
            if self._folder is not None:
                self._folder.publish(self._figures)
            await asyncio.sleep(SAMPLE_SECONDS)

    async def text(self, shared: Levels) -> bytes:
        """Write everything, of all processes; `shared` levels are the database's, not one process's."""
        self.sample()
        mine = self._figures.copy()
        mine.levels |= shared
        return await asyncio.to_thread(self._exposition, mine)

    def _exposition(self, mine: Figures) -> bytes:
        others = self._folder.others() if self._folder is not None else []
        return exposition(SERIES, added_up([mine, *others]))


async def shared_levels(database: Database, kinds: Iterable[str]) -> Levels:
    """Ask the database how the queue stands and how far consumers lag; nothing while it is away."""
    levels: Levels = {}
    with suppress(Unavailable):
        figures_by_kind = {row["kind"]: row for row in await figures(database)}
        for kind in {*kinds, *figures_by_kind}:
            row = figures_by_kind.get(kind)
            levels["huggg_queue_lag_seconds", (kind,)] = row["lag"] if row else 0.0
            levels["huggg_queue_oldest_seconds", (kind,)] = row["oldest"] if row else 0.0
            for state in STATES:
                levels["huggg_jobs", (kind, state.replace("_", " "))] = row[state] if row else 0
        for consumer, seconds in (await lag_of_consumers(database)).items():
            levels["huggg_consumer_lag_seconds", (consumer,)] = seconds
    return levels


@get("/metrics", operation=METRICS)
async def get_metrics(
    metrics: Metrics,
    levels: CachedValue[Levels],
) -> Response:
    """Show the figures of all workers of this server. It takes no token: keep it inside your network.

    The database is asked for the lag of queues and consumers once a second at most.
    """
    text = await metrics.text(await levels.get())
    return Response(text, media_type=CONTENT_TYPE)


ROUTES = [get_metrics]
