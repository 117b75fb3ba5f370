"""A release keeps its statements and revisions, although a later one is installed over it meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from huggg.database import migrate
from huggg.database.queries import Queries, read_all_files


def test_statements_stay_those_of_the_release_that_was_started(tmp_path: Path) -> None:
    file = tmp_path / "queries.sql"
    file.write_text("-- name: spend\nUPDATE hugggs SET codes = :codes;\n")
    queries = Queries(str(tmp_path / "store.py"))
    read_all_files()
    file.write_text("-- name: spend\nUPDATE hugggs SET codes = :codes WHERE link = :link;\n")
    assert queries.spend.names == ("codes",)
    file.unlink()
    assert [statement.name for statement in queries] == ["spend"]


def test_the_newest_revision_stays_that_of_the_release_that_was_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    newest = migrate.newest_revision()
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "9999_later.sql").touch()
    monkeypatch.setattr(migrate, "MIGRATIONS", tmp_path)
    assert migrate.newest_revision() == newest
    assert "install the newer release" in (migrate.wrong_schema("9999") or "")
