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


ALL = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("membership", "files", "cores"),
    [
        ("0::/", {"cpu.max": "100000 100000"}, 1),
        ("0::/", {"cpu.max": "50000 100000"}, 1),
        ("0::/", {"cpu.max": "6400000 100000"}, ALL),
        ("0::/", {"cpu.max": "max 100000"}, ALL),
        ("0::/", {"cpu.max": "100000 0"}, ALL),
        ("0::/", {"cpu.max": ""}, ALL),
        ("0::/", {}, ALL),
        ("0::/system.slice/huggg.service", {"system.slice/huggg.service/cpu.max": "100000 100000"}, 1),
        ("0::/system.slice/huggg.service", {"system.slice/cpu.max": "100000 100000"}, 1),
        ("0::/docker/0a1b", {"cpu.max": "100000 100000"}, 1),
        ("0::/other", {"huggg/cpu.max": "100000 100000"}, ALL),
        (
            "2:memory:/\n1:cpu,cpuacct:/huggg\n0::/",
            {
                "cpu,cpuacct/huggg/cpu.cfs_quota_us": "150000",
                "cpu,cpuacct/huggg/cpu.cfs_period_us": "100000",
            },
            1,
        ),
        ("1:cpu:/", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, ALL),
    ],
)
def test_the_quotas_of_a_container_or_a_service_bound_the_cores(
    tmp_path: Path, membership: str, files: dict[str, str], cores: int
) -> None:
    groups = tmp_path / "proc-self-cgroup"
    groups.write_text(membership)
    for name, content in files.items():
        file = tmp_path / "cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    assert cores_here(tmp_path / "cgroup", groups) == cores
    assert cores_here(tmp_path / "cgroup", tmp_path / "missing") == ALL


def test_a_database_that_only_the_environment_names_is_where_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGHOST", "db.internal")
    assert not is_on_this_machine("postgresql:///huggg")
    assert is_on_this_machine("postgresql://localhost/huggg")


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
