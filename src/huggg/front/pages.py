"""`GET /`: the front page; and in a demo `GET /outbox`, the messages that it would send."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from huggg.front.log_ins import LogIn, is_on_this_machine
from huggg.html.operation import page_operation
from huggg.html.renderer import Renderer
from huggg.http.errors import error_response
from huggg.http.route import get
from huggg.http.web import Request, Response
from huggg.kit.ids import parse_id
from huggg.notifications.channel import Channels
from huggg.notifications.outbox import Outbox

FRONT = page_operation("showFront", "The front page")
OUTBOX = page_operation("showOutbox", "The messages of a demo")
OUTBOX_MESSAGE = page_operation("showOutboxMessage", "One message of a demo")

FOR_PROGRAMS = {"Link": '</schema/openapi.json>; rel="service-desc", </docs>; rel="service-doc"'}
"""The addresses of the API's description and documentation, for programs (RFC 8631)."""


@get("/", operation=FRONT)
async def get_front(request: Request, renderer: Renderer, demo_log_ins: Sequence[LogIn]) -> Response:
    """Show the purpose of this server and links to its doors; to a demo's own machine, the log-ins."""
    values = {
        "is_demo": bool(demo_log_ins),
        "log_ins": demo_log_ins if is_on_this_machine(request) else (),
    }
    return await renderer.page("front/front.html.j2", values, headers=FOR_PROGRAMS)


@get("/outbox", operation=OUTBOX)
async def get_outbox(
    request: Request, renderer: Renderer, demo_log_ins: Sequence[LogIn], channels: Channels
) -> Response:
    """List the messages of a demo, the latest first, to a browser on the same machine."""
    outbox = _outbox(request, demo_log_ins, channels)
    if outbox is None:
        return error_response(404)
    messages = await asyncio.to_thread(outbox.latest)
    return await renderer.page("front/outbox.html.j2", {"messages": messages})


@get("/outbox/{message_id}", operation=OUTBOX_MESSAGE)
async def get_outbox_message(
    request: Request,
    message_id: str,
    renderer: Renderer,
    demo_log_ins: Sequence[LogIn],
    channels: Channels,
) -> Response:
    """Show one message of a demo as its receiver reads it."""
    outbox, outbox_id = _outbox(request, demo_log_ins, channels), parse_id(message_id)
    message = outbox.find(outbox_id) if outbox is not None and outbox_id is not None else None
    if message is None:
        return error_response(404)
    return await renderer.page("front/message.html.j2", {"message": message})


def _outbox(request: Request, log_ins: Sequence[LogIn], channels: Channels) -> Outbox | None:
    """Give the outbox of a demo to its own machine: its messages have links that can be spent."""
    outbox = channels.mailer
    shows_log_ins = bool(log_ins) and is_on_this_machine(request) and isinstance(outbox, Outbox)
    return outbox if shows_log_ins and isinstance(outbox, Outbox) else None


ROUTES = [get_front, get_outbox, get_outbox_message]
