"""A stolen dump, WAL, log or figure holds no usable code, and no data of a person."""

from __future__ import annotations

import asyncio
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from huggg.database.embedded import EmbeddedPostgres, start_embedded
from huggg.database.migrate import migrate
from huggg.database.sessions import connect
from huggg.hugggs.reference import reference
from huggg.kit.codes import Vault
from huggg.server.wiring import build_platform
from huggg.vouchers.show_code import show_code
from tests.conftest import served, settings_for
from tests.support.keys import TEST_KEYS
from tests.support.merchants import add_merchant, load
from tests.support.people_at_large import plant
from tests.support.world import build_world

PLANTED = [f"CANARY{n:02d}QX7{n:02d}ZK" for n in range(6)]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the account PostgreSQL runs as can reach."""
    with tempfile.TemporaryDirectory(prefix="huggg-tests-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    with start_embedded(folder / "data") as running:
        yield running


async def live(server: EmbeddedPostgres, folder: Path) -> list[str]:
    """Import, buy, show and redeem; give every code that was about."""
    await migrate(server.url)
    database, vault = await connect(server.url, connections_max=5), Vault(TEST_KEYS)
    settings = replace(settings_for(server.url, folder), connections_max=5, log_level="debug")
    async with served(settings) as http:
        world = await build_world(build_platform(settings, database, vault), http)
        cinema = await add_merchant(world.platform, 4)
        minting = await add_merchant(world.platform, 1)
        await load(world.platform, cinema.segments[0], PLANTED)
        tickets = await world.buy(cinema.product, quantity=3)
        minted = await world.buy(minting.product, quantity=2)
        body = {"segmentId": str(cinema.segments[0])}
        for ticket in tickets:
            path = f"/api/v2/hugggs/{ticket['shortcode']}/voucher"
            assert (await world.call("POST", path, world.amara, body)).status_code == 200
        (coffee,) = await world.buy()
        assert (await world.redeem(coffee["shortcode"])).status_code == 201
        assert (await world.unredeem(coffee["redeem_code"])).status_code == 200
        assert (await world.redeem(coffee["redeem_code"])).status_code == 201
        assert (await world.redeem("nosuchshortcodeXY")).status_code == 404
        await load(world.platform, cinema.segments[1], PLANTED)  # refused as known, every one
        people = await plant(world)
        figures = (await http.get("/metrics")).text
        assert "huggg_purchases_total" in figures
        assert [fact for fact in people if fact in figures] == []
        huggg_reference = reference(vault, tickets[0]["shortcode"])
        assert (await show_code(database, vault, huggg_reference, reason="Ticket 17")).code in PLANTED
        async with database.transaction() as connection:
            shown = (
                "SELECT data ->> 'reason' FROM events WHERE kind = 'voucher.shown' AND subject_id = $1"
            )
            assert await connection.fetchval(shown, tickets[0]["id"]) == "Ticket 17"
    await database.close()
    hugggs = [*tickets, *minted, coffee]
    codes = [h[name] for h in hugggs for name in ("shortcode", "redeem_code")]
    return [*PLANTED, *codes, *(h["code"] for h in minted), *people]


def test_no_code_and_no_person_is_in_a_dump_the_files_the_wal_or_a_log(
    server: EmbeddedPostgres, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets = asyncio.run(live(server, folder))
    output = "".join(capfd.readouterr()).encode()
    dump = subprocess.run(
        [server.binaries / "pg_dump", server.url], check=True, capture_output=True
    ).stdout
    server.release()  # a clean stop writes everything out
    cluster = (folder / "data").resolve()
    files = b"".join(file.read_bytes() for file in _files(cluster))
    everywhere = re.compile(b"|".join(re.escape(secret.encode()) for secret in secrets))
    assert b"Ticket 17" in dump  # the search would find something if it were there
    assert b"Ticket 17" in files
    assert any("pg_wal" in str(file) for file in _files(cluster))
    for place in (dump, files, output):
        assert everywhere.findall(place) == []


def _files(place: Path) -> Iterator[Path]:
    for entry in sorted(place.rglob("*")):
        if entry.is_symlink() and entry.is_dir():
            yield from _files(entry.resolve())
        elif entry.is_file():
            yield entry
