"""Reading request bodies: JSON into a typed shape, or a refusal that names the field.

Published endpoints ignore fields they do not know, because existing clients send some; our own
refuse them (`forbid_unknown_fields` on the shape).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from huggg.kit.errors import Invalid, Malformed

T = TypeVar("T")

NO_NUL = r"\A[^\x00]*\Z"
"""PostgreSQL's text cannot hold NUL, so neither can ours; used as a pattern it names the field."""

Name = Annotated[str, Meta(max_length=255, pattern=NO_NUL)]
Prose = Annotated[str, Meta(max_length=2000, pattern=NO_NUL)]

_PLACE = re.compile(r"^(?P<what>.*?) - at `\$(?P<path>.*?)`$")


def read_body(body: bytes, shape: type[T]) -> T:
    """Decode strictly: no text for numbers, no numbers for text.

    An empty body reads as `{}`, so that what is missing is named instead of the JSON being blamed.
    Raises Malformed (not JSON) or Invalid (not this shape).
    """
    try:
        return msgspec.json.decode(body or b"{}", type=shape)
    except msgspec.ValidationError as wrong:
        raise Invalid(_sentence(str(wrong))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise _what_is_broken(body, broken) from None


def _sentence(wrong: str) -> str:
    """Turn msgspec's "Expected `int`, got `str` - at `$.purchase.quantity`" around: field first."""
    match = _PLACE.match(wrong)
    what, path = (match["what"], match["path"].lstrip(".")) if match else (wrong, "")
    if NO_NUL in what:
        what = "must not contain NUL"
    return f"{path or 'body'}: {what[:1].lower()}{what[1:].replace('`', '')}."


def _what_is_broken(body: bytes, broken: Exception) -> Malformed | Invalid:
    """Look again, leniently: half a surrogate pair is well-formed JSON and deserves its field's name."""
    if isinstance(broken, RecursionError):
        return Malformed("The body is nested too deeply.")
    try:
        lenient = json.loads(body)
    except (ValueError, RecursionError):
        return Malformed("The body is not valid JSON.")
    for path, text in _texts(lenient, ""):
        if not _encodable(text):
            return Invalid(f"{path.lstrip('.') or 'body'}: must not contain half a surrogate pair.")
    return Malformed("The body is not valid JSON.")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _texts(item, f"{path}[{i}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield f"{path}.{key!a}", key
            yield from _texts(item, f"{path}.{key}")


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
