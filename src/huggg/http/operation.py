"""An operation: a function of the API at one route, declared beside that route's function.

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
    """A parameter in the query string or in a header; its schema is made of `type`."""

    name: str
    type: Any
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Embeds:
    """The relations that can be embedded, and the entity of the registry from which they start.

    Relations in `always` are part of the operation's answer even if they are not asked for.
    """

    source: str
    relations: Collection[str]
    always: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class One:
    """An envelope around one entity: `{"data": {…}}`, and `embedded` if embeds were asked for."""

    of: Any
    key: str = "data"


@dataclass(frozen=True, slots=True)
class Each:
    """An envelope around a list without pages, whose items have one of these types."""

    of: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, with the published paginator around it."""

    of: Any


@dataclass(frozen=True, slots=True)
class Link:
    """A link from an answer to another operation: its `parameter` is at `pointer` in the body."""

    operation: str
    parameter: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route as its callers see it.

    `answer` is One, Each, Page, or any type of JSON; `embeds` and a Page bring their query parameters
    along. `refuses` lists the refusals of its rules; the OpenAPI document adds those of every route (no
    token, too many requests).
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
    answer_headers: tuple[str, ...] = ()  # of its own, which some answers have
    takes_idempotency_key: bool = False
    takes_form: bool = False  # the body may be form-encoded instead
    takes_basic: bool = False  # a client's id and secret may come by HTTP Basic
    takes_token: bool = False  # a token is optional, and some requests need one
    keepable: bool = False  # may be cached and compressed: no code, no token, no personal data
    from_anywhere: bool = False  # of a page: its address is the credential, so any site may send a form
    is_page: bool = False  # HTML for people: not in the OpenAPI document, and no other origin reads it
    slow: bool = False  # may take the database long: has slots and connections of its own
    limited: bool = True  # False for health and metrics, which an overloaded server still answers
    media_type: str = "application/json"
    parameters: frozenset[str] = field(init=False)  # all names in the query, those of lists with `[]`

    def __post_init__(self) -> None:
        """Collect the names with which every request's query is compared."""
        names = frozenset(parameter.name for parameter in self.in_query())
        object.__setattr__(self, "parameters", names)

    def in_query(self) -> tuple[Parameter, ...]:
        """List the query's parameters: the operation's own, then those of pages and embeds."""
        of_page = PAGE_PARAMETERS if isinstance(self.answer, Page) else ()
        of_embeds = () if self.embeds is None else (embed_parameter(self.embeds),)
        return (*self.query, *of_page, *of_embeds)


EMBED = "embed[]"

RelationName = Annotated[str, Meta(pattern=NO_NUL)]

CURSOR_PARAMETER = Parameter(
    CURSOR,
    Annotated[str, Meta(pattern=NO_NUL)],
    "The continuation of a list, from a `Link` header. New rows do not shift it.",
)

PAGE_PARAMETERS = (
    Parameter("page", Annotated[int, Meta(ge=1, le=PAGE_MAX)], "The number of the page, from 1."),
    Parameter(
        "per_page",
        Annotated[int, Meta(ge=1, le=PER_PAGE_MAX)],
        f"Entries per page; {PER_PAGE} unless given.",
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
    f"A key of the caller's choice: one key, one effect, one answer, for {KEPT_FOR.days} days.",
)


TAG_PARAMETER = Parameter(
    "If-None-Match",
    Annotated[str, Meta(examples=['W/"9c1185a5c5e9fc54612808977ee8f548"'])],
    "The `ETag` of the answer that the caller has, or several: 304 if one is current.",
)


def embed_parameter(embeds: Embeds) -> Parameter:
    """Describe `embed[]`. Relations that are not known are ignored, so its type is no more than text."""
    names = ", ".join(f"`{relation}`" for relation in embeds.relations)
    return Parameter(EMBED, list[RelationName], f"Related entities to send along: {names}.")
