"""Errors over HTTP: the status and headers of a refusal, and the answers to requests that no rule saw.

Every error is `{"error": "<sentence>"}`, unless a refusal has a form of its own (RFC 6749).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, ClassVar, TypeVar

from huggg.http.web import Response, encode
from huggg.kit.errors import TooManyRequests
from huggg.kit.idempotency import EncodedAnswer
from huggg.refusal import Kind, Refusal

PLAIN_SENTENCES = {
    400: "Host: must be one host name.",
    404: "Not found.",
    405: "Method not allowed.",
    413: "The body is larger than 1 MB.",
    414: "The address is longer than 16 KB.",
    415: "The body is compressed; send it as it is, without a Content-Encoding.",
    500: "Something went wrong on our side.",
}
"""The sentences of errors that are no refusal of a rule."""

GONE = 499
"""Logged and counted for a caller that hung up before the answer; no caller ever receives it."""

T = TypeVar("T")


class CallerGoneError(Exception):
    """The caller hung up while its body was being read."""


class UnreadBodyError(Exception):
    """The body is not read, for the reason that the status names."""

    status: ClassVar[int]
    headers: ClassVar[Mapping[str, str]] = {}


class TooLargeError(UnreadBodyError):
    """The body is larger than any that is read."""

    status = 413


class CompressedBodyError(UnreadBodyError):
    """The body is compressed, and bodies are read as they are."""

    status = 415
    headers: ClassVar[Mapping[str, str]] = {"Accept-Encoding": "identity"}  # as RFC 9110 has it


@dataclass(frozen=True, slots=True)
class Refusals:
    """The form of refusals over HTTP.

    A status that is published for one class of refusals goes before that of its kind.
    """

    statuses: Mapping[Kind, int]
    published: Mapping[type[Refusal], int]
    headers: Mapping[type[Refusal], Mapping[str, str]]

    def status_of(self, refused: type[Refusal]) -> int:
        """Give the status of a class of refusals."""
        return _nearest(self.published, refused, self.statuses[refused.kind])

    def answer(self, refusal: Refusal) -> EncodedAnswer:
        """Turn a refusal into the answer its caller gets."""
        return EncodedAnswer(self.status_of(type(refusal)), encode(refusal.members(str(refusal))))

    def response(self, refusal: Refusal) -> Response:
        """Answer a refusal."""
        answer = self.answer(refusal)
        return Response(answer.body, answer.status, headers=self._headers_of(refusal))

    def _headers_of(self, refusal: Refusal) -> Mapping[str, str]:
        if isinstance(refusal, TooManyRequests):
            return {"Retry-After": str(max(1, ceil(refusal.wait_seconds)))}
        return _nearest(self.headers, type(refusal), {})


def error_response(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Answer a request that no rule saw."""
    body = encode({"error": PLAIN_SENTENCES.get(status, "Bad request.")})
    return Response(body, status, headers=headers or {})


def _nearest(table: Mapping[Any, T], refused: type[Refusal], default: T) -> T:
    """Look a class up, or else the nearest one above it."""
    return next((table[above] for above in refused.__mro__ if above in table), default)
