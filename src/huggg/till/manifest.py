"""The manifest by which a browser installs the till page beside the other apps of a device."""

from __future__ import annotations

import msgspec

from huggg.html.assets import Assets
from huggg.html.operation import page_operation
from huggg.http.route import get
from huggg.http.web import Response

MANIFEST = page_operation("showTillManifest", "The manifest of the till page, for installing it")

ICONS = (("till/icon-192.png", "192x192", "any"), ("till/icon-512.png", "512x512", "any maskable"))


@get("/till/app.webmanifest", operation=MANIFEST)
async def get_manifest(assets: Assets) -> Response:
    """Describe the till as an app: its name, its first page, its icons."""
    manifest = {
        "id": "/till",
        "name": "huggg till",
        "short_name": "Till",
        "start_url": "/till",
        "scope": "/till",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#6b2fb3",
        "icons": [
            {"src": assets.path(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
    }
    return Response(msgspec.json.encode(manifest), media_type="application/manifest+json")


ROUTES = [get_manifest]
