"""Files of codes become batches of a pool, whole or not at all."""

from __future__ import annotations

import gzip
from io import BytesIO
from uuid import UUID

import pytest

from huggg.database.doctor import examine
from huggg.hugggs.reference import reference
from huggg.kit.ids import new_id
from huggg.vouchers.code_files import text as texts
from huggg.vouchers.code_files.hints import Hints
from huggg.vouchers.crockford import mint
from huggg.vouchers.errors import BadCodes, UnknownScope
from huggg.vouchers.events import low_pools
from huggg.vouchers.import_codes import import_codes
from huggg.vouchers.import_report import ImportReport, SkippedLines
from huggg.vouchers.pool_levels import pool_levels
from huggg.vouchers.show_code import show_code
from huggg.vouchers.withdraw import withdraw
from tests.support.consumers import read_all
from tests.support.keys import TEST_KEYS
from tests.support.merchants import Merchant, add_merchant
from tests.support.silence import nothing_moves
from tests.support.sql import sql
from tests.support.world import World


@pytest.fixture
async def cinema(world: World) -> Merchant:
    return await add_merchant(world.platform, 4)


async def take(world: World, segment: UUID, text: str | bytes, **options: object) -> ImportReport:
    file = BytesIO(text.encode() if isinstance(text, str) else text)
    return await import_codes(
        world.platform.database,
        world.platform.vault,
        file,
        segment_id=segment,
        **options,  # type: ignore[arg-type]
    )


async def test_the_report_tells_new_from_known_and_where_it_is_known(
    world: World, cinema: Merchant
) -> None:
    inside, outside = cinema.segments
    codes = [mint() for _ in range(6)]
    await take(world, outside, "\n".join(codes[:1]))
    await take(world, inside, "\n".join(codes[1:3]))
    report = await take(world, inside, "\n".join([*codes, codes[5], "", "  "]))
    assert report.imported == 3
    assert {reason: lines for reason, lines in report.skipped.items() if lines.count} == {
        "twice in the file": SkippedLines(1, [7]),
        "in the pool already": SkippedLines(2, [2, 3]),
        "in another pool of the brand": SkippedLines(1, [1]),
        "blank": SkippedLines(2, [8, 9]),
    }
    again = await take(world, inside, "\n".join(codes))
    assert (again.batch_id, again.imported) == (None, 0)
    assert [(level.imported, level.free) for level in await pool_levels(world.platform.database)] == [
        (5, 5),
        (1, 1),
    ]


async def test_a_bad_line_refuses_the_file_and_names_no_code(world: World, cinema: Merchant) -> None:
    with pytest.raises(BadCodes) as refused:
        await take(world, cinema.segments[0], f"{mint()}\n4111111111111111\n{'y' * 65}\n")
    assert str(refused.value) == (
        "The file was refused, no code was taken:\n"
        "  line 2: looks like a payment card number, which must not be kept here\n"
        "  line 3: is too long: a code has at most 64 characters"
    )
    assert await pool_levels(world.platform.database) == []


async def test_a_pin_is_sealed_and_shown_with_its_code(world: World, cinema: Merchant) -> None:
    region = cinema.segments[0]
    await take(world, region, "Gift Card Number;PIN\nCARD-77X1-0098;0042\n")
    (huggg,) = await world.buy(cinema.product)
    path = f"/api/v2/hugggs/{huggg['id']}/voucher"
    answer = (await world.call("POST", path, world.amara, {"segmentId": str(region)})).json()
    [voucher] = answer["embedded"]["vouchers"]
    assert (voucher["code"], voucher["pin"], list(voucher)[-1]) == ("CARD-77X1-0098", "0042", "pin")
    assert answer["data"]["code"] == "CARD-77X1-0098"
    huggg_reference = reference(world.platform.vault, huggg["id"])
    shown = await show_code(
        world.platform.database, world.platform.vault, huggg_reference, reason="Ticket 17"
    )
    assert (shown.code, shown.pin) == ("CARD-77X1-0098", "0042")
    again = await take(world, region, "Code,PIN\nCARD-77X1-0098,9999\n")
    assert again.skipped["in the pool already"] == SkippedLines(1, [2])


async def test_a_voucher_without_a_pin_has_the_published_keys(world: World, cinema: Merchant) -> None:
    region = cinema.segments[0]
    await take(world, region, mint())
    (huggg,) = await world.buy(cinema.product)
    path = f"/api/v2/hugggs/{huggg['id']}/voucher"
    answer = (await world.call("POST", path, world.amara, {"segmentId": str(region)})).json()
    assert list(answer["embedded"]["vouchers"][0]) == (
        ["id", "code", "huggg_id", "segment_id", "expiry_date", "created_at", "updated_at"]
    )


async def test_a_check_does_all_but_write(world: World, cinema: Merchant) -> None:
    inside, outside = cinema.segments
    await take(world, outside, "A1-77-0001\n")
    await take(world, inside, "A1-77-0002\n")
    file = "Code;PIN;Valid until\n" + "".join(
        f"A1-77-{number:04d};{number:04d};31.12.2027\n" for number in (1, 2, 3, 4, 4)
    )
    async with nothing_moves(world.platform.database):
        report = await take(world, inside, file, check=True)
    assert str(report) == (
        "line 2: A1••••••01  PIN ••••  until 2028-01-01 00:00 UTC\n"
        "line 3: A1••••••02  PIN ••••  until 2028-01-01 00:00 UTC\n"
        "line 4: A1••••••03  PIN ••••  until 2028-01-01 00:00 UTC\n"
        "line 5: A1••••••04  PIN ••••  until 2028-01-01 00:00 UTC\n"
        "line 6: A1••••••04  PIN ••••  until 2028-01-01 00:00 UTC\n"
        "2 codes would be imported. Nothing was written.\n"
        "1 skipped, twice in the file: line 6.\n"
        "1 skipped, in the pool already: line 3.\n"
        "1 skipped, in another pool of the brand: line 2.\n"
        "Warning: Codes count up: a holder of one can guess the next."
    )
    with pytest.raises(BadCodes):
        await take(world, inside, file + "NULL;1;\n", check=True)
    assert (await take(world, inside, file)).imported == 2


async def test_a_code_that_was_issued_to_a_huggg_is_told_as_that(world: World) -> None:
    minting = await add_merchant(world.platform, 1, segments=1)
    (huggg,) = await world.buy(minting.product)
    report = await take(world, minting.segments[0], huggg["code"])
    assert (report.imported, report.skipped["issued to a huggg already"]) == (0, SkippedLines(1, [1]))


async def test_two_brands_may_have_equal_codes_and_each_finds_its_own(world: World) -> None:
    merchants = [await add_merchant(world.platform, 4) for _ in range(2)]
    for merchant in merchants:
        assert (await take(world, merchant.segments[0], "SAME-77X1")).imported == 1
    for merchant in merchants:
        (huggg,) = await world.buy(merchant.product)
        path = f"/api/v2/hugggs/{huggg['id']}/voucher"
        body = {"segmentId": str(merchant.segments[0])}
        answer = (await world.call("POST", path, world.amara, body)).json()
        assert answer["data"]["code"] == "SAME-77X1"
    prints = await sql(world.platform.database, "SELECT DISTINCT fingerprint FROM codes")
    assert len(prints) == 2, "A fingerprint would tell that two brands have a code in common."


async def test_a_file_that_holds_no_code_is_refused(world: World, cinema: Merchant) -> None:
    for file in ("", "\n\n", "Code;PIN\n"):
        with pytest.raises(BadCodes, match=r"it is empty|it holds no code"):
            await take(world, cinema.segments[0], file)
    assert await pool_levels(world.platform.database) == []


async def test_codes_that_a_spreadsheet_rounded_are_refused(world: World, cinema: Merchant) -> None:
    file = "Code\n" + "".join(f"98341234567{number:04d}000\n" for number in range(50))
    with pytest.raises(BadCodes, match="all its codes end in zeros after the fifteenth digit"):
        await take(world, cinema.segments[0], file)


async def test_a_line_that_is_not_utf8_far_down_is_told_with_its_number(
    world: World, cinema: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "PIECE_BYTES", 512)
    file = "\n".join(mint() for _ in range(500)).encode() + b"\nGR\xfcN-77\n"
    with pytest.raises(BadCodes, match="line 501: is not UTF-8; name the encoding with --encoding"):
        await take(world, cinema.segments[0], file)
    hints = Hints(encoding="cp1252")
    assert (await take(world, cinema.segments[0], file, hints=hints)).imported == 501


async def test_long_files_are_sealed_in_processes_beside(
    world: World, cinema: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "PIECE_BYTES", 512)
    codes = [mint() for _ in range(500)]
    packed = gzip.compress("\n".join(codes).encode())
    progress: list[int] = []
    report = await take(world, cinema.segments[0], packed, keys=TEST_KEYS, on_progress=progress.append)
    assert report.imported == 500
    assert progress == sorted(progress)
    assert progress[-1] == 500
    assert (await take(world, cinema.segments[0], "\n".join(codes))).imported == 0


async def test_a_withdrawn_batch_leaves_the_pool_and_stays_known(world: World, cinema: Merchant) -> None:
    code = mint()
    batch = (await take(world, cinema.segments[0], code)).batch_id
    assert batch is not None
    assert await withdraw(world.platform.database, batch_id=batch) == 1
    assert await withdraw(world.platform.database, batch_id=batch) == 0
    assert (await take(world, cinema.segments[0], code)).imported == 0
    [level] = await pool_levels(world.platform.database)
    assert (level.imported, level.free, level.withdrawn, level.low) == (1, 0, 1, True)
    assert [finding.rule for finding in await examine(world.platform.database) if finding.rows] == []


async def test_an_expired_code_is_never_drawn(world: World, cinema: Merchant) -> None:
    region = cinema.segments[0]
    await take(world, region, f"OLD-{mint()},2031-01-31\nGOOD-{mint()},2031-02-28\n")
    async with world.platform.database.transaction() as connection:
        await connection.execute(
            "UPDATE codes SET valid_until = now() - interval '1 second' WHERE valid_until < '2031-02-02'"
        )
    (huggg,) = await world.buy(cinema.product)
    path = f"/api/v2/hugggs/{huggg['id']}/voucher"
    answer = (await world.call("POST", path, world.amara, {"segmentId": str(region)})).json()
    assert answer["data"]["code"].startswith("GOOD-")
    assert answer["embedded"]["vouchers"][0]["expiry_date"] == "2031-02-28 23:59:00"
    assert answer["data"]["expiry_date"] == huggg["expiry_date"]


async def test_a_low_pool_says_so_once(world: World, cinema: Merchant) -> None:
    region = cinema.segments[0]
    await take(world, region, "\n".join(mint() for _ in range(3)))
    for huggg in await world.buy(cinema.product, quantity=2):
        path = f"/api/v2/hugggs/{huggg['id']}/voucher"
        await world.call("POST", path, world.amara, {"segmentId": str(region)})
    await read_all(world.platform.database, low_pools())
    async with world.platform.database.transaction() as connection:
        count = "SELECT count(*) FROM events WHERE kind = 'pool.low' AND subject_id = $1"
        assert await connection.fetchval(count, region) == 1


async def test_an_unknown_segment_has_no_pool(world: World) -> None:
    with pytest.raises(UnknownScope):
        await take(world, new_id(), mint())
