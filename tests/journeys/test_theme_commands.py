"""An operator gives a team and a brand their looks at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.commands import Huggg
from tests.support.gallery import drawing
from tests.support.silence import nothing_moves
from tests.support.world import World


async def test_a_theme_is_saved_listed_and_removed(world: World, huggg: Huggg, tmp_path: Path) -> None:
    team = json.loads((await huggg("team", "list", "--json")).out)[0]["id"]
    logo, svg = tmp_path / "logo.png", tmp_path / "logo.svg"
    logo.write_bytes(drawing((300, 200), "#ffffff", "#0b6b5d"))
    svg.write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    saved = await huggg("theme", "set", team, "spring", "--ground", "#0B6B5D", "--logo", str(logo))
    assert (saved.code, saved.out) == (0, "Set.\n")
    [theme] = json.loads((await huggg("theme", "list", "--team", team, "--json")).out)
    assert (theme["id"], theme["label"], theme["ground"]) == ("spring", "spring", "#0b6b5d")
    assert (theme["logo"], theme["cover"]) == (True, False)

    async with nothing_moves(world.platform.database):
        pale = await huggg("theme", "set", team, "spring", "--accent", "#ffe100")
        drawn = await huggg("theme", "set", team, "spring", "--cover", str(svg))
        unknown = await huggg("theme", "set", str(world.wallet), "spring", "--ground", "#0b6b5d")
        missing = await huggg("theme", "remove", team, "autumn")
    assert pale.code == 1
    assert pale.err.startswith("huggg: accent: #ffe100 on #ffffff, the page in the light scheme, has a")
    assert drawn.err == "huggg: cover: must be a picture (PNG, JPEG, WebP or GIF) that can be read.\n"
    assert unknown.err == f"huggg: There is no team {world.wallet}.\n"
    assert missing.err == f"huggg: Team {team} has no theme autumn.\n"

    assert (await huggg("theme", "remove", team, "spring")).out == "Removed.\n"
    assert (await huggg("theme", "list")).out == "There is no theme yet.\n"


async def test_a_brand_gets_its_pictures(world: World, huggg: Huggg, tmp_path: Path) -> None:
    cover = tmp_path / "cover.png"
    cover.write_bytes(drawing((960, 400), "#0b6b5d", "#ffffff"))
    brand = str(world.harbour)
    assert (await huggg("brand", "pictures", brand, "--cover", str(cover))).out == "Set.\n"
    none = await huggg("brand", "pictures", brand)
    assert none.err == "huggg: Give a logo, a cover, or both.\n"
