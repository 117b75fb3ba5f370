"""`serve --workers`: a number, or as many processes as there are cores that the database leaves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from huggg.processes.worker_count import cores_here, is_on_this_machine, worker_count, workers_for


@pytest.mark.parametrize(
    ("cores", "beside", "apart"), [(1, 1, 1), (2, 1, 2), (3, 1, 3), (4, 2, 4), (8, 4, 8), (64, 8, 8)]
)
def test_there_is_a_process_for_each_core_that_the_database_leaves(
    cores: int, beside: int, apart: int
) -> None:
    assert workers_for(cores, beside_database=True) == beside
    assert workers_for(cores, beside_database=False) == apart


@pytest.mark.parametrize(("text", "count"), [("1", 1), ("64", 64), ("auto", None)])
def test_a_number_or_auto_is_read(text: str, count: int | None) -> None:
    assert worker_count(text) == count


@pytest.mark.parametrize("text", ["0", "65", "-1", "two", "", "1.5", "100", "AUTO", "٣"])
def test_any_other_number_of_workers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is neither a number from 1 to 64 nor auto"):
        worker_count(text)


@pytest.mark.parametrize(
    ("quota", "cores"), [("100000 100000", 1), ("50000 100000", 1), ("max 100000", None), ("", None)]
)
def test_a_containers_quota_bounds_the_cores(tmp_path: Path, quota: str, cores: int | None) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    assert cores_here(file) == (cores or len(os.sched_getaffinity(0)))
    assert cores_here(tmp_path / "missing") == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("postgresql://huggg_owner@/huggg?host=/srv/huggg/postgres&port=5432", True),
        ("postgresql://huggg@localhost/huggg", True),
        ("postgresql://huggg@127.0.0.1:5432/huggg", True),
        ("postgresql://huggg@[::1]/huggg", True),
        ("postgresql://huggg@%2Frun%2Fpostgresql/huggg", True),
        ("postgresql:///huggg", True),
        ("postgresql://huggg@db.internal/huggg", False),
        ("postgresql://huggg@10.0.0.7:5432/huggg", False),
        ("postgresql://huggg@/huggg?host=db.internal", False),
    ],
)
def test_a_database_behind_a_socket_or_a_loopback_address_shares_the_machine(
    url: str,
    here: bool,  # noqa: FBT001 - a row
) -> None:
    assert is_on_this_machine(url) is here
