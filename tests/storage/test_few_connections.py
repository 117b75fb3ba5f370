"""A server at its start names the connections that it may open and the database does not have."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from huggg.cli.running import tell_few_connections
from huggg.server.process import connections_left
from huggg.settings.settings import Settings


async def test_a_server_says_where_the_database_has_too_few_connections(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    left = await asyncio.to_thread(connections_left, settings)
    assert left in {97, 197}  # of 100 and of 200, three are a superuser's

    def tell(connections_max: int) -> str:
        tell_few_connections(replace(settings, connections_max=connections_max), processes=2)
        return capsys.readouterr().err

    assert await asyncio.to_thread(tell, left // 2) == ""
    assert await asyncio.to_thread(tell, left) == (
        f"The servers may open {2 * left} database connections (HUGGG_CONNECTIONS_MAX for each of"
        f" 2 processes), and PostgreSQL's max_connections leaves {left}.\n"
    )
