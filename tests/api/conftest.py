from __future__ import annotations

import httpx2
import pytest

from huggg.identity.create import create_client
from huggg.kit.platform import Platform
from tests.support.world import CLIENT, token_for


@pytest.fixture
async def window(http: httpx2.AsyncClient, platform: Platform) -> httpx2.AsyncClient:
    """A shop window: a program that reads the catalogue, with nobody logged in."""
    await create_client(platform.database, platform.vault, CLIENT, name="A shop window")
    http.headers["Authorization"] = f"Bearer {await token_for(platform, None)}"
    return http
