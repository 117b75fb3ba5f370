from __future__ import annotations

from functools import partial

import pytest

from huggg.settings.settings import Settings
from tests.support.commands import Huggg, run_command


@pytest.fixture
def huggg(settings: Settings) -> Huggg:
    return partial(run_command, settings)
