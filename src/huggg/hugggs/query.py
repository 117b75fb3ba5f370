"""The query language of `POST /api/v2/search`: the subset of Elasticsearch's that clients send.

Source: a partner's public client, which sends `from`, `size`, `query.bool.must[].match.status` and
`sort`. An unknown part is refused by its place, never ignored: half a search finds the wrong hugggs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from huggg.http.body import read_body
from huggg.http.pagination import SortKey
from huggg.http.slips import excerpt
from huggg.hugggs.wire import PublishedHuggg
from huggg.hugggs.words import words_of
from huggg.kit.clock import in_utc
from huggg.kit.errors import Invalid
from huggg.kit.ids import parse_id

SIZE_MAX = 300
WINDOW_MAX = 10_000
CLAUSES_MAX = 20
TEXT_LENGTH_MAX = 500

STATUSES = frozenset({"redeemed", "sent", "expired", "cancelled"})
IDS = {"product_id": "product_ids", "purchase_id": "product_ids", "brand_id": "brand_ids"}
INSTANTS = frozenset({"created_at", "updated_at", "sent_date"})
SORTS = frozenset({"created_at", "updated_at", "expiry_date"})
OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[ T](?P<time>\d\d:\d\d:\d\d(\.\d{1,6})?)(?P<zone>Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)


class SearchBody(Struct, rename={"from_": "from"}, forbid_unknown_fields=True):
    """A search; `query` is `{"match_all": {}}` or `{"bool": {"must": […]}}`, and may be left out."""

    from_: Annotated[int, Meta(ge=0, le=WINDOW_MAX, description="The number of hugggs to skip.")] = 0
    size: Annotated[int, Meta(ge=0, le=SIZE_MAX, description="The number of hugggs to return.")] = 20
    query: Annotated[
        dict[str, Any] | UnsetType,
        Meta(examples=[{"bool": {"must": [{"match": {"status": {"query": "redeemed sent"}}}]}}]),
    ] = UNSET
    sort: Annotated[
        list[Any] | dict[str, Any] | UnsetType,
        Meta(examples=[[{"huggg.updated_at": {"order": "desc"}}]]),
    ] = UNSET


class SearchResult(Struct):
    """The hugggs that were found, in the requested order."""

    data: list[PublishedHuggg]


class WordCondition(NamedTuple):
    """The words to find in a message, all or any; each written word as the words of its parts."""

    parts: tuple[tuple[str, ...], ...]
    every: bool


class RangeBound(NamedTuple):
    """One side of a range; `operator` is SQL's."""

    field: str
    operator: str
    value: datetime | date


@dataclass(slots=True)
class Search:
    """A search that was understood. Sets are alternatives; None is no condition."""

    offset: int = 0
    size: int = 20
    statuses: frozenset[str] | None = None
    product_ids: frozenset[UUID] | None = None
    brand_ids: frozenset[UUID] | None = None
    texts: list[WordCondition] = field(default_factory=list)
    bounds: list[RangeBound] = field(default_factory=list)
    order_by: str = "updated_at"
    descending: bool = True
    after: SortKey | None = None  # where in the order a walk stands

    def narrow(self, name: str, values: frozenset[Any]) -> None:
        """Let one of these be the only values; of two such conditions both must hold."""
        before = getattr(self, name)
        setattr(self, name, values if before is None else before & values)


def read_search(body: bytes) -> Search:
    """Understand a search. Raises Malformed, and Invalid naming the part that is not supported."""
    request = read_body(body, SearchBody)
    if request.from_ + request.size > WINDOW_MAX:
        raise Invalid(f"from: with size it may reach {WINDOW_MAX} at most; narrow the query.")
    search = Search(offset=request.from_, size=request.size)
    if request.query is not UNSET:
        for path, clause in _clauses(request.query):
            _read_clause(search, clause, path)
    if request.sort is not UNSET:
        _read_sort(search, request.sort)
    return search


def _clauses(query: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    kind, inner = _only(query, "query")
    if kind == "match_all":
        _keys(inner, "query.match_all", ())
        return
    if kind != "bool":
        raise _unsupported(f"query.{excerpt(kind)}", ("bool", "match_all"))
    must = _keys(inner, "query.bool", ("must",)).get("must", [])
    clauses = must if isinstance(must, list) else [must]
    if len(clauses) > CLAUSES_MAX:
        raise Invalid(f"query.bool.must: may have {CLAUSES_MAX} clauses at most.")
    yield from ((f"query.bool.must[{number}]", clause) for number, clause in enumerate(clauses))


def _read_clause(search: Search, clause: Any, path: str) -> None:  # noqa: ANN401 - JSON
    kind, inner = _only(clause, path)
    reader = {"match": _read_match, "term": _read_term, "range": _read_range}.get(kind)
    if reader is None:
        raise _unsupported(f"{path}.{excerpt(kind)}", ("match", "term", "range"))
    name, condition = _only(inner, f"{path}.{kind}")
    reader(search, name.removeprefix("huggg."), condition, f"{path}.{kind}.{excerpt(name)}")


def _read_match(search: Search, name: str, condition: Any, path: str) -> None:  # noqa: ANN401 - JSON
    operator = "or"
    if isinstance(condition, dict):
        keys = _keys(condition, path, ("query", "operator"))
        operator, condition = keys.get("operator", "or"), keys.get("query")
    if operator not in ("or", "and"):
        raise Invalid(f'{path}.operator: must be "or" or "and".')
    words = tuple(_text(condition, path).split())
    if name == "message":
        _read_words(search, words, path, every=operator == "and")
    elif not words:
        raise _wordless(path)
    elif operator == "and":  # each of the words alone; nothing has two statuses or two products
        for word in words:
            _equal(search, name, (word,), path)
    else:
        _equal(search, name, words, path)


def _read_words(search: Search, words: Collection[str], path: str, *, every: bool) -> None:
    """Split each written word as messages are; one that is signs alone, such as `&`, is passed over."""
    parts = tuple(tuple(split) for word in words if (split := words_of(word)))
    if not parts:
        raise _wordless(path)
    search.texts.append(WordCondition(parts, every=every))


def _wordless(path: str) -> Invalid:
    return Invalid(f"{path}: has no words.")


def _read_term(search: Search, name: str, condition: Any, path: str) -> None:  # noqa: ANN401 - JSON
    if isinstance(condition, dict):
        condition = _keys(condition, path, ("value",)).get("value")
    if name == "message":
        raise _unsupported(path, ("match",))
    _equal(search, name, (_text(condition, path),), path)


def _equal(search: Search, name: str, values: Collection[str], path: str) -> None:
    if name == "status":
        unknown = [value for value in values if value not in STATUSES]
        if unknown:
            raise Invalid(
                f"{path}: {excerpt(unknown[0])!a} is not one of {', '.join(sorted(STATUSES))}."
            )
        search.narrow("statuses", frozenset(values))
    elif name in IDS:
        search.narrow(IDS[name], frozenset(id_ for value in values if (id_ := parse_id(value))))
    else:
        raise _unsupported(path, ("status", "product_id", "brand_id", "message"))


def _read_range(search: Search, name: str, condition: Any, path: str) -> None:  # noqa: ANN401 - JSON
    if name not in INSTANTS and name != "expiry_date":
        raise _unsupported(path, (*sorted(INSTANTS), "expiry_date"))
    bounds = _keys(condition, path, OPERATORS)
    if not bounds:
        raise Invalid(f"{path}: needs gt, gte, lt or lte.")
    for key, value in bounds.items():
        at = f"{path}.{key}"
        text = _text(value, at)
        if name == "expiry_date":
            search.bounds.append(RangeBound(name, OPERATORS[key], _day(text, at)))
        else:
            search.bounds.append(_instant_bound(name, key, text, at))


def _instant_bound(name: str, key: str, text: str, path: str) -> RangeBound:
    """Read an instant. A day means the whole of it: up to it is through its end, after it after that."""
    if not _DAY.fullmatch(text):
        return RangeBound(name, OPERATORS[key], _instant(text, path))
    day = _day(text, path)
    if key in {"gt", "lte"} and day < date.max:
        day += timedelta(days=1)
        key = {"gt": "gte", "lte": "lt"}[key]
    return RangeBound(name, OPERATORS[key], datetime(day.year, day.month, day.day, tzinfo=UTC))


def _instant(text: str, path: str) -> datetime:
    match = _INSTANT.fullmatch(text)
    try:
        if match is not None:
            return in_utc(
                datetime.fromisoformat(f"{match['day']}T{match['time']}{match['zone'] or 'Z'}")
            )
    except ValueError:
        pass
    raise Invalid(f"{path}: must be like 2026-01-05 or 2026-01-05 09:00:00.")


def _day(text: str, path: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Invalid(f"{path}: must be a day like 2026-01-05.")


def _read_sort(search: Search, sort: Any) -> None:  # noqa: ANN401 - JSON
    orders = sort if isinstance(sort, list) else [sort]
    if len(orders) != 1:
        raise Invalid("sort: must name exactly one field.")
    name, order = (orders[0], "asc") if isinstance(orders[0], str) else _only(orders[0], "sort[0]")
    search.order_by = name.removeprefix("huggg.")
    if search.order_by not in SORTS:
        raise _unsupported(f"sort[0].{excerpt(name)}", sorted(SORTS))
    if isinstance(order, dict):
        order = _keys(order, f"sort[0].{excerpt(name)}", ("order",)).get("order", "asc")
    if order not in ("asc", "desc"):
        raise Invalid(f"sort[0].{excerpt(name)}.order: must be asc or desc.")
    search.descending = order == "desc"


def _only(value: Any, path: str) -> tuple[str, Any]:  # noqa: ANN401 - JSON
    if not isinstance(value, dict) or len(value) != 1:
        raise Invalid(f"{path}: must be an object with exactly one key.")
    [(key, inner)] = value.items()
    return key, inner


def _keys(value: Any, path: str, allowed: Collection[str]) -> dict[str, Any]:  # noqa: ANN401 - JSON
    if not isinstance(value, dict):
        raise Invalid(f"{path}: must be an object.")
    for key in value:
        if key not in allowed:
            raise _unsupported(f"{path}.{excerpt(key)}", allowed)
    return value


def _text(value: Any, path: str) -> str:  # noqa: ANN401 - JSON
    if not isinstance(value, str) or len(value) > TEXT_LENGTH_MAX:
        raise Invalid(f"{path}: must be text of at most {TEXT_LENGTH_MAX} characters.")
    if "\0" in value:
        raise Invalid(f"{path}: must not contain NUL.")
    return value


def _unsupported(path: str, instead: Collection[str]) -> Invalid:
    use = f"; use {', '.join(instead)}" if instead else ""
    return Invalid(f"{path}: is not supported{use}.")
