"""The ground of fault tests: the kernel's books about processes, and the environment of a server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from huggg.settings.settings import Settings
from tests.support.installation import Installation, new_installation
from tests.support.processes import environment_of

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.platform == "linux":
        return
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="reads /proc"))


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """For `huggg serve` on the test's own database, with the test's own keys."""
    return environment_of(settings)


@pytest.fixture
def installation(settings: Settings, pristine: Path) -> Iterator[Installation]:
    """A data directory and a database of the test's own, to be maltreated."""
    with new_installation(settings, pristine) as installation:
        yield installation
