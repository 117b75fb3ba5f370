"""Exposition: figures in the text that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from huggg.metrics.figures import Figures
from huggg.metrics.series import Series, SeriesKind


def exposition(all_series: Iterable[Series], figures: Figures) -> bytes:
    """Write all of them, those that nothing is known of as well."""
    # The library copies the whole environment when it is imported, and importing us must not.
    from prometheus_client import core, exposition  # noqa: PLC0415

    def histogram(series: Series) -> core.Metric:
        family = core.HistogramMetricFamily(series.name, series.help, labels=series.labels)
        bounds = [*map(str, series.buckets), "+Inf"]
        for labels, spread in _of(series, figures.spread):
            counts = list(zip(bounds, accumulate(spread.counts), strict=True))
            family.add_metric(labels, buckets=counts, sum_value=spread.sum)
        return family

    def family(series: Series) -> core.Metric:
        if series.kind is SeriesKind.HISTOGRAM:
            return histogram(series)
        counts = series.kind is SeriesKind.COUNTER
        kind = core.CounterMetricFamily if counts else core.GaugeMetricFamily
        metric = kind(series.name, series.help, labels=series.labels)
        for labels, value in _of(series, figures.counts if counts else figures.levels):
            metric.add_metric(labels, value)
        return metric

    return exposition.generate_latest(_Families([family(series) for series in all_series]))


@dataclass(frozen=True, slots=True)
class _Families:
    """The interface by which the library collects metrics."""

    families: list[Any]

    def collect(self) -> list[Any]:
        """Give them."""
        return self.families


def _of(series: Series, figures: dict[Any, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    return ((labels, value) for (name, labels), value in figures.items() if name == series.name)
