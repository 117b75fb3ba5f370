"""Forms: the fields that a browser sends, as a typed shape, or a sentence for each one that is invalid.

A form comes as `application/x-www-form-urlencoded`, or as `multipart/form-data` where it carries a file.
It is read strictly: a form that was cut off, text that is not UTF-8 and a field that comes twice are
refused, as a value that a server made up would pass for the person's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TypeVar

import msgspec
from msgspec import Struct

from huggg.http.allowed import allowed
from huggg.http.form import FIELDS_MAX, FORM, NOT_A_FORM, once_each, urlencoded
from huggg.http.leniency import type_of
from huggg.http.web import Request
from huggg.kit.errors import Invalid, Malformed

MULTIPART = "multipart/form-data"
PART_HEADER_BYTES_MAX = 2048

S = TypeVar("S", bound=Struct)


class Upload(Struct, frozen=True):
    """A file of a form; `name` is the browser's name for it, and never a path to write to."""

    name: str
    media_type: str
    body: bytes


Value = str | Upload


class InvalidForm(Invalid):
    """The form can be read, and some of its fields are invalid.

    `problems` has a sentence for each of them; `texts` has all texts of the form, to be shown again.
    """

    example = "name: must be text of 1 to 80 characters."

    def __init__(self, problems: Mapping[str, str], texts: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {problem}" for name, problem in problems.items()))
        self.problems = problems
        self.texts = texts


def fill(request: Request, body: bytes, shape: type[S]) -> S:
    """Read a form as a shape: a blank field is none, and a field of another name means nothing.

    Raises Malformed for a body that is no form, Invalid for a field that comes twice, InvalidForm for
    fields that do not fit the shape.
    """
    names = {field.encode_name for field in msgspec.structs.fields(shape)}
    values = {name: value for name, value in once_each(_pairs(request, body), names).items() if value}
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    if nul := [name for name, text in texts.items() if "\0" in text]:
        raise InvalidForm(dict.fromkeys(nul, "must not contain NUL."), texts)
    try:
        return msgspec.convert(values, type=shape, strict=False)
    except msgspec.ValidationError:
        raise InvalidForm(_problems(values, shape), texts) from None


def _pairs(request: Request, body: bytes) -> Sequence[tuple[str, Value]]:
    media_type, _, parameters = (request.header(b"content-type") or "").partition(";")
    kind = media_type.strip().lower()
    if kind == FORM:
        return [(name, _unix_lines(text)) for name, text in urlencoded(body)]
    if kind == MULTIPART:
        return _parts(body, parameters)
    raise Malformed(NOT_A_FORM)


def _parts(body: bytes, parameters: str) -> list[tuple[str, Value]]:
    """Take a multipart body apart. Raises Malformed.

    The library is imported with the first such form: few pages take files, and the API takes none.
    """
    from multipart import (  # noqa: PLC0415
        MultipartError,
        MultipartParser,
        MultipartPart,
        parse_options_header,
    )

    def value(part: MultipartPart) -> Value:
        if part.filename:
            return Upload(part.filename, part.content_type, part.raw)
        return _unix_lines(part.raw.decode())  # an empty name is that of a file field without a file

    try:
        _, options = parse_options_header(f"{MULTIPART};{parameters}")
        parser = MultipartParser(
            BytesIO(body),
            options["boundary"],
            content_length=len(body),
            strict=True,
            headersize_limit=PART_HEADER_BYTES_MAX,
            part_limit=FIELDS_MAX,
            spool_limit=len(body),  # it is in memory already, and its parts go to no file
            memory_limit=len(body),
        )
        return [(part.name, value(part)) for part in parser]
    except (MultipartError, ValueError, KeyError):
        raise Malformed(NOT_A_FORM) from None


def _unix_lines(text: str) -> str:
    """Undo the line ends that browsers write, so that a text is as long as it was typed."""
    return text.replace("\r\n", "\n")


def _problems(values: Mapping[str, Value], shape: type[Struct]) -> dict[str, str]:
    problems = {}
    for field in msgspec.structs.fields(shape):
        name = field.encode_name
        if name not in values:
            if field.required:
                problems[name] = "is required."
        elif not _fits(values[name], field.type):
            problems[name] = f"{allowed(type_of(field.type))}."
    return problems


def _fits(value: Value, type_: type) -> bool:
    try:
        msgspec.convert(value, type=type_, strict=False)
    except msgspec.ValidationError:
        return False
    return True
