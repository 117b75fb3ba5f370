"""A shop: a server with a gallery of gifts, and gifts and groups in each of their states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, BrowserContext

from huggg.groups.ask import seal_address
from huggg.groups.join import join
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.store import load_hugggs
from tests.support.gallery import Gallery


@dataclass(frozen=True, slots=True)
class Shop:
    """A server with a gallery of gifts, and the browser before it."""

    gallery: Gallery
    url: str
    browser: Browser

    async def context(self, width: int = 360, *, density: int = 2, **options: Any) -> BrowserContext:
        """Open a browser window of its own, on a screen with so many dots for a pixel."""
        return await self.browser.new_context(
            base_url=self.url,
            viewport={"width": width, "height": 800},
            locale="en-GB",
            device_scale_factor=density,
            **options,
        )

    async def now(self, huggg: Huggg) -> Huggg:
        """Read a gift as it is by now."""
        snapshot = await load_hugggs(
            self.gallery.platform.database, self.gallery.platform.vault, [huggg.id]
        )
        return snapshot.hugggs[0]


async def states(shop: Shop) -> dict[str, str]:
    """Bring a gift into each state, and give the paths of their pages."""
    gallery = shop.gallery
    gifts = {
        "scheduled": await gallery.scheduled(),
        "choice": await gallery.choice(),
        "waiting": await gallery.gift("harbour"),
        "themed": await gallery.themed(),
        "ending": await gallery.ending(),
        "claimed": await gallery.claimed(),
        "segment": await gallery.claimed("starlight"),
        "pin": await gallery.claimed("kettle"),
        "redeemed": await gallery.redeemed(),
        "cancelled": await gallery.cancelled(),
        "expired": await gallery.expired(),
        "moved": await gallery.moved(),
    }
    paths = {name: f"/{huggg.codes.shortcode}" for name, huggg in gifts.items()}
    paths |= await group_states(gallery)
    return {**paths, "places": f"{paths['waiting']}/places", "unknown": "/abcdefgh12345678"}


async def group_states(gallery: Gallery) -> dict[str, str]:
    """Bring groups into each state, and give the paths of their pages."""
    columns = {
        "group-waiting": {},
        "group-scheduled": {"sent_at": "now() + interval '3 days'"},
        "group-cancelled": {"cancelled_at": "now()"},
        "group-over": {"expiry_date": "current_date - 1", "expires_at": "current_date - 1"},
        "group-none-left": {"assigned_at": "now()", "next_expires_at": "NULL"},
    }
    groups = {name: await gallery.group(2) for name in columns}
    for name, changed in columns.items():
        if changed:
            await gallery.change_group(groups[name], **changed)
    paths = {name: f"/super/{group.link.code}" for name, group in groups.items()}
    open_, platform = groups["group-waiting"], gallery.platform
    token = seal_address(platform.vault, open_, "dee@example.org")
    has_one, database = await gallery.group(2), platform.database
    again = seal_address(platform.vault, has_one, "dee@example.org")
    await join(database, platform.vault, has_one, "dee@example.org", browser="x", client_id="page")
    return {
        **paths,
        "group-mail": f"{paths['group-waiting']}/mail",
        "group-confirm": f"{paths['group-waiting']}/{token}",
        "group-taken": f"/super/{has_one.link.code}/{again}",
    }
