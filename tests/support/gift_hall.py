"""A hall: a gallery of gifts, a browser before it, and the checks that every gift page passes."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx2

from huggg.database.sessions import connect
from huggg.hugggs.huggg import Huggg
from huggg.kit.codes import Vault
from huggg.server.wiring import build_platform
from huggg.settings.settings import Settings
from tests.conftest import fresh_database, served, settings_for
from tests.support.gallery import Gallery, open_gallery
from tests.support.keys import TEST_KEYS

BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "Accept-Language": "en-GB"}


@dataclass(frozen=True, slots=True)
class Hall:
    """A gallery, and a browser before it."""

    gallery: Gallery
    settings: Settings
    http: httpx2.AsyncClient

    async def accepted(self, slug: str) -> Huggg:
        """Buy a gift that a browser accepted."""
        huggg = await self.gallery.gift(slug)
        assert (await self.send(huggg, "/claim")).status_code == 303
        return huggg

    async def open(self, huggg: Huggg, ending: str = "", **headers: str) -> httpx2.Response:
        """Open a gift; header names are written with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(f"/{huggg.codes.shortcode}{ending}", headers=sent)

    async def send(
        self, huggg: Huggg, ending: str, form: dict[str, str] | None = None, **headers: str
    ) -> httpx2.Response:
        path = f"/{huggg.codes.shortcode}{ending}"
        sent = {"Sec-Fetch-Site": "same-origin", **headers}
        return await self.http.post(path, data=form or {}, headers=sent)


@asynccontextmanager
async def open_hall(postgres: str, template: str, folder: Path) -> AsyncIterator[Hall]:
    """Open a gallery in a database of its own, and serve it."""
    async with fresh_database(postgres, template) as url:
        settings = settings_for(url, folder)
        database = await connect(url, connections_max=20)
        platform = build_platform(settings, database, Vault(TEST_KEYS))
        gallery = await open_gallery(platform)
        async with served(settings) as http:
            http.headers.update(BROWSER)
            yield Hall(gallery, settings, http)
        await database.close()


def state_of(answer: httpx2.Response) -> str:
    """Read the state that a page tells its script."""
    (state,) = re.findall(r'data-state="([\w ]+)"', answer.text)
    return str(state)


def is_a_gift_page(answer: httpx2.Response) -> None:
    """See that the headers hide the page, and that its policy fits its text."""
    headers = answer.headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers.get_list("cache-control") == ["no-store"]
    assert headers["x-robots-tag"] == "noindex, nofollow, noarchive"
    assert headers["referrer-policy"] == "same-origin"
    (sheet,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    hashed = b64encode(sha256(sheet.encode()).digest()).decode()
    policy = headers["content-security-policy"]
    assert f"style-src 'self' 'sha256-{hashed}';" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.findall(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", answer.text)
    assert not re.findall(r'(?:src|srcset)="(?!/(?:static|pictures)/)', answer.text)
    assert '<meta name="robots" content="noindex' in answer.text
