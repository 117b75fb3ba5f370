"""A PostgreSQL that lacks a known minor version: a server at its start and the doctor name it."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from huggg.cli.running import tell_outdated
from huggg.cli.upkeep import doctor
from huggg.database import minor_versions
from huggg.database.minor_versions import MinorVersion
from huggg.settings.settings import Settings
from tests.support.processes import environment_of

SENTENCE = "which has been out since 2026-08-13: minor versions mend lost data and security.\n"


@pytest.mark.parametrize(("newest", "is_noted"), [(99, True), (0, False)])
async def test_a_server_and_the_doctor_name_the_missing_minor_version(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    newest: int,
    is_noted: bool,  # noqa: FBT001 - a row
) -> None:
    version = MinorVersion(newest, date(2026, 8, 13))
    monkeypatch.setattr(minor_versions, "NEWEST", dict.fromkeys((15, 16, 17, 18), version))
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    for act in (lambda: tell_outdated(settings), doctor):
        await asyncio.to_thread(act)
        output = capsys.readouterr().err
        assert output.endswith(SENTENCE) is is_noted
        assert ("Update it to 1" in output) is is_noted
