"""`GET /static/{name}`: the assets of pages."""

from __future__ import annotations

import re

from huggg.html.assets import Assets
from huggg.html.operation import page_operation
from huggg.html.policy import page_headers
from huggg.http.errors import error_response
from huggg.http.route import get
from huggg.http.web import Response

ASSET = page_operation("showAsset", "A style sheet, script or picture of a page", keepable=True)

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
"""Browsers and caches keep an asset for a year and never ask again: its address names its content."""


WORKER = re.compile(r"worker-[0-9a-f]+\.js$")
"""A script that browsers run beside the pages that register it, by its file's name."""


@get("/static/{name}", operation=ASSET)
async def get_asset(name: str, assets: Assets) -> Response:
    """Give an asset, to be kept; 404 for every address but those that this release has."""
    asset = assets.find(f"/static/{name}")
    if asset is None:
        return error_response(404)
    if not WORKER.search(asset.path):
        return Response(asset.body, media_type=asset.media_type, headers=FOREVER | page_headers())
    # A worker asks the server on behalf of its pages, whose addresses are not below its own.
    headers = FOREVER | page_headers(scripts=True) | {"Service-Worker-Allowed": "/"}
    return Response(asset.body, media_type=asset.media_type, headers=headers)


ROUTES = [get_asset]
