"""Figures: the counts, distributions and levels of one process, and the folder that workers share.

Prometheus asks one worker, which answers for all: each worker publishes its figures to a file of its own
every second, and the one that is asked adds them up. The counts of a dead worker stay in the sum; its
levels, such as requests in flight, do not.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory, gettempdir

import msgspec
from msgspec import Struct, field

SeriesKey = tuple[str, tuple[str, ...]]  # a metric's name, and the values of its labels

VARIABLE = "HUGGG_METRICS_DIR"

PREFIX = "huggg-metrics-"
YOUNG_SECONDS = 600.0


class Distribution(Struct):
    """The values in each bucket, the last one without a bound, and their sum."""

    counts: list[int]
    sum: float = 0.0


class Figures(Struct):
    """All figures of one process."""

    counts: dict[SeriesKey, float] = field(default_factory=dict)
    spread: dict[SeriesKey, Distribution] = field(default_factory=dict)
    levels: dict[SeriesKey, float] = field(default_factory=dict)

    def copy(self) -> Figures:
        """Copy them, to be read while the counting goes on."""
        spread = {key: Distribution([*each.counts], each.sum) for key, each in self.spread.items()}
        return Figures(dict(self.counts), spread, dict(self.levels))


def added_up(figures: Iterable[Figures]) -> Figures:
    """Add up the figures of several processes."""
    total = Figures()
    for each in figures:
        for key, count in each.counts.items():
            total.counts[key] = total.counts.get(key, 0) + count
        for key, level in each.levels.items():
            total.levels[key] = total.levels.get(key, 0) + level
        for key, spread in each.spread.items():
            distribution = total.spread.setdefault(key, Distribution([0] * len(spread.counts)))
            distribution.counts = [
                a + b for a, b in zip(distribution.counts, spread.counts, strict=True)
            ]
            distribution.sum += spread.sum
    return total


class FiguresFolder:
    """A folder with a file for each worker that ever ran."""

    def __init__(self, folder: Path) -> None:
        """Join, with a file of figures whose name no earlier process with the same number used."""
        self._folder = folder
        self._own = folder / f"{os.getpid()}-{token_hex(4)}"

    def publish(self, figures: Figures) -> None:
        """Write the figures of this process, whole or not at all; a full disk costs nothing else."""
        draft = self._own.with_suffix(".draft")
        with suppress(OSError):
            draft.write_bytes(msgspec.msgpack.encode(figures))
            draft.replace(self._own)

    def others(self) -> list[Figures]:
        """Read the figures of the other processes."""
        others = []
        for file in self._folder.iterdir():
            if file == self._own or file.suffix:
                continue
            figures = msgspec.msgpack.decode(file.read_bytes(), type=Figures)
            if not _lives(int(file.name.partition("-")[0])):
                figures.levels = {}
            others.append(figures)
        return others


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # the number is another user's process by now
        return False
    return True


@contextmanager
def shared_folder(workers: int) -> Iterator[None]:
    """Make the folder of several workers, tell them its path, and remove it when they are done."""
    if workers == 1:
        os.environ[VARIABLE] = ""
        yield
        return
    parent = os.environ.get(VARIABLE) or gettempdir()
    _sweep(Path(parent))
    with TemporaryDirectory(prefix=PREFIX, dir=parent) as folder:
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)  # the kernel drops it, however this process ends
            os.environ[VARIABLE] = folder
            yield
        finally:
            os.close(lock)


def _sweep(parent: Path) -> None:
    """Remove the folders of killed servers; a young one may be about to be locked."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime < YOUNG_SECONDS:
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
