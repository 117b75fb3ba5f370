"""A guest book: pages as a noun adds them, to try their ground with.

One signs with a form, a cookie keeps the name, and a redirect leads back to the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Meta, Struct

from huggg.html import templates
from huggg.html.cookies import Cookie
from huggg.html.forms import InvalidForm, fill
from huggg.html.operation import page_operation
from huggg.html.redirect import see_other
from huggg.html.renderer import Renderer
from huggg.http.route import get, post
from huggg.http.web import Request, Response
from huggg.hugggs.errors import HugggNotFound
from huggg.kit.errors import TooManyRequests
from huggg.kit.platform import Platform
from huggg.refusal import Unavailable
from huggg.server import app, routes

GUEST = Cookie("guest", str, seconds=3600)
VISIT = Cookie("visit", int, seconds=60)
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)

BLANK = {"name": "", "count": ""}
NO_PROBLEMS = {"name": None, "count": None}


class Entry(Struct):
    """An entry of a guest."""

    name: Annotated[str, Meta(min_length=1, max_length=40)]
    count: Annotated[int, Meta(ge=1, le=9)] = 1


@get("/guests", operation=page_operation("showGuests", "The guest book"))
async def show_guests(request: Request, renderer: Renderer, platform: Platform) -> Response:
    """Show the form, and who signed last in this browser."""
    name = GUEST.read(request, platform.vault, now=NOW)
    return await renderer.page(
        "guest_book/book.html.j2", {"name": name, "texts": BLANK, "problems": NO_PROBLEMS}
    )


@post("/guests", operation=page_operation("signGuests", "Sign the guest book"))
async def sign_guests(request: Request, body: bytes, renderer: Renderer, platform: Platform) -> Response:
    """Take an entry, and lead back to the page."""
    try:
        entry = fill(request, body, Entry)
    except InvalidForm as invalid:
        values = {
            "name": None,
            "texts": BLANK | dict(invalid.texts),
            "problems": NO_PROBLEMS | dict(invalid.problems),
        }
        return await renderer.page("guest_book/book.html.j2", values, status=422)
    cookies = (GUEST.line(entry.name, platform.vault, now=NOW), VISIT.line(1, platform.vault, now=NOW))
    return see_other("/guests", cookies=cookies)


@get("/guests/{number}", operation=page_operation("showGuest", "One guest"))
async def show_guest(number: str, renderer: Renderer) -> Response:
    """Go wrong, in the way that the number says."""
    match number:
        case "404":
            raise HugggNotFound
        case "429":
            raise TooManyRequests(41.2, "guests")
        case "503":
            raise Unavailable
        case "500":
            raise RuntimeError("secret detail")
        case _:  # the template gets none of the values that it needs
            return await renderer.page("guest_book/book.html.j2", {})


ROUTES = [show_guests, sign_guests, show_guest]


@contextmanager
def guest_book_open(root: Path) -> Iterator[None]:
    """Have applications that start meanwhile serve it; `root` is an empty folder for its templates."""
    for package in ("html", "openapi", "front", "till"):
        (root / package).symlink_to(templates.ROOT / package)
    (root / "guest_book").symlink_to(Path(__file__).parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(templates, "ROOT", root)
        patch.setattr(app, "ROUTES", [*routes.ROUTES, *ROUTES])
        yield
