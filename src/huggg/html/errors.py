"""Errors of pages: told in plain words and as HTML, to browsers that asked for a page.

The API keeps its JSON. An address belongs to the API where the first word of its path is that of a route
of the API; every other address is a page's, or nothing's.
"""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus

import msgspec
import structlog
from msgspec import Struct

from huggg.html.renderer import Renderer
from huggg.http.web import Request, Response

log = structlog.get_logger()

TEMPLATE = "html/error.html.j2"


class Words(Struct, frozen=True):
    """What an error page says: what is wrong, and what its reader can do."""

    title: str
    advice: str


WORDS = {
    400: Words("This request cannot be read", "Go back, load the page again, and try once more."),
    403: Words("This is not allowed", "Go back, load the page again, and try once more."),
    404: Words("There is no page here", "The address may be mistyped, or the page may be gone."),
    405: Words("This page takes no such request", "Open the page itself, and go on from there."),
    413: Words("This is too large", "A form may hold one megabyte, files included."),
    414: Words("This address is too long", "Type a shorter address, or follow a link."),
    422: Words("Something in this form does not fit", "Go back and correct it."),
    429: Words("That was too much at once", "Wait a moment, then load the page again."),
    500: Words("Something went wrong on our side", "Nothing that you did caused this. Try again later."),
    503: Words("This server is busy", "Wait a moment, then load the page again."),
}
OTHERWISE = Words("This did not work", "Go back, and try once more.")

SAID = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT})
"""Where the refusal's own sentence says more than the words above."""


class _Error(Struct):
    error: str


class ErrorPages:
    """Tells errors to browsers. One per process."""

    def __init__(self, renderer: Renderer, api_words: Collection[str]) -> None:
        """Take the first words of the paths that belong to the API."""
        self._renderer = renderer
        self._api_words = frozenset(api_words)

    async def told(self, request: Request, response: Response) -> Response:
        """Give the page that says the same as an error; or the error itself, to all but browsers.

        A page that cannot be made is logged, and its reader gets the error as JSON.
        """
        if not response.body or not self._for_a_browser(request):
            return response
        try:
            page = await self._page(request, response)
        except Exception as defect:
            log.exception("error page failed", exc_info=defect)
            return response
        return msgspec.structs.replace(page, headers={**response.headers, **page.headers})

    async def _page(self, request: Request, response: Response) -> Response:
        words = WORDS.get(response.status, OTHERWISE)
        sentence = msgspec.json.decode(response.body, type=_Error).error
        values = {
            "title": words.title,
            "advice": words.advice,
            "sentence": sentence if response.status in SAID else None,
            "wait_seconds": response.headers.get("Retry-After"),
            "request_id": request.context.id,
        }
        return await self._renderer.page(TEMPLATE, values, status=response.status)

    def _for_a_browser(self, request: Request) -> bool:
        if not takes_html(request.lines(b"accept")):
            return False
        if request.operation is not None:
            return request.operation.is_page
        first_word = request.scope["path"].strip("/").partition("/")[0]
        return first_word not in self._api_words


def takes_html(accepted: str) -> bool:
    """Tell whether `Accept` names HTML, as browsers do for a page; `*/*` is every program's."""
    for item in accepted.lower().split(","):
        media_type, *parameters = (part.strip() for part in item.split(";"))
        if media_type == "text/html" and not any(_is_refused(each) for each in parameters):
            return True
    return False


def _is_refused(parameter: str) -> bool:
    name, _, weight = parameter.replace(" ", "").partition("=")
    return name == "q" and weight.strip("0.") == ""
