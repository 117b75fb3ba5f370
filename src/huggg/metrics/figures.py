"""Figures: what one process has counted, and the place where those of several meet.

Whichever worker is asked answers for all: every second each writes what it knows to a file of its own,
and whoever is asked adds them up. What a dead one counted still counts; how things stood in it does not.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct, field

Key = tuple[str, tuple[str, ...]]  # a metric's name, and the values of its labels

PLACE = "HUGGG_METRICS_DIR"


class Distribution(Struct):
    """How often a value fell into each bucket, the last one having no bound, and their sum."""

    counts: list[int]
    sum: float = 0.0


class Figures(Struct):
    """Everything that one process can tell."""

    counts: dict[Key, float] = field(default_factory=dict)
    spread: dict[Key, Distribution] = field(default_factory=dict)
    levels: dict[Key, float] = field(default_factory=dict)

    def copy(self) -> Figures:
        """Take a picture, to be read while the counting goes on."""
        spread = {key: Distribution([*each.counts], each.sum) for key, each in self.spread.items()}
        return Figures(dict(self.counts), spread, dict(self.levels))


def added_up(figures: Iterable[Figures]) -> Figures:
    """Make one of many."""
    total = Figures()
    for each in figures:
        for key, count in each.counts.items():
            total.counts[key] = total.counts.get(key, 0) + count
        for key, level in each.levels.items():
            total.levels[key] = total.levels.get(key, 0) + level
        for key, spread in each.spread.items():
            known = total.spread.setdefault(key, Distribution([0] * len(spread.counts)))
            known.counts = [a + b for a, b in zip(known.counts, spread.counts, strict=True)]
            known.sum += spread.sum
    return total


class Place:
    """A directory with a file for each process that ever was."""

    def __init__(self, folder: Path) -> None:
        """Take part, with a file that is nobody's who had the same number before."""
        self._folder = folder
        self._own = folder / f"{os.getpid()}-{token_hex(4)}"

    def leave(self, figures: Figures) -> None:
        """Leave one's own, whole or not at all; a full disk costs figures and nothing else."""
        draft = self._own.with_suffix(".draft")
        with suppress(OSError):
            draft.write_bytes(msgspec.msgpack.encode(figures))
            draft.replace(self._own)

    def others(self) -> list[Figures]:
        """Read what the others left."""
        found = []
        for file in self._folder.iterdir():
            if file == self._own or file.suffix:
                continue
            figures = msgspec.msgpack.decode(file.read_bytes(), type=Figures)
            if not _lives(int(file.name.partition("-")[0])):
                figures.levels = {}
            found.append(figures)
        return found


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's by now
        return False
    return True


@contextmanager
def place_for(workers: int) -> Iterator[None]:
    """Make a place for several workers, tell them where, and remove it when they are done."""
    if workers == 1:
        os.environ[PLACE] = ""
        yield
        return
    with TemporaryDirectory(prefix="huggg-metrics-", dir=os.environ.get(PLACE) or None) as folder:
        os.environ[PLACE] = folder
        yield
