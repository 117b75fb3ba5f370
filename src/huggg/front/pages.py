"""`GET /`: the front page."""

from __future__ import annotations

from collections.abc import Sequence

from huggg.front.log_ins import LogIn, is_on_this_machine
from huggg.html.operation import page_operation
from huggg.html.renderer import Renderer
from huggg.http.route import get
from huggg.http.web import Request, Response

FRONT = page_operation("showFront", "The front page")

FOR_PROGRAMS = {"Link": '</schema/openapi.json>; rel="service-desc", </docs>; rel="service-doc"'}
"""The addresses of the API's description and documentation, for programs (RFC 8631)."""


@get("/", operation=FRONT)
async def get_front(request: Request, renderer: Renderer, demo_log_ins: Sequence[LogIn]) -> Response:
    """Tell what this server is and where its doors are; in a demo on one's own machine, the log-ins."""
    values = {
        "is_demo": bool(demo_log_ins),
        "log_ins": demo_log_ins if is_on_this_machine(request) else (),
    }
    return await renderer.page("front/front.html.j2", values, headers=FOR_PROGRAMS)


ROUTES = [get_front]
