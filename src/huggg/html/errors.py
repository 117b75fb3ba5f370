"""Errors of pages: browsers that asked for a page get them in plain words, as HTML.

The API keeps its JSON. An address belongs to the API where the first word of its path is that of a route
of the API; every other address is a page's, or nothing's.
"""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus

import msgspec
import structlog
from msgspec import Struct

from huggg.html.policy import HTML
from huggg.html.renderer import Renderer
from huggg.http.web import Request, Response

log = structlog.get_logger()

TEMPLATE = "html/error.html.j2"


class ErrorText(Struct, frozen=True):
    """The text of an error page: the fault, and the next step of its reader."""

    title: str
    advice: str


TEXTS = {
    400: ErrorText("This request cannot be read", "Go back, load the page again, and try once more."),
    403: ErrorText("This is not allowed", "Go back, load the page again, and try once more."),
    404: ErrorText("There is no page here", "The address may be mistyped, or the page may be gone."),
    405: ErrorText("This page takes no such request", "Open the page itself, and go on from there."),
    413: ErrorText("This is too large", "A form may hold one megabyte, files included."),
    414: ErrorText("This address is too long", "Type a shorter address, or follow a link."),
    422: ErrorText("Something in this form does not fit", "Go back and correct it."),
    429: ErrorText("That was too much at once", "Wait a moment, then load the page again."),
    500: ErrorText(
        "Something went wrong on our side", "Nothing that you did caused this. Try again later."
    ),
    503: ErrorText("This page is not available just now", "Wait a moment, then load the page again."),
}
OTHERWISE = ErrorText("This did not work", "Go back, and try once more.")

QUOTED = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT})
"""Statuses whose page also quotes the refusal: its sentence says more than the text above."""


class _Error(Struct):
    error: str


class ErrorPages:
    """Renders errors for browsers. One per process."""

    def __init__(self, renderer: Renderer, api_words: Collection[str]) -> None:
        """Take the first words of the paths that belong to the API."""
        self._renderer = renderer
        self._api_words = frozenset(api_words)

    async def render(self, request: Request, response: Response) -> Response:
        """Give a browser a page for an error, and every other caller the error itself.

        Where the page fails too, the log has its defect and the browser gets the error itself.
        """
        has_page = response.media_type == HTML  # a form that comes back, or a page with words of its own
        if not response.body or has_page or not self._for_a_browser(request):
            return response
        try:
            page = await self._page(request, response)
        except Exception as error:
            log.exception("error page failed", exc_info=error)
            return response
        return msgspec.structs.replace(page, headers={**response.headers, **page.headers})

    async def _page(self, request: Request, response: Response) -> Response:
        text = TEXTS.get(response.status, OTHERWISE)
        sentence = msgspec.json.decode(response.body, type=_Error).error
        values = {
            "title": text.title,
            "advice": text.advice,
            "sentence": sentence if response.status in QUOTED else None,
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
