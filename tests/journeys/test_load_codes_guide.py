"""`docs/how-to/load-codes.md`, command by command."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.support.commands import Huggg
from tests.support.issuing_service import issuing_service
from tests.support.merchants import Merchant, add_merchant, load
from tests.support.sql import scalar, sql
from tests.support.world import World

GUIDE = (Path(__file__).parents[2] / "docs/how-to/load-codes.md").read_text()
BLOCKS = [
    line for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()
]
IN_PROSE = re.findall(r"`(huggg [a-z-]+ [^`]*(?:--|[A-Z]{4})[^`]*)`", GUIDE)
COMMANDS = [*BLOCKS, *IN_PROSE]


def test_the_guide_has_the_commands_that_look_after_pools() -> None:
    files = {" ".join(command.split()[1:3]) for command in COMMANDS}
    assert files == {
        *(
            f"codes {verb}"
            for verb in ("import", "status", "low-water", "policy", "replace", "withdraw")
        ),
        *("codes reissue", "codes show", "issuer set", "refund-policy set"),
    }


async def test_every_command_of_the_guide_does_what_it_says(
    world: World, huggg: Huggg, tmp_path: Path
) -> None:
    cinema = await add_merchant(world.platform, 4)
    supplied = await add_merchant(world.platform, 7, segments=0)
    file = tmp_path / "codes.csv"
    file.write_text(
        "Voucher Code;PIN;Valid until\nCARD-77X1;0042;31.12.2089\nCARD-02PQ;0043;31.12.2089\n"
    )
    batch = (await load(world.platform, cinema.segments[0], ["SPARE-77X1"])).batch_id
    team = await scalar(world.platform.database, "SELECT id FROM teams WHERE name = 'Acorn'")
    has_code, was_refused = await hugggs_in_need(world, huggg, cinema, supplied)
    for command in COMMANDS:
        meant = {
            "BRAND": str(cinema.brand),
            "SEGMENT": str(cinema.segments[0]),
            "HUGGG": was_refused if "reissue" in command else has_code,
            "BATCH": str(batch),
            "TEAM": str(team),
            "codes.csv": str(file),
            "https://codes.brand.example": "http://127.0.0.1:9",
        }
        for word, value in meant.items():
            command = command.replace(word, value)  # noqa: PLW2901 - filled in, word by word
        result = await huggg(*shlex.split(command)[1:])
        assert result.code == 0, (command, result.err)


async def hugggs_in_need(
    world: World, huggg: Huggg, cinema: Merchant, supplied: Merchant
) -> tuple[str, str]:
    """Buy a huggg that has a code of a pool, and one that a brand's service refused a code."""
    (has_code,) = await world.buy(cinema.product)
    body = {"segmentId": str(cinema.segments[0])}
    path = "/api/v2/hugggs/{}/voucher"
    assert (await world.call("POST", path.format(has_code["id"]), world.amara, body)).status_code == 200
    async with issuing_service() as fake:
        set_ = await huggg("issuer", "set", str(supplied.brand), "http", "--url", fake.url)
        fake.secret = set_.out.split()[-1]
        fake.says = (422, {"error": "Campaign is over."})
        (was_refused,) = await world.buy(supplied.product)
        answer = await world.call("POST", path.format(was_refused["id"]), world.amara)
        assert answer.status_code == 409
    await sql(world.platform.database, "UPDATE jobs SET due_at = now() + interval '1 hour'")
    return has_code["shortcode"], was_refused["shortcode"]
