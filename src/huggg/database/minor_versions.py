"""Minor versions of PostgreSQL: a server that lacks the newest one known to this release is told of.

A minor version mends lost data, wrong answers and holes in security, and changes nothing else. A release
updates the table below.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import asyncpg


class MinorVersion(NamedTuple):
    """The newest minor version of a major one, and the day it was released."""

    number: int
    released_on: date


NEWEST: Mapping[int, MinorVersion] = {
    15: MinorVersion(20, date(2026, 11, 12)),
    16: MinorVersion(15, date(2026, 8, 13)),
    17: MinorVersion(11, date(2026, 8, 13)),
    18: MinorVersion(6, date(2026, 8, 13)),
}
"""The newest minor version of each major one that is tested, as it was known on 28 November 2026."""


class OutdatedServer(NamedTuple):
    """A server's version, and the newer one that it should have."""

    version: str
    newest: str
    released_on: date

    def __str__(self) -> str:
        """Tell an operator to update."""
        return (
            f"The database runs PostgreSQL {self.version}. Update it to {self.newest} or later, which"
            f" has been out since {self.released_on}: minor versions mend lost data and security."
        )


def outdated(server_version_num: int) -> OutdatedServer | None:
    """Compare a server's `server_version_num`, such as 180004 for 18.4, with the newest known."""
    major, minor = divmod(server_version_num, 10_000)
    newest = NEWEST.get(major)
    if newest is None or minor >= newest.number:
        return None
    return OutdatedServer(f"{major}.{minor}", f"{major}.{newest.number}", newest.released_on)


async def outdated_server(connection: asyncpg.Connection) -> OutdatedServer | None:
    """Compare the server of a connection."""
    return outdated(int(await connection.fetchval("SHOW server_version_num")))
