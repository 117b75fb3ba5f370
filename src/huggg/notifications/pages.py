"""`/unsubscribe/{token}`: a reader of reminders stops them, and chooses a language. Only a POST acts."""

from __future__ import annotations

from typing import Any

from huggg.html.operation import page_operation
from huggg.html.renderer import Renderer
from huggg.http.errors import error_response
from huggg.http.form import urlencoded
from huggg.http.route import get, post
from huggg.http.web import Request, Response
from huggg.kit.errors import Malformed
from huggg.kit.platform import Platform
from huggg.languages.language import NAMES, Language, accepted_language, language
from huggg.notifications.delivery import DeliveryKind
from huggg.notifications.verdict import Contact
from huggg.notifications.wishes import delivery_of_token, keep_wishes, wishes_of

SHOW = page_operation("showUnsubscribe", "Stop reminders")
STOP = page_operation("unsubscribe", "Stop reminders", from_anywhere=True)

TEMPLATE = "notifications/unsubscribe.html.j2"


@get("/unsubscribe/{token}", operation=SHOW)
async def get_unsubscribe(
    request: Request, token: str, renderer: Renderer, platform: Platform
) -> Response:
    """Show the wishes of a mail's reader. It changes nothing, as scanners of mail open every link."""
    delivery_id = delivery_of_token(platform, token)
    contact = None if delivery_id is None else await wishes_of(platform, delivery_id)
    if contact is None:
        return error_response(404)
    return await renderer.page(TEMPLATE, _values(request, contact, is_kept=False))


@post("/unsubscribe/{token}", operation=STOP)
async def post_unsubscribe(
    request: Request, token: str, body: bytes, renderer: Renderer, platform: Platform
) -> Response:
    """Keep a reader's wishes. A mail program's one click (RFC 8058) says nothing but to stop.

    The token is the credential: the request comes from no page of this site, and without cookies.
    """
    delivery_id = delivery_of_token(platform, token)
    form = _form(body)
    wants_reminders = form.get("reminders") == "send"
    tag = form.get("language")
    is_kept = delivery_id is not None and await keep_wishes(
        platform,
        delivery_id,
        unwanted=() if wants_reminders else (DeliveryKind.REMINDER,),
        language=tag if tag in NAMES else None,
    )
    contact = await wishes_of(platform, delivery_id) if delivery_id is not None and is_kept else None
    if contact is None:
        return error_response(404)
    return await renderer.page(TEMPLATE, _values(request, contact, is_kept=True))


def _form(body: bytes) -> dict[str, str]:
    """Read the form; a body that is none still means to stop."""
    try:
        return dict(urlencoded(body))
    except Malformed:
        return {}


def _values(request: Request, contact: Contact, *, is_kept: bool) -> dict[str, Any]:
    reader: Language = (
        language(contact.language)
        if contact.language
        else accepted_language(request.lines(b"accept-language"))
    )
    return {
        "language": reader.tag,
        "say": reader.say,
        "is_kept": is_kept,
        "gets_reminders": DeliveryKind.REMINDER not in contact.unwanted,
        "languages": NAMES,
        "words": reader.words,
    }


ROUTES = [get_unsubscribe, post_unsubscribe]
