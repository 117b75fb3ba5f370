"""The accepted values of a field, as one clause of a sentence: "must be a day like 2026-01-05"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import inspect
from msgspec.inspect import Type

_STEP = re.compile(r"\.(?P<name>[^.\[]+)|\[\d+\]")


def type_at(type_: Type, path: str) -> Type | None:
    """Follow a path like `.purchase.receivers[3].user_id` into a shape; None where it leads nowhere."""
    shape: Type | None = type_
    for step in _STEP.finditer(path):
        below = [_below(each, step["name"]) for each in alternatives(shape)] if shape else []
        shape = next((each for each in below if each is not None), None)
    return shape


def fields_of(type_: Type, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk the fields of a shape at every depth, each with its path: `purchase.receivers[].user_id`."""
    for each in alternatives(type_):
        if isinstance(each, inspect.ListType):
            yield from fields_of(each.item_type, f"{path}[]")
        elif isinstance(each, inspect.StructType):
            for field in each.fields:
                below = f"{path}.{field.encode_name}".lstrip(".")
                yield field.encode_name, below
                yield from fields_of(field.type, below)


def alternatives(type_: Type) -> tuple[Type, ...]:
    """List the types of a union, or the single one, without their documentation."""
    if isinstance(type_, inspect.Metadata):
        return alternatives(type_.type)
    if isinstance(type_, inspect.UnionType):
        return tuple(inner for each in type_.types for inner in alternatives(each))
    return (type_,)


def allowed(type_: Type) -> str:
    """Say which values this type accepts."""
    alternative_texts = [
        _description(each) for each in alternatives(type_) if not isinstance(each, inspect.NoneType)
    ]
    return "must be " + " or ".join(alternative_texts)


def _below(type_: Type, name: str | None) -> Type | None:
    if isinstance(type_, inspect.ListType) and name is None:
        return type_.item_type
    if isinstance(type_, inspect.StructType):
        return next((field.type for field in type_.fields if field.encode_name == name), None)
    return None


def _description(type_: Type) -> str:  # noqa: PLR0911 - a table, with a line for each type that bodies have
    match type_:
        case inspect.LiteralType(values):
            names = sorted(map(str, values))
            return names[0] if len(names) == 1 else f"one of {', '.join(names)}"
        case inspect.IntType():
            return f"a whole number{_bounds(type_.ge, type_.le)}"
        case inspect.BoolType():
            return "true or false"
        case inspect.DateType():
            return "a day like 2026-01-05"
        case inspect.StrType():
            return f"text{_bounds(type_.min_length, type_.max_length, 'characters')}"
        case inspect.ListType():
            return f"a list{_bounds(type_.min_length, type_.max_length, 'items')}"
        case _:
            return "an object"


def _bounds(least: int | None, most: int | None, unit: str = "") -> str:
    """Write the bounds of a number, or of a length in units."""
    of_unit = f" {unit}" if unit else ""
    if most is None:
        return "" if least is None else f" of at least {least}{of_unit}"
    if least is None:
        return f" of at most {most}{of_unit}"
    return f" of {least} to {most}{of_unit}" if unit else f" from {least} to {most}"
