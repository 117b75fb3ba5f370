"""Reading form-encoded bodies: the fields of a typed shape, each at most once."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from huggg.http.body import sentence_of
from huggg.kit.errors import Invalid, Malformed

FORM = "application/x-www-form-urlencoded"
FIELDS_MAX = 100
NOT_A_FORM = "The body is not a valid form."

S = TypeVar("S", bound=msgspec.Struct)
V = TypeVar("V")


def is_form(content_type: str | None, body: bytes) -> bool:
    """Tell a form from JSON.

    `curl -d` calls every body a form; no form of ours begins with a brace, and all JSON does, though it
    may have a byte order mark before it.
    """
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return media_type == FORM and not body.removeprefix(BOM_UTF8).lstrip().startswith(b"{")


def read_form(body: bytes, shape: type[S]) -> S:
    """Decode a form as RFC 6749 reads one: a blank value is none, and an unknown name means nothing.

    Raises Malformed (no form), Invalid (not this shape, or a name that is given twice).
    """
    names = {field.encode_name for field in msgspec.structs.fields(shape)}
    values = once_each(urlencoded(body), names)
    try:
        return msgspec.convert({name: value for name, value in values.items() if value}, type=shape)
    except msgspec.ValidationError as error:
        raise Invalid(sentence_of(str(error), shape)) from None


def urlencoded(body: bytes) -> list[tuple[str, str]]:
    """Take a form apart. Raises Malformed.

    A byte order mark before the form is skipped, like one before JSON: otherwise it becomes a part of
    the first name, and the refusal says that this field is missing.
    """
    try:
        return parse_qsl(
            body.removeprefix(BOM_UTF8).decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FIELDS_MAX,
        )
    except ValueError:
        raise Malformed(NOT_A_FORM) from None


def once_each(pairs: Sequence[tuple[str, V]], names: Collection[str]) -> dict[str, V]:
    """Keep the fields with a known name. Raises Invalid for a name that is given twice.

    Two readers of the form could each take another value.
    """
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1:
            raise Invalid(f"{name if name in names else 'body'}: is given more than once.")
    return {name: value for name, value in pairs if name in names}
