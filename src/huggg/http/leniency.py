"""A second reading of a body that does not fit its shape, for other spellings of the same values.

A whole number may be written as text or with a decimal point: `"1"`, `1.0`. A list of texts may be its
one text. An unknown field of a published body is left out, and reported. But a field whose name is a
slip of a known one, or is known in another place, is refused. A boolean is never guessed: the one
boolean of all bodies takes money back.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Raw, Struct, inspect
from msgspec.inspect import Type

from huggg.http.allowed import alternatives, fields_of
from huggg.http.slips import excerpt, refuse_misplaced, refuse_slip, tell_ignored
from huggg.kit.errors import Invalid

WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
UNKNOWN_MAX = 100


class LenientBody(Struct, forbid_unknown_fields=True):
    """A body of a published endpoint, of which existing clients send more fields than it has.

    A body with other fields, or with values of another kind, is looked at twice. A body of our own is no
    subclass of this, and refuses fields that it does not know.
    """


def read_leniently(text: bytes, shape: type) -> Any:  # noqa: ANN401 - JSON
    """Give the document in the form of `shape`, as far as its meaning is certain.

    Raises Invalid for a slip, for an unknown field of a body that is ours, and for more than
    `UNKNOWN_MAX` different unknown names; ValueError and RecursionError for text that is not JSON.
    """
    document = json.loads(text, parse_constant=_refuse_constant, parse_float=_float, parse_int=_int)
    return _LenientReading(_paths_of(shape)).at(document, type_of(shape), "")


@lru_cache(maxsize=64)
def type_of(shape: type) -> Type:
    """Describe a shape."""
    return inspect.type_info(shape)


@lru_cache(maxsize=64)
def _paths_of(shape: type) -> Mapping[str, Sequence[str]]:
    """List by name where the fields of a shape stand."""
    paths: dict[str, list[str]] = defaultdict(list)
    for name, path in fields_of(type_of(shape)):
        paths[name].append(path)
    return dict(paths)


class _LenientReading:
    """One pass over one document, which remembers the names that it has met."""

    def __init__(self, paths: Mapping[str, Sequence[str]]) -> None:
        self._paths = paths
        self._met: set[tuple[type, str]] = set()

    def at(self, value: Any, type_: Type, path: str) -> Any:  # noqa: ANN401 - JSON
        for each in alternatives(type_):
            match each:
                case inspect.StructType() if isinstance(value, dict):
                    return self._fields(value, each, path)
                case inspect.ListType() if isinstance(value, list):
                    return [
                        self.at(item, each.item_type, f"{path}[{n}]") for n, item in enumerate(value)
                    ]
                case inspect.ListType(inspect.StrType()) if isinstance(value, str):
                    return [value]
                case inspect.IntType():
                    return _whole_number(value)
        return value

    def _fields(self, value: dict[str, Any], type_: inspect.StructType, path: str) -> dict[str, Any]:
        fields = {field.encode_name: field.type for field in type_.fields}
        members = {}
        for name, inner in value.items():
            at = f"{path}.{excerpt(name)}".lstrip(".")
            if name in fields:
                members[name] = self.at(inner, fields[name], at)
            elif (type_.cls, name) not in self._met:
                self._met.add((type_.cls, name))
                self._unknown(name, type_.cls, list(fields), at)
        return members

    def _unknown(self, name: str, shape: type, names: list[str], path: str) -> None:
        refuse_slip(path, name, names)
        refuse_misplaced(path, name, self._paths)
        if not issubclass(shape, LenientBody):
            raise Invalid(f"{path}: is not known; use {', '.join(names)}.")
        if len(self._met) > UNKNOWN_MAX:
            raise Invalid(f"body: has more than {UNKNOWN_MAX} fields that are not known.")
        tell_ignored(f"body.{re.sub(r'[0-9]+(?=])', '', path)}")


def _whole_number(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str) and WHOLE.fullmatch(value):
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _refuse_constant(constant: str) -> None:
    raise ValueError(constant)


def _float(text: str) -> float | Raw:
    """Read a number; one out of range stays as it is, so that the refusal quotes it."""
    number = float(text)
    return number if math.isfinite(number) else Raw(text.encode())


def _int(text: str) -> int | Raw:
    return int(text) if WHOLE.fullmatch(text) else Raw(text.encode())
