"""`GET /pictures/{name}`: the pictures of themes and brands."""

from __future__ import annotations

import re

from huggg.html.operation import page_operation
from huggg.html.pages import FOREVER
from huggg.html.policy import page_headers
from huggg.http.errors import error_response
from huggg.http.route import get
from huggg.http.web import Response
from huggg.kit.platform import Platform
from huggg.themes.picture import MEDIA_TYPE
from huggg.themes.store import find_picture

PICTURE = page_operation("showPicture", "A picture of a theme or brand")

NAME = re.compile(r"[0-9a-f]{32}\.webp")


@get("/pictures/{name}", operation=PICTURE)
async def get_picture(name: str, platform: Platform) -> Response:
    """Give a picture, to be kept: its address names its content."""
    body = await find_picture(platform.database, name) if NAME.fullmatch(name) else None
    if body is None:
        return error_response(404)
    return Response(body, media_type=MEDIA_TYPE, headers=FOREVER | page_headers())


ROUTES = [get_picture]
