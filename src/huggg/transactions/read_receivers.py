"""The receivers of a body become types, or one refusal that names every bad one by its position."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

from huggg.database.pool import Database
from huggg.http.body import Name, Prose, read_body
from huggg.http.leniency import LenientBody
from huggg.kit.email import clean_email
from huggg.kit.errors import Invalid
from huggg.kit.ids import NO_GUID, parse_id
from huggg.kit.names import clean_name
from huggg.kit.phone import e164
from huggg.transactions.receivers import NO_DETAILS, Receiver, ReceiverDetails, unknown_user
from huggg.transactions.store import queries

_RECEIVER = re.compile(r"purchase\.receivers\[(?P<place>\d+)\]")

REACHED_BY = {"email": ("email", "user_id"), "sms": ("phone_number", "user_id")}
"""The fields that a delivery method can do with; every other method takes each of them."""


class ReceiverBody(LenientBody):
    """One receiver, by exactly one of `email`, `phone_number` and `user_id`."""

    phone_number: Annotated[
        Name | None,
        Meta(
            description="A mobile phone number, in any spelling, British unless it has a country code."
        ),
    ] = None
    user_id: Name | None = None
    email: Annotated[Name | None, Meta(description="An e-mail address.")] = None
    name: Annotated[Name | None, Meta(description="The name by which messages greet them.")] = None
    message: Annotated[
        Prose | None, Meta(description="The receiver's own message, in place of the purchase's.")
    ] = None
    language: Annotated[
        Literal["en", "cy", "de", "es", "fr"] | None,
        Meta(description="The language of messages to them, unless they choose one."),
    ] = None


class _ReceiversOnly(Struct):
    deliveryMethod: Any = None  # noqa: N815 - as in a purchase
    receivers: list[Raw] = []


class _Receivers(Struct):
    """The part of a purchase's body that its receivers are read from once more."""

    purchase: _ReceiversOnly


class BadReceivers(Invalid):
    """Some receivers cannot be read or reached; the sentence names all of them by position.

    `user_ids` are those of the receivers that can be read, by position: some of them may be unknown.
    """

    example = "purchase.receivers[0].email: is not an e-mail address."

    def __init__(self, problems: dict[int, str], user_ids: dict[int, UUID]) -> None:
        super().__init__(" ".join(problems[place] for place in sorted(problems)))
        self.problems = problems
        self.user_ids = user_ids


def read_receivers(
    receivers: Sequence[ReceiverBody | Invalid], *, method: str | None
) -> tuple[tuple[Receiver, ...], tuple[ReceiverDetails, ...]]:
    """Read receivers and the details about each; no details where no receiver has any.

    One that has another shape is the refusal of it. Raises BadReceivers, which names all bad ones.
    """
    receivers_by_place: dict[int, Receiver] = {}
    details, problems = [], dict[int, str]()
    for place, receiver in enumerate(receivers):
        field = f"purchase.receivers[{place}]"
        try:
            if isinstance(receiver, Invalid):
                raise receiver
            receivers_by_place[place] = receiver_from(receiver, field, method)
            details.append(details_from(receiver, field))
        except Invalid as refusal:
            problems[place] = str(refusal)
    if problems:
        raise BadReceivers(
            problems,
            {
                place: receiver
                for place, receiver in receivers_by_place.items()
                if isinstance(receiver, UUID)
            },
        )
    has_details = any(each != NO_DETAILS for each in details)
    return tuple(receivers_by_place.values()), tuple(details) if has_details else ()


def refuse_receivers(body: bytes, first: Invalid, *, shape: type[Struct]) -> Invalid:
    """Name all bad receivers of a body, where reading it as `shape` ended at the first.

    Gives `first` if that is about another part of the body.
    """
    match = _RECEIVER.match(str(first))
    if match is None:
        return first
    purchase = msgspec.json.decode(body.removeprefix(BOM_UTF8), type=_Receivers).purchase
    method = purchase.deliveryMethod if isinstance(purchase.deliveryMethod, str) else None
    receivers = [
        _receiver_or_problem(bytes(raw), place, shape) for place, raw in enumerate(purchase.receivers)
    ]
    try:
        read_receivers(receivers, method=method)
    except BadReceivers as refusal:
        return BadReceivers(refusal.problems | {int(match["place"]): str(first)}, refusal.user_ids)
    return first


def _receiver_or_problem(raw: bytes, place: int, shape: type[Struct]) -> ReceiverBody | Invalid:
    """Read one receiver as if it were the only one: the rest of the body may be missing."""
    try:
        read_body(b'{"purchase": {"receivers": [%s]}}' % raw, shape)
    except Invalid as refusal:
        if _RECEIVER.match(str(refusal)):
            return Invalid(_RECEIVER.sub(f"purchase.receivers[{place}]", str(refusal), count=1))
    return read_body(raw, ReceiverBody)


async def with_unknown_users(database: Database, refusal: BadReceivers) -> BadReceivers:
    """Add the receivers of unknown users to a refusal, so that a buyer corrects all at once."""
    user_ids = list(set(refusal.user_ids.values()))
    known_ids = {row["id"] for row in await database.rows(queries.known_users, user_ids=user_ids)}
    unknown = {
        place: unknown_user(place)
        for place, user_id in refusal.user_ids.items()
        if user_id not in known_ids and place not in refusal.problems
    }
    return BadReceivers(refusal.problems | unknown, {})


def receiver_from(receiver: ReceiverBody, field: str, method: str | None = None) -> Receiver:
    """Read one receiver. Raises Invalid, which names the field."""
    texts = {
        "email": receiver.email,
        "phone_number": receiver.phone_number,
        "user_id": receiver.user_id,
    }
    given_fields = [name for name, text in texts.items() if text is not None]
    if len(given_fields) != 1:
        raise Invalid(f"{field}: needs exactly one of email, phone_number and user_id.")
    [name] = given_fields
    if name not in REACHED_BY.get(method or "", texts):
        raise Invalid(f"{field}.{name}: cannot be reached by deliveryMethod {method}.")
    text = texts[name] or ""
    if name == "email":
        return clean_email(text, f"{field}.email")
    if name == "phone_number":
        return e164(text, f"{field}.phone_number")
    return known_id(text, f"{field}.user_id")


def details_from(receiver: ReceiverBody, field: str) -> ReceiverDetails:
    """Read the words about one receiver. Raises Invalid, which names the field."""
    name = clean_name(receiver.name, f"{field}.name") if receiver.name else None
    return ReceiverDetails(name, receiver.message or None, receiver.language)


def known_id(text: str, field: str) -> UUID:
    """Read an id. Raises Invalid, which names the field."""
    id_ = parse_id(text)
    if id_ is None:
        raise Invalid(f"{field}: {NO_GUID}")
    return id_
