"""A server raises its limit of file descriptors as far as it may, and says where that is little."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from huggg.processes import descriptors
from huggg.processes.descriptors import RAISED_MAX, raise_limit, tell_few


@pytest.fixture(autouse=True)
def limits() -> Iterator[tuple[int, int]]:
    """The limits of this process, which it has again after the test."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_low_limit_is_raised(limits: tuple[int, int]) -> None:
    _, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    assert raise_limit() == min(hard, RAISED_MAX)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (min(hard, RAISED_MAX), hard)


def test_a_limit_that_may_not_be_raised_stays(
    limits: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ValueError

    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
    with monkeypatch.context() as patch:
        patch.setattr(resource, "setrlimit", refuse)
        assert raise_limit() == 256


@pytest.mark.parametrize(("limit", "warnings"), [(2_185, []), (2_184, [(2_184, 2_185)])])
def test_a_server_says_where_the_limit_is_below_its_need(
    limit: int, warnings: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[tuple[int, int]] = []
    log = SimpleNamespace(warning=lambda _, **line: logged.append((line["limit"], line["needed"])))
    monkeypatch.setattr(descriptors, "log", log)
    tell_few(limit, requests=2_048, connections=9)
    assert logged == warnings
