"""The responses of refusals: each status of an operation with all sentences that it may come with."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from huggg.http.errors import PLAIN_SENTENCES, Refusals
from huggg.http.operation import Operation
from huggg.identity.errors import UserNeeded
from huggg.identity.permissions import Permission, Standing
from huggg.kit.errors import Forbidden, Invalid, TooManyRequests, Unauthenticated
from huggg.kit.idempotency import KeyReused, StillRunning
from huggg.openapi.schemas import REF
from huggg.refusal import Refusal, Unavailable

AGAIN = frozenset({HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""Statuses after which a caller may try again."""


def refusals_by_status(
    operation: Operation, permission: Permission, refusals: Refusals
) -> dict[int, dict[str, Any]]:
    """Sort the possible refusals by status: reason and sentence by the refusal's name.

    They are the operation's own, and those that precede every operation.
    """
    kinds = list(operation.refuses)
    if operation.limited:
        kinds += [TooManyRequests, Unavailable]
    if not permission.public:
        kinds += [Unauthenticated, Forbidden, Invalid]
        kinds += [] if Standing.CLIENT in permission.standings else [UserNeeded]
    if operation.takes_idempotency_key:
        kinds += [Invalid, KeyReused, StillRunning]
    examples: dict[int, dict[str, Any]] = {}
    for kind in dict.fromkeys(kinds):
        example = {"summary": _reason(kind), "value": kind.members(kind.sentence or kind.example)}
        examples.setdefault(refusals.status_of(kind), {})[kind.__name__] = example
    for status, name in _before_any_rule(operation):
        sentence = PLAIN_SENTENCES[status]
        examples[status] = {name: {"summary": sentence, "value": {"error": sentence}}}
    return examples


def _before_any_rule(operation: Operation) -> Iterator[tuple[int, str]]:
    """List the refusals that precede any rule."""
    if operation.body is not None:
        yield HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TooLarge"
        yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Compressed"
    yield HTTPStatus.REQUEST_URI_TOO_LONG, "TooLong"


def refused(status: int, examples: dict[str, Any]) -> dict[str, Any]:
    """Describe one status by all the sentences it may come with."""
    more = {"Retry-After": header("Retry-After")} if status in AGAIN else {}
    if UserNeeded.__name__ in examples:
        more["Huggg-Hint"] = header("Huggg-Hint")
    return {
        "description": " ".join(example["summary"] for example in examples.values()),
        "headers": {name: header(name) for name in ("X-Request-Id", "Cache-Control")} | more,
        "content": {"application/json": {"schema": {"$ref": f"{REF}Error"}, "examples": examples}},
    }


def _reason(kind: type[Refusal]) -> str:
    return " ".join((kind.__doc__ or "").strip().split("\n\n")[0].split())


def header(name: str) -> dict[str, str]:
    """Refer to a header that `HEADERS` describes."""
    return {"$ref": f"#/components/headers/{name}"}
