"""A server of PostgreSQL that lacks a known minor version is told of, in each major version we test."""

from __future__ import annotations

from datetime import date

import pytest

from huggg.database.minor_versions import NEWEST, OutdatedServer, outdated


@pytest.mark.parametrize(
    ("server_version_num", "expected"),
    [
        (150018, OutdatedServer("15.18", "15.20", date(2026, 11, 12))),
        (160000, OutdatedServer("16.0", "16.15", date(2026, 8, 13))),
        (170010, OutdatedServer("17.10", "17.11", date(2026, 8, 13))),
        (180004, OutdatedServer("18.4", "18.6", date(2026, 8, 13))),
    ],
)
def test_a_server_without_the_newest_known_minor_version_is_outdated(
    server_version_num: int, expected: OutdatedServer
) -> None:
    assert outdated(server_version_num) == expected


@pytest.mark.parametrize("server_version_num", [150020, 160016, 170011, 180006, 180012, 190000, 140001])
def test_a_newer_server_and_a_major_version_that_is_not_known_are_not(server_version_num: int) -> None:
    assert outdated(server_version_num) is None


def test_every_supported_major_version_is_known() -> None:
    assert list(NEWEST) == [15, 16, 17, 18]


def test_the_sentence_names_both_versions_and_the_day() -> None:
    assert str(outdated(180004)) == (
        "The database runs PostgreSQL 18.4. Update it to 18.6 or later, which has been out since"
        " 2026-08-13: minor versions mend lost data and security."
    )
