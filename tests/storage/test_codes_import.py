"""Files of codes become batches of a pool, whole or not at all."""

from __future__ import annotations

import gzip
from io import BytesIO
from uuid import UUID

import pytest

from huggg.database.doctor import examine
from huggg.kit.ids import new_id
from huggg.vouchers import import_codes as importing
from huggg.vouchers.crockford import mint
from huggg.vouchers.errors import BadCodes, UnknownScope
from huggg.vouchers.import_codes import import_codes
from huggg.vouchers.import_report import ImportReport, Skipped
from huggg.vouchers.pool_levels import pool_levels
from huggg.vouchers.withdraw import withdraw
from tests.support.keys import TEST_KEYS
from tests.support.merchants import Merchant, add_merchant
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
    assert {reason: found for reason, found in report.skipped.items() if found.count} == {
        "twice in the file": Skipped(1, [7]),
        "in the pool already": Skipped(2, [2, 3]),
        "in another pool of the brand": Skipped(1, [1]),
        "blank": Skipped(2, [8, 9]),
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


async def test_long_files_are_sealed_in_processes_beside(
    world: World, cinema: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "STRETCH_BYTES", 512)
    codes = [mint() for _ in range(500)]
    packed = gzip.compress("\n".join(codes).encode())
    heard: list[int] = []
    report = await take(world, cinema.segments[0], packed, keys=TEST_KEYS, on_progress=heard.append)
    assert report.imported == 500
    assert heard == sorted(heard)
    assert heard[-1] == 500
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
    await take(world, region, f"OLD-{mint()},2027-01-31\nGOOD-{mint()},2027-02-28\n")
    async with world.platform.database.transaction() as connection:
        await connection.execute(
            "UPDATE codes SET valid_until = now() - interval '1 second' WHERE valid_until < '2027-02-02'"
        )
    (huggg,) = await world.buy(cinema.product)
    path = f"/api/v2/hugggs/{huggg['id']}/voucher"
    answer = (await world.call("POST", path, world.amara, {"segmentId": str(region)})).json()
    assert answer["data"]["code"].startswith("GOOD-")
    assert answer["embedded"]["vouchers"][0]["expiry_date"] == "2027-03-01 00:00:00"
    assert answer["data"]["expiry_date"] == huggg["expiry_date"]


async def test_a_low_pool_says_so_once(world: World, cinema: Merchant) -> None:
    region = cinema.segments[0]
    await take(world, region, "\n".join(mint() for _ in range(3)))
    for huggg in await world.buy(cinema.product, quantity=2):
        path = f"/api/v2/hugggs/{huggg['id']}/voucher"
        await world.call("POST", path, world.amara, {"segmentId": str(region)})
    async with world.platform.database.transaction() as connection:
        count = "SELECT count(*) FROM events WHERE kind = 'pool.low' AND subject_id = $1"
        assert await connection.fetchval(count, region) == 1


async def test_an_unknown_segment_has_no_pool(world: World) -> None:
    with pytest.raises(UnknownScope):
        await take(world, new_id(), mint())
