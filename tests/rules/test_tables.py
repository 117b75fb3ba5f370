"""Tables of the command line: control characters of a name are shown, and do nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from huggg.cli.tables import print_row, print_rows

AT = datetime(2026, 11, 28, 9, 30, 59, tzinfo=UTC)


def test_a_name_is_neither_markup_nor_a_command_to_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_rows([{"name": "[red]A[/x]\x1b[2J\r\nB\u202e"}], ["name"], as_json=False, empty="None.")
    assert capsys.readouterr().out.splitlines()[1].rstrip() == r"[red]A[/x]\x1b[2J\r\nB\u202e"


def test_values_are_written_to_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"at": AT, "active": True, "ids": ["a", "b"], "gone": None, "pence": 350}
    print_row(row, as_json=False, words={"pence": lambda pence: f"{pence}p"})
    cells = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert cells == [
        ["at", "2026-11-28", "09:30"],
        ["active", "yes"],
        ["ids", "a,", "b"],
        ["gone"],
        ["pence", "350p"],
    ]


def test_programs_get_values_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"at": AT, "active": True, "ids": ["a"], "gone": None, "pence": 350}
    print_rows([row], list(row), as_json=True, empty="None.", words={"pence": str})
    assert json.loads(capsys.readouterr().out) == [{**row, "at": "2026-11-28T09:30:59Z"}]
