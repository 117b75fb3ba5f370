"""An operation: what the API offers at one route, declared beside its function.

Three things are made of these declarations, so that none of them can be forgotten: the OpenAPI
document, the permission check (`identity/permissions.py`, by the operation's id), and the name under
which a request is logged and counted. The function's docstring is the operation's description.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Annotated, Any

from msgspec import Meta

from huggg.http.body import NO_NUL
from huggg.http.pagination import CURSOR, PAGE_MAX, PER_PAGE, PER_PAGE_MAX
from huggg.kit.idempotency import KEPT_FOR, KEY_LENGTH_MAX
from huggg.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something in the query string or in a header; `type` is what a schema is made of."""

    name: str
    type: Any
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Embeds:
    """Which relations can be embedded, starting from which entity of the registry.

    Those in `always` are part of the operation's answer, asked for or not.
    """

    source: str
    relations: Collection[str]
    always: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class One:
    """An envelope around one thing: `{"data": {…}}`, and `embedded` where something was asked for."""

    of: Any
    key: str = "data"


@dataclass(frozen=True, slots=True)
class Each:
    """An envelope around a list without pages, each item of which looks like one of these."""

    of: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, with the published paginator around it."""

    of: Any


@dataclass(frozen=True, slots=True)
class Link:
    """That an answer names what another operation asks for: `parameter` is at `pointer` in the body."""

    operation: str
    parameter: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route as its callers see it.

    `answer` is One, Each, Page, or any type of JSON; `embeds` and a Page bring their query parameters
    along. `refuses` names what its rules refuse; what any route may refuse (no token, too much at once)
    is added by whoever writes the document.
    """

    id: str
    tag: str
    summary: str
    answer: Any
    status: int = 200
    body: Any = None
    body_required: bool = True
    example: Any = None  # of the body; made from the body's fields where there is none
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    embeds: Embeds | None = None
    refuses: tuple[type[Refusal], ...] = ()
    leads_to: tuple[Link, ...] = ()
    takes_idempotency_key: bool = False
    takes_form: bool = False  # the body may be form-encoded instead
    takes_basic: bool = False  # a client's id and secret may come by HTTP Basic
    takes_token: bool = False  # though anybody may ask: some of what can be asked needs one
    keepable: bool = False  # callers keep and compress it: it holds no code, no token and no person
    limited: bool = True  # False for those who must hear from a server that refuses everybody else
    media_type: str = "application/json"
    parameters: frozenset[str] = field(init=False)  # all names in the query, those of lists with `[]`

    def __post_init__(self) -> None:
        """Collect the names, which every request with a query is held against."""
        names = frozenset(parameter.name for parameter in self.in_query())
        object.__setattr__(self, "parameters", names)

    def in_query(self) -> tuple[Parameter, ...]:
        """List all that the query may hold: the operation's own, then what pages and embeds bring."""
        of_page = PAGE_PARAMETERS if isinstance(self.answer, Page) else ()
        of_embeds = () if self.embeds is None else (embed_parameter(self.embeds),)
        return (*self.query, *of_page, *of_embeds)


EMBED = "embed[]"

Relation = Annotated[str, Meta(pattern=NO_NUL)]

CURSOR_PARAMETER = Parameter(
    CURSOR,
    Annotated[str, Meta(pattern=NO_NUL)],
    "Where a walk goes on: from a `Link` header. Rows that come meanwhile shift nothing.",
)

PAGE_PARAMETERS = (
    Parameter("page", Annotated[int, Meta(ge=1, le=PAGE_MAX)], "Which page, from 1."),
    Parameter(
        "per_page",
        Annotated[int, Meta(ge=1, le=PER_PAGE_MAX)],
        f"How many to a page; {PER_PAGE} unless told.",
    ),
    CURSOR_PARAMETER,
)


KEY_PARAMETER = Parameter(
    "Idempotency-Key",
    Annotated[
        str,
        Meta(
            min_length=1,
            max_length=KEY_LENGTH_MAX,
            pattern=r"^[\x20-\x7e]+$",
            examples=["order-2026-0117"],
        ),
    ],
    f"Of the caller's choice: one key, one effect, one answer, for {KEPT_FOR.days} days.",
)


TAG_PARAMETER = Parameter(
    "If-None-Match",
    Annotated[str, Meta(examples=['W/"9c1185a5c5e9fc54612808977ee8f548"'])],
    "The `ETag` of the answer that the caller has, or several: 304 if it still holds.",
)


def embed_parameter(embeds: Embeds) -> Parameter:
    """Describe `embed[]`. Relations that are not known are ignored, so its type is no more than text."""
    names = ", ".join(f"`{relation}`" for relation in embeds.relations)
    return Parameter(EMBED, list[Relation], f"Related entities to send along: {names}.")
