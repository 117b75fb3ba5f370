"""Counts of several workers are one sum; gauges are of the workers that live."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from huggg.metrics.figures import Distribution, Figures, FiguresFolder, added_up, shared_folder

IN = ("huggg_logins_total", ("password", "in"))
TIMES = ("huggg_request_seconds", ("showHuggg",))
BUSY = ("huggg_requests_in_flight", ())


def figures(count: float) -> Figures:
    return Figures({IN: count}, {TIMES: Distribution([1, 0, 2], 0.5)}, {BUSY: 3})


def test_figures_add_up() -> None:
    assert added_up([figures(1), figures(2), Figures()]) == Figures(
        {IN: 3}, {TIMES: Distribution([2, 0, 4], 1.0)}, {BUSY: 6}
    )
    assert added_up([]) == Figures()


def test_a_picture_does_not_change_with_what_it_shows() -> None:
    live = figures(1)
    picture = live.copy()
    live.counts[IN] += 1
    live.spread[TIMES].counts[0] += 1
    live.levels[BUSY] = 9
    assert picture == figures(1)


def test_the_counts_of_a_dead_worker_still_count(tmp_path: Path) -> None:
    mine, another, dead = FiguresFolder(tmp_path), FiguresFolder(tmp_path), FiguresFolder(tmp_path)
    dead._own = tmp_path / f"{nobodys_number()}-0000"
    for place in (mine, another, dead):
        place.publish(figures(1))
    assert sorted(each.levels.get(BUSY, 0) for each in mine.others()) == [0, 3]
    assert [each.counts[IN] for each in mine.others()] == [1, 1]


def test_figures_that_were_left_are_replaced_whole(tmp_path: Path) -> None:
    one, another = FiguresFolder(tmp_path), FiguresFolder(tmp_path)
    one.publish(figures(1))
    one.publish(figures(5))
    (tmp_path / "17-draft.draft").write_bytes(b"half")
    assert [each.counts[IN] for each in another.others()] == [5]


def test_a_folder_that_is_gone_costs_a_worker_its_figures_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    mine, another = FiguresFolder(folder), FiguresFolder(folder)
    mine.publish(figures(1))
    folder.rename(tmp_path / "elsewhere")
    mine.publish(figures(5))
    assert not folder.exists()
    (tmp_path / "elsewhere").rename(folder)
    assert [each.counts[IN] for each in another.others()] == [1]


def test_a_place_for_several_workers_is_made_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUGGG_METRICS_DIR", str(tmp_path))
    with shared_folder(2):
        folder = Path(os.environ["HUGGG_METRICS_DIR"])
        assert (folder.is_dir(), folder.parent) == (True, tmp_path)
    assert not folder.exists()
    with shared_folder(1):
        assert os.environ["HUGGG_METRICS_DIR"] == ""


def nobodys_number() -> int:
    return int(Path("/proc/sys/kernel/pid_max").read_text()) + 1


def test_the_folder_of_a_killed_server_is_swept_and_that_of_a_running_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUGGG_METRICS_DIR", str(tmp_path))
    killed, young = tmp_path / "huggg-metrics-killed", tmp_path / "huggg-metrics-young"
    for folder in (killed, young):
        folder.mkdir()
        (folder / "1-2").write_bytes(b"")
    with shared_folder(2):
        running = Path(os.environ["HUGGG_METRICS_DIR"])
        for folder in (killed, running):
            os.utime(folder, (0, 0))
        monkeypatch.setenv("HUGGG_METRICS_DIR", str(tmp_path))
        with shared_folder(2):
            assert (killed.exists(), young.exists(), running.exists()) == (False, True, True)
