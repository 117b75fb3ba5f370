"""Reading request bodies: JSON into a typed shape, or a refusal that names the field.

A body is first decoded strictly, and most fit. One that does not is looked at again, leniently
(`http/leniency.py`); a refusal names the field, and says which values it may have.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from huggg.http.allowed import allowed, type_at
from huggg.http.leniency import read_leniently, type_of
from huggg.http.slips import NAME_LENGTH_MAX, excerpt
from huggg.kit.doubles import doubled_names
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.json_path import path_text

T = TypeVar("T")

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL's text cannot hold NUL, so neither can ours; used as a pattern it names the field."""

Name = Annotated[str, Meta(max_length=255, pattern=NO_NUL)]
Prose = Annotated[str, Meta(max_length=2000, pattern=NO_NUL)]

NOT_UTF8 = "The body must be in UTF-8."
_CHARSET = re.compile(r"charset\s*=\s*\"?(?P<name>[\w-]+)", re.ASCII | re.IGNORECASE)

_COMPRESSION = re.compile(r"\b((x-)?(gzip|compress)|deflate|br|zstd)\b", re.ASCII | re.IGNORECASE)

_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*?)`)?$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`")


def read_body(body: bytes, shape: type[T]) -> T:
    """Decode a body into `shape`, which is made of Structs.

    An empty body reads as `{}`, so that the refusal names the missing field and not the JSON; a byte
    order mark before the JSON is skipped. Raises Malformed (not JSON) or Invalid (not this shape, or a
    name that stands twice).
    """
    text = body.removeprefix(BOM_UTF8) or b"{}"
    try:
        document = msgspec.json.decode(text, type=shape)
        _refuse_doubles(text)
    except msgspec.ValidationError:
        return _read_again(text, shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _violation(text, error) from None
    return document


def check_charset(content_type: str) -> None:
    """Refuse a charset that is not UTF-8, of a body that is not ASCII. Raises Malformed."""
    match = _CHARSET.search(content_type)
    if match is not None and match["name"].lower() not in {"utf-8", "utf8"}:
        raise Malformed(f"The body must be in UTF-8, not in {match['name'][:NAME_LENGTH_MAX]}.")


def is_compressed(content_encoding: str) -> bool:
    """Tell a compressed body by its header, in which some clients write their charset instead."""
    return _COMPRESSION.search(content_encoding) is not None


def _read_again(text: bytes, shape: type[T]) -> T:
    try:
        _refuse_doubles(text)
        corrected = msgspec.json.encode(read_leniently(text, shape))
        return msgspec.json.decode(corrected, type=shape)
    except msgspec.ValidationError as error:
        raise Invalid(sentence_of(str(error), shape)) from None
    except (ValueError, RecursionError) as error:  # the first fault hid another one
        raise _violation(text, error) from None


def _refuse_doubles(text: bytes) -> None:
    """Refuse a name that stands twice in its object. Raises Invalid.

    JSON leaves open which of the two counts: a proxy that checks a purchase may read the first, and this
    server would buy by the last. The body of a redemption has one name, and so is not read again.
    """
    if text.count(b":") > 1:
        for path in doubled_names(text):
            raise Invalid(f"{excerpt(path_text(path))}: is given more than once.")


def sentence_of(reason: str, shape: type) -> str:
    """Turn msgspec's "Expected `int`, got `str` - at `$.purchase.quantity`" around: field first."""
    match = _PLACE.match(reason)
    rule, path = (match["what"], match["path"] or "") if match else (reason, "")
    missing, type_ = _MISSING.fullmatch(rule), type_at(type_of(shape), path)
    if missing is not None:
        return f"{path}.{missing['name']}: is required.".lstrip(".")
    if repr(NO_NUL) in rule:
        rule = "must not contain NUL"
    elif type_ is not None:
        rule = allowed(type_)
    return f"{path.lstrip('.') or 'body'}: {rule}."


def _violation(body: bytes, broken: Exception) -> Malformed | Invalid:
    """Read the body again, leniently: half a surrogate pair is valid JSON, and its field gets a name."""
    if isinstance(broken, RecursionError):
        return Malformed("The body is nested too deeply.")
    if body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in body[:4]:  # so would UTF-32 begin
        return Malformed(NOT_UTF8)
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

    An explicit stack, and steps that only the finder joins: recursive generators pay for the depth at
    every text, and one megabyte of short texts deep down would cost seconds.
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
