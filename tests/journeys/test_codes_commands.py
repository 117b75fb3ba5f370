"""Pools of codes, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from huggg.kit.ids import new_id
from huggg.vouchers.crockford import mint
from tests.support.commands import Huggg
from tests.support.issuing_service import ask_for_codes, issuing_service
from tests.support.merchants import Merchant, add_merchant, load
from tests.support.silence import nothing_moves
from tests.support.sql import sql
from tests.support.world import World


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
                "huggg: The file was refused, no code was taken: the content of these columns is not"
                ' clear: "Ref". Say it with --columns (code=, pin=, expires=), or pass over one with'
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
    show = ("codes", "show", bought["id"], "--reason", "Ticket 17")
    assert (await huggg(*show)).out == "00981234\nPIN 0042\n"
    assert json.loads((await huggg(*show, "--json")).out) == {"code": "00981234", "pin": "0042"}


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
        result = await huggg(*command, str(file))
        assert (result.code, result.err) == (
            1,
            f"huggg: The file was refused, no code was taken: {why}\n",
        )
    result = await huggg(*command, str(tmp_path))
    assert (result.code, result.err) == (1, f"huggg: {tmp_path}: Is a directory\n")


async def test_a_pool_below_its_mark_is_an_exit_code_for_cron(
    world: World, huggg: Huggg, cinema: Merchant
) -> None:
    full, bare = map(str, cinema.segments)
    assert (await huggg("codes", "status")).out == "There is no pool yet.\n"
    assert (await huggg("codes", "status", "--json")).out == "[]\n"
    assert (await huggg("codes", "low-water")).code == 0
    unknown = (
        1,
        "No segment of that id has a pool: look with `segment list`, and import codes first.\n",
    )
    for words in (("3", "--segment", bare), ("--segment", bare)):
        result = await huggg("codes", "low-water", *words)
        assert (result.code, result.err) == unknown
    await load(world.platform, cinema.segments[0], [mint() for _ in range(4)])
    for level, code, out in (("3", 0, ""), ("4", 1, f"{full}  Merchant of 4: Region 0: 4 left\n")):
        assert (await huggg("codes", "low-water", level, "--segment", full)).code == 0
        for options in ([], ["--segment", full]):
            result = await huggg("codes", "low-water", *options)
            assert (result.code, result.out) == (code, out)
    assert (await huggg("codes", "low-water", "5")).code == 2
    [level] = json.loads((await huggg("codes", "status", "--json")).out)
    assert (level["segment_id"], level["free"], level["low_water"], level["low"]) == (full, 4, 4, True)
    assert (await huggg("codes", "withdraw", str(new_id()))).code == 1


async def test_a_service_that_gave_nothing_of_use_is_asked_anew(world: World, huggg: Huggg) -> None:
    merchant = await add_merchant(world.platform, 7, segments=0)
    async with issuing_service() as fake:
        await ask_for_codes(world.platform, fake, merchant.brand)
        fake.says = (200, {"code": "4111111111111111"})
        (bought,) = await world.buy(merchant.product)
        path = f"/api/v2/hugggs/{bought['id']}/voucher"
        assert (await world.call("POST", path, world.amara)).status_code == 409
        result = await huggg("codes", "reissue", bought["shortcode"], "--reason", "Ticket 17")
        assert result.code == 0
        key = result.out.split()[-1].rstrip(".")
    assert [
        str(row["id"]) for row in await sql(world.platform.database, "SELECT id FROM issuances")
    ] == [key]
    (bare,) = await world.buy(merchant.product)
    result = await huggg("codes", "reissue", bare["shortcode"], "--reason", "Ticket 17")
    assert (result.code, result.err) == (1, "huggg: No service was asked for this huggg's code.\n")


async def test_a_pool_is_told_what_to_do_with_codes_that_end_early_and_one_is_replaced(
    world: World, huggg: Huggg, cinema: Merchant
) -> None:
    region = str(cinema.segments[0])
    unknown = await huggg("codes", "policy", "--segment", region)
    assert (unknown.code, unknown.err) == (
        1,
        "No segment of that id has a pool: look with `segment list`, and import codes first.\n",
    )
    await load(world.platform, cinema.segments[0], ["FIRST-77X1", "SECOND-77X1"])
    for words, out in (
        ([], "short_codes refused\nended_codes shown\n"),
        (["--short-codes", "given"], "short_codes given\nended_codes shown\n"),
        (["--ended-codes", "replaced"], "short_codes given\nended_codes replaced\n"),
    ):
        result = await huggg("codes", "policy", "--segment", region, *words)
        assert (result.code, result.out) == (0, out)
    (bought,) = await world.buy(cinema.product)
    path, body = f"/api/v2/hugggs/{bought['id']}/voucher", {"segmentId": region}
    first = (await world.call("POST", path, world.amara, body)).json()["data"]["code"]
    result = await huggg("codes", "replace", bought["shortcode"], "--reason", "Ticket 17")
    assert result.code == 0
    second = (await huggg("codes", "show", bought["id"], "--reason", "Ticket 17")).out.strip()
    assert {first, second} == {"FIRST-77X1", "SECOND-77X1"}
    empty = await huggg("codes", "replace", bought["shortcode"], "--reason", "Ticket 18")
    assert (empty.code, empty.err) == (
        1,
        f"huggg: No codes are left for segment {region}. Load more with `huggg codes import`.\n",
    )
