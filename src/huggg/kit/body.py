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

NO_NUL = r"^[^\x00]*$"
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
        raise Invalid(sentence_of(str(wrong))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise _what_is_broken(body, broken) from None


def sentence_of(wrong: str) -> str:
    """Turn msgspec's "Expected `int`, got `str` - at `$.purchase.quantity`" around: field first."""
    match = _PLACE.match(wrong)
    what, path = (match["what"], match["path"].lstrip(".")) if match else (wrong, "")
    if repr(NO_NUL) in what:
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
    for steps, text in _texts(lenient):
        if not _encodable(text):
            path = "".join(steps).lstrip(".")
            return Invalid(f"{path or 'body'}: must not contain half a surrogate pair.")
    return Malformed("The body is not valid JSON.")


def _texts(document: Any) -> Iterator[tuple[list[str], str]]:  # noqa: ANN401 - any JSON
    """Walk all texts, keys too, each with the steps that lead to it.

    A stack of our own, and steps that are joined by nobody but the finder: recursive generators pay
    for the depth at every text, and one megabyte of short texts deep down would cost seconds.
    """
    steps = [""]
    levels = [iter([("", document)])]
    while levels:
        for step, value in levels[-1]:
            steps[-1] = step
            if isinstance(value, str):
                yield steps, value
            elif isinstance(value, list | dict):
                levels.append(_children(value))
                steps.append("")
                break
        else:
            levels.pop()
            steps.pop()


def _children(value: list[Any] | dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        yield from ((f"[{i}]", item) for i, item in enumerate(value))
        return
    for key, item in value.items():
        yield f".{key!a}", key
        yield f".{key if key.isprintable() else ascii(key)}", item


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
