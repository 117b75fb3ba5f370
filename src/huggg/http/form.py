"""Reading form-encoded bodies: the fields of a typed shape, each at most once."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import Counter
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from huggg.http.body import sentence_of
from huggg.kit.errors import Invalid, Malformed

FORM = "application/x-www-form-urlencoded"
FIELDS_MAX = 100

S = TypeVar("S", bound=msgspec.Struct)


def is_form(content_type: str | None, body: bytes) -> bool:
    """Tell a form from JSON.

    `curl -d` calls every body a form; no form of ours begins with a brace, and all JSON does, though it
    may have a byte order mark before it.
    """
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return media_type == FORM and not body.removeprefix(BOM_UTF8).lstrip().startswith(b"{")


def read_form(body: bytes, shape: type[S]) -> S:
    """Decode a form as RFC 6749 reads one: a blank value is none, and an unknown name means nothing.

    A byte order mark before the form is passed over, as it is before JSON: else it becomes a part of the
    first name, and the caller is told that this field is missing.
    Raises Malformed (no form), Invalid (not this shape, or a name that is given twice: two readers of
    the form could each take another value).
    """
    try:
        pairs = parse_qsl(
            body.removeprefix(BOM_UTF8).decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FIELDS_MAX,
        )
    except ValueError:
        raise Malformed("The body is not a valid form.") from None
    known = {field.encode_name for field in msgspec.structs.fields(shape)}
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1:
            raise Invalid(f"{name if name in known else 'body'}: is given more than once.")
    try:
        return msgspec.convert({k: value for k, value in pairs if k in known and value}, type=shape)
    except msgspec.ValidationError as wrong:
        raise Invalid(sentence_of(str(wrong), shape)) from None
