"""`/passes/…`: a pass for Apple's wallet, and the service that its phone asks for news (PassKit 1)."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

import msgspec
import structlog
from msgspec import Meta, Struct

from huggg.html.operation import page_operation
from huggg.http.errors import error_response
from huggg.http.route import delete, get, post
from huggg.http.web import Request, Response, query_of
from huggg.hugggs.errors import HugggNotFound
from huggg.kit.ids import parse_id
from huggg.kit.platform import Platform
from huggg.passes.apple_file import MEDIA_TYPE
from huggg.passes.desk import PassDesk, http_date, read_pass_ticket
from huggg.passes.log_pace import LogPace
from huggg.passes.store import DEVICES_MAX, KeptPass, find_pass, find_pass_by_token, queries

SAVE = page_operation("savePass", "A gift's pass for Apple's wallet, by the address on its page")
REGISTER = page_operation("registerPassDevice", "A phone wants news of a pass", from_anywhere=True)
UNREGISTER = page_operation("unregisterPassDevice", "A phone dropped a pass", from_anywhere=True)
CHANGED = page_operation("listChangedPasses", "The passes on a phone that changed")
LATEST = page_operation("showLatestPass", "A pass as it is now, for its phone")
LOG = page_operation("logPassErrors", "Errors that phones have with passes", from_anywhere=True)

OK, CREATED, NO_CONTENT, NOT_MODIFIED = 200, 201, 204, 304
LOG_BYTES_MAX = 64 * 1024
LOG_LINES_MAX, LOG_LINE_MAX = 20, 300

WORD_OF_A_PATH = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,255}\Z"
"""Dots or the end of a line would lead to another path of Apple's."""

_DEVICE = re.compile(r"[A-Za-z0-9._-]{1,128}")
_NUMBER = re.compile(r"[0-9]{1,18}")

log = structlog.get_logger()


class Registration(Struct, frozen=True):
    """The body with which a phone registers."""

    push_token: Annotated[str, Meta(pattern=WORD_OF_A_PATH)] = msgspec.field(name="pushToken")


class PhoneLog(Struct, frozen=True):
    """The lines that a phone logs."""

    logs: list[str] = []


@get("/passes/{ticket}", operation=SAVE)
async def get_pass(ticket: str, platform: Platform, pass_desk: PassDesk) -> Response:
    """Give a pass to the holder of its gift's page; 404 for an address that no page has."""
    pass_id = read_pass_ticket(ticket, platform.vault)
    if pass_id is None:
        return error_response(404)
    return await _pass_response(await find_pass(platform.database, platform.vault, pass_id), pass_desk)


REGISTRATION = "/passes/v1/devices/{device}/registrations/{pass_type}/{serial}"


@post(REGISTRATION, operation=REGISTER)
async def post_registration(
    request: Request,
    device: str,
    pass_type: str,
    serial: str,
    body: bytes,
    platform: Platform,
    pass_desk: PassDesk,
) -> Response:
    """Have a phone told of a pass's changes: 201, or 200 where it was told before."""
    if not _is_ours(pass_desk, pass_type) or not _DEVICE.fullmatch(device):
        return error_response(404)
    record = await _authenticate(request, serial, platform)
    if record is None:
        return error_response(401)
    try:
        registration = msgspec.json.decode(body, type=Registration)
    except msgspec.DecodeError:
        return error_response(400)
    row = await platform.database.row(
        queries.register_device,
        pass_id=record.id,
        device_id=device,
        push_token=registration.push_token,
        most=DEVICES_MAX,
    )
    if row is None:
        return error_response(429)
    return Response(b"", OK if row["is_known"] else CREATED)


@delete(REGISTRATION, operation=UNREGISTER)
async def delete_registration(
    request: Request,
    device: str,
    pass_type: str,
    serial: str,
    platform: Platform,
    pass_desk: PassDesk,
) -> Response:
    """Have a phone told of a pass's changes no more."""
    if not _is_ours(pass_desk, pass_type):
        return error_response(404)
    record = await _authenticate(request, serial, platform)
    if record is None:
        return error_response(401)
    await platform.database.rows(queries.unregister_device, pass_id=record.id, device_id=device)
    return Response(b"", OK)


@get("/passes/v1/devices/{device}/registrations/{pass_type}", operation=CHANGED)
async def list_changed(
    request: Request, device: str, pass_type: str, platform: Platform, pass_desk: PassDesk
) -> Response:
    """List the serial numbers of a phone's passes that changed after the tag that it got last.

    The protocol asks for no token here; a device's id is long and known to its phone alone.
    """
    if not _is_ours(pass_desk, pass_type) or not _DEVICE.fullmatch(device):
        return error_response(404)
    tags = [value for name, value in query_of(request) if name == "passesUpdatedSince"]
    change_number = int(tags[0]) if tags and _NUMBER.fullmatch(tags[0]) else -1
    rows = await platform.database.rows(queries.changed_passes, device_id=device, known=change_number)
    if not rows:
        return Response(b"", NO_CONTENT)
    serials = [str(row["id"]) for row in rows]
    return _json({"serialNumbers": serials, "lastUpdated": str(rows[-1]["change_number"])})


@get("/passes/v1/passes/{pass_type}/{serial}", operation=LATEST)
async def get_latest(
    request: Request, pass_type: str, serial: str, platform: Platform, pass_desk: PassDesk
) -> Response:
    """Give a phone its pass as it is now, or 304 if it did not change since the phone's."""
    if not _is_ours(pass_desk, pass_type):
        return error_response(404)
    record = await _authenticate(request, serial, platform)
    if record is None:
        return error_response(401)
    if _has_it(record, request.header(b"if-modified-since")):
        return Response(b"", NOT_MODIFIED)
    return await _pass_response(record, pass_desk)


@post("/passes/v1/log", operation=LOG)
async def post_log(request: Request, body: bytes, pass_desk: PassDesk, log_pace: LogPace) -> Response:
    """Log the errors that a phone has with passes, few and short ones: any sender may write them.

    Raises TooManyRequests, Unavailable.
    """
    if pass_desk.services.apple is None:
        return error_response(404)
    await log_pace.take(request.context.address)
    if len(body) > LOG_BYTES_MAX:
        return error_response(413)
    try:
        lines = msgspec.json.decode(body, type=PhoneLog).logs
    except msgspec.DecodeError:
        return error_response(400)
    for line in lines[:LOG_LINES_MAX]:
        log.warning("phone's error with a pass", text=line[:LOG_LINE_MAX])
    return Response(b"", OK)


async def _pass_response(record: KeptPass | None, desk: PassDesk) -> Response:
    if record is None or desk.services.apple is None:
        return error_response(404)
    try:
        body = await desk.apple_file(record, desk.services.apple)
    except HugggNotFound:
        return error_response(404)
    headers = {
        "Last-Modified": http_date(record.changed_at),
        "Content-Disposition": 'attachment; filename="gift.pkpass"',
    }
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def _is_ours(desk: PassDesk, pass_type: str) -> bool:
    return desk.services.apple is not None and pass_type == desk.services.apple.pass_type


async def _authenticate(request: Request, serial: str, platform: Platform) -> KeptPass | None:
    """Find the pass that a phone names, if the phone has its token."""
    scheme, _, token = (request.authorization or "").partition(" ")
    pass_id = parse_id(serial)
    if scheme.lower() != "applepass" or pass_id is None:
        return None
    return await find_pass_by_token(platform.database, platform.vault, pass_id, token.strip())


def _has_it(record: KeptPass, since: str | None) -> bool:
    try:
        return since is not None and record.changed_at <= parsedate_to_datetime(since)
    except (ValueError, TypeError, OverflowError):
        return False


def _json(answer: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")


ROUTES = [
    get_pass,
    post_registration,
    delete_registration,
    list_changed,
    get_latest,
    post_log,
]
