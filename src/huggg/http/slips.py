"""Slips of the pen in the names that clients write, distinguished from other unknown names.

An ignored slip does something that its caller did not ask for: `recievers` would buy one huggg without a
receiver, and so would `receivers` beside `purchase` instead of in it. So a slip, and a name in the wrong
place, are refused with the likely name or place. Another unknown name is ignored, because existing
clients send some, and reported in the `Huggg-Ignored` header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from huggg.http.request_context import CURRENT
from huggg.kit.errors import Invalid

LENGTH_MIN = 4
"""The length from which one edit is a slip: half of all shorter names are one edit away from another."""

TOLD_MAX = 20
NAME_LENGTH_MAX = 60

PUBLISHED = frozenset(
    {"brand_id", "cursor", "embed", "granularity", "id", "page", "per_page", "platform"}
)
"""Parameters of one list or another: clients send them to the others too, and they are never a slip."""

_APART = re.compile(r"[_\-\s.\[\]]")


def slip_of(name: str, names: Iterable[str]) -> str | None:
    """Find the known name that `name` is one slip away from; None if it is another name altogether.

    A slip is another case, a missing underscore, a plural, or one symbol too many, too few, wrong, or
    changed places with its neighbour.
    """
    plain = _plain(name[: NAME_LENGTH_MAX + 1])
    return next((each for each in names if each != name and _is_slip(plain, _plain(each))), None)


def refuse_slip(path: str, name: str, names: Iterable[str]) -> None:
    """Raise Invalid, naming the path, for a name that is one slip away from a known one."""
    likely = slip_of(name, names)
    if likely is not None:
        raise Invalid(f"{path}: is not known; did you mean {likely}?")


def refuse_misplaced(path: str, name: str, paths: Mapping[str, Sequence[str]]) -> None:
    """Raise Invalid for a name, or a slip of one, that is known at other paths of the same body."""
    likely = name if name in paths else slip_of(name, paths)
    if likely is not None:
        raise Invalid(f"{path}: is not known; did you mean {' or '.join(paths[likely])}?")


def tell_ignored(path: str) -> None:
    """Note for the answer to the request being served that something in it was ignored."""
    context = CURRENT.get()
    if context is not None and path not in context.ignored and len(context.ignored) < TOLD_MAX:
        context.ignored = (*context.ignored, path)


def excerpt(name: str) -> str:
    """Write a name as it may stand in a sentence: on one line, and not at any length."""
    return (name if name.isprintable() else ascii(name))[:NAME_LENGTH_MAX]


@lru_cache(maxsize=1024)
def _plain(name: str) -> str:
    return _APART.sub("", name).casefold()


def _is_slip(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > len("es"):
        return False
    if one == other or one in (f"{other}s", f"{other}es") or other in (f"{one}s", f"{one}es"):
        return True
    return min(len(one), len(other)) >= LENGTH_MIN and _one_edit_apart(one, other)


def _one_edit_apart(one: str, other: str) -> bool:
    """Compare the parts between the beginning and the end that two names share."""
    if abs(len(one) - len(other)) > 1:
        return False
    least = min(len(one), len(other))
    head = next((n for n in range(least) if one[n] != other[n]), least)
    tail = next((n for n in range(least - head) if one[-1 - n] != other[-1 - n]), least - head)
    left, right = one[head : len(one) - tail], other[head : len(other) - tail]
    return max(len(left), len(right)) <= 1 or (len(left) == 2 and left == right[::-1])  # noqa: PLR2004
