"""Names that an object of a JSON text has more than once: readers take the last and drop the others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from huggg.kit.json_path import JsonPath


class _Doubled(tuple[JsonPath, ...]):
    """The places below an object at which a name comes again; stands for the object, which is let go."""

    __slots__ = ()


def doubled_names(text: bytes) -> Sequence[JsonPath]:
    """Find every name that comes again in its object. The text is JSON that was read before."""
    value = json.loads(text, object_pairs_hook=_doubled_in, parse_int=str, parse_float=str)
    return list(_below(value))


def _doubled_in(pairs: list[tuple[str, Any]]) -> _Doubled | None:
    """Give nothing for an object without doubles: most are, and a file may hold very many."""
    paths: list[JsonPath] = []
    if len(dict(pairs)) < len(pairs):
        names = [name for name, _ in pairs]
        paths += [(name,) for name in dict.fromkeys(names) if names.count(name) > 1]
    for name, value in pairs:
        if isinstance(value, (_Doubled, list)):
            paths += [(name, *path) for path in _below(value)]
    return _Doubled(paths) if paths else None


def _below(value: Any) -> Iterator[JsonPath]:  # noqa: ANN401 - any JSON value
    if isinstance(value, _Doubled):
        yield from value
    elif isinstance(value, list):
        for number, item in enumerate(value):
            if item is not None:
                yield from ((number, *path) for path in _below(item))
