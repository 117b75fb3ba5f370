"""Pools of codes, as an operator types it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from huggg.server.settings import Settings
from tests.journeys.test_commands import Huggg, told
from tests.support.merchants import Merchant, add_merchant
from tests.support.silence import nothing_moves
from tests.support.world import World


@pytest.fixture
def huggg(settings: Settings) -> Huggg:
    return partial(told, settings)


@pytest.fixture
async def cinema(world: World) -> Merchant:
    return await add_merchant(world.platform, 4)


async def test_a_suppliers_file_is_checked_taken_in_and_shown(
    world: World, huggg: Huggg, cinema: Merchant, tmp_path: Path
) -> None:
    file, region = tmp_path / "cards.csv", str(cinema.segments[0])
    file.write_bytes(
        'Ref;Kartennummer;Geheimzahl;Gültig bis\r\n7;="00981234";0042;31.12.2027\r\n'.encode("utf-16")
    )
    command = ("codes", "import", "--segment", region, str(file))
    await huggg("codes", "status")  # the first command leaves a mark of its keys
    async with nothing_moves(world.platform.database):
        refused = await huggg(*command)
        assert (refused.code, refused.err) == (
            1,
            (
                "huggg: The file was refused, no code was taken: it is not clear what these columns"
                ' hold: "Ref". Say it with --columns (code=, pin=, expires=), or pass over one with'
                " --ignore-column NAME.\n"
            ),
        )
        checked = await huggg(*command, "--ignore-column", "ref", "--check")
        assert (checked.code, checked.out.splitlines()[:2]) == (
            0,
            [
                "line 2: 00••••34  PIN ••••  until 2028-01-01 00:00 UTC",
                "1 codes would be imported. Nothing was written.",
            ],
        )
        for words in (("--delimiter", "xx"), ("--encoding", "klingon"), ("--columns", "kode=1")):
            mistaken = await huggg(*command, *words)
            assert (mistaken.code, len(mistaken.err.splitlines())) == (1, 1)
    taken = await huggg(*command, "--ignore-column", "1")
    assert taken.out.startswith("1 codes imported as batch ")
    (bought,) = await world.buy(cinema.product)
    await world.call(
        "POST", f"/api/v2/hugggs/{bought['id']}/voucher", world.amara, {"segmentId": region}
    )
    shown = await huggg("codes", "show", bought["id"], "--reason", "Ticket 17")
    assert shown.out == "00981234\nPIN 0042\n"


async def test_a_file_that_cannot_be_read_is_told_in_a_line(
    huggg: Huggg, cinema: Merchant, tmp_path: Path
) -> None:
    file = tmp_path / "codes.gz"
    command = ("codes", "import", "--segment", str(cinema.segments[0]))
    for content, why in {
        b"": "it is empty.",
        b"\x1f\x8b\x08\x00broken": "its gzip is damaged or cut short.",
        b"PK\x03\x04broken": (
            "it is no spreadsheet that can be read. Unpack an archive, and save a spreadsheet as"
            " .xlsx or as CSV without a password."
        ),
    }.items():
        file.write_bytes(content)
        said = await huggg(*command, str(file))
        assert (said.code, said.err) == (1, f"huggg: The file was refused, no code was taken: {why}\n")
    said = await huggg(*command, str(tmp_path))
    assert (said.code, said.err) == (1, f"huggg: {tmp_path}: Is a directory\n")
