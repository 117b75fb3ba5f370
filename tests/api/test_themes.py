"""Themes on gift pages: a purchase names one, and its pictures come from this server alone."""

from __future__ import annotations

import re

import pytest

from huggg.themes.set_theme import remove_theme
from huggg.themes.store import find_theme
from tests.conftest import served
from tests.support.gift_hall import BROWSER, Hall, is_a_gift_page


def addresses(page: str) -> list[str]:
    return re.findall(r'<img src="([^"]+)"', page)


async def test_a_gift_is_shown_in_the_theme_that_its_purchase_named(hall: Hall) -> None:
    huggg = await hall.gallery.themed()
    team = hall.gallery.buyer.team_id
    assert team is not None
    async with served(hall.settings) as fresh:  # a process that keeps no older look
        fresh.headers.update(BROWSER)
        page = await fresh.get(f"/{huggg.codes.shortcode}")
        is_a_gift_page(page)
        assert "--ground:#0d3b66;--on-ground:#ffffff;--hue:#0b6b5d" in page.text
        assert '<meta name="theme-color" content="#0d3b66">' in page.text
        cover, logo, brand_logo = addresses(page.text)
        theme = await find_theme(hall.gallery.platform.database, team, "spring")
        assert theme is not None
        pictures = theme.pictures
        assert (cover, logo) == (f"/pictures/{pictures.cover}", f"/pictures/{pictures.logo}")
        for address in (cover, logo, brand_logo):
            answer = await fresh.get(address)
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "image/webp"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
            assert answer.content[:4] == b"RIFF"

        plain = await hall.gallery.gift("lantern")
        page = await fresh.get(f"/{plain.codes.shortcode}")
        assert "--ground:#0d3b66" not in page.text
        assert addresses(page.text) == [brand_logo]

    await remove_theme(hall.gallery.platform.database, team, "spring")
    async with served(hall.settings) as fresh:
        fresh.headers.update(BROWSER)
        page = await fresh.get(f"/{huggg.codes.shortcode}")
        assert addresses(page.text) == [brand_logo]
        assert (await fresh.get(cover)).status_code == 200  # pages that are open show it


@pytest.mark.parametrize("name", [f"{'0' * 32}.webp", "nothing", f"{'0' * 32}.svg", "..%2F..%2Fetc"])
async def test_a_picture_that_is_not_there_is_not_found(hall: Hall, name: str) -> None:
    answer = await hall.http.get(f"/pictures/{name}")
    assert answer.status_code == 404
