"""Idempotency: one key, one effect, one answer.

That holds for any number of requests with the key, to any number of processes, across restarts.

A key is first *reserved*, for one attempt and for the time of a lease. The statement that records the
effect also completes the key, and only while its reservation is still its own. So effect and answer
exist together or not at all, and a second attempt may safely start as soon as the lease is over. A use
case that first asks an outside service *binds* its key: from then on only the outcome of that request is
the key's answer, for every attempt that learns it. Refusals by a rule are kept as answers too. Requests
that never reached a rule (malformed bodies, bad tokens) and requests that may still succeed (the
database away, a limit used up) are not kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Generic, TypeVar
from uuid import UUID

import structlog
from msgspec import Struct

from huggg.database.errors import DatabaseAwayError, RowHeldError
from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.chores import in_batches
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid, TooManyRequests
from huggg.kit.ids import new_id
from huggg.refusal import Busy, Kind, Refusal, Unavailable

LEASE = timedelta(seconds=10)
KEPT_FOR = timedelta(days=30)
"""After that a key is forgotten with its answer, and would have an effect again."""

KEY_LENGTH_MAX = 255

queries = Queries(__file__, "idempotency.sql")
log = structlog.get_logger()


class KeyReused(Refusal):
    """The key was used before, for another request."""

    kind = Kind.INVALID
    sentence = "Idempotency-Key: was already used for a different request."


class StillRunning(Refusal):
    """Another attempt with this key has not finished."""

    kind = Kind.CONFLICT
    sentence = "A request with this Idempotency-Key is still running."


class EncodedAnswer(Struct, frozen=True, gc=False):
    """The answer to the caller, which is kept beside the key."""

    status: int
    body: bytes
    replayed: bool = False


class KeyOutcome(Struct, frozen=True, gc=False):
    """The state of a key: its kept answer, or whether an attempt without one is under way."""

    created_at: datetime
    answer: EncodedAnswer | None
    is_running: bool

    @property
    def is_refused(self) -> bool:
        """Tell whether the answer is a refusal: the key has no effect and never will."""
        return self.answer is not None and self.answer.status >= HTTPStatus.BAD_REQUEST


Effect = TypeVar("Effect")
Effect_contra = TypeVar("Effect_contra", contravariant=True)


class Reservation(Struct, Generic[Effect_contra], gc=False):
    """The right to complete one key with the answer about an effect; without a key, no right at all.

    The use case returns the effect, and the statement that records it keeps the answer that `encode`
    writes. A page and a command read the effect: their reservation has no encoder.
    """

    caller: str | None = None
    key: str | None = None
    attempt: UUID | None = None
    encode: Callable[[Effect_contra], EncodedAnswer] | None = None
    _encoded: tuple[Any, EncodedAnswer] | None = None

    def answer_about(self, effect: Effect_contra) -> EncodedAnswer:
        """Encode an effect, once: a large purchase is encoded in a thread, by its record statement."""
        if self._encoded is None or self._encoded[0] is not effect:
            assert self.encode is not None  # noqa: S101 - a request has one
            self._encoded = effect, self.encode(effect)
        return self._encoded[1]

    def completion(
        self, vault: Vault, effect: Effect_contra, effect_id: UUID | None
    ) -> dict[str, object]:
        """Give the values with which a record statement completes the key."""
        answer = None if self.encode is None else self.answer_about(effect)
        return self.row_values(vault, answer, effect_id)

    def row_values(
        self, vault: Vault, answer: EncodedAnswer | None, effect_id: UUID | None
    ) -> dict[str, object]:
        """Give the values with which a statement keeps an answer beside the key."""
        sealed = None
        if answer is not None and self.caller is not None and self.key is not None:
            sealed = vault.seal(answer.body, bound_to=answer_sealed_for(self.caller, self.key))
        return {
            "key_caller": self.caller,
            "key": self.key,
            "key_attempt": self.attempt,
            "key_status": None if answer is None else answer.status,
            "key_answer": sealed,
            "effect_id": effect_id,
        }


UNKEYED: Reservation[Any] = Reservation()
"""The reservation of a page, a command or a test: no key to complete, no answer to encode."""


class Idempotency:
    """Runs an act at most once per caller and key. `refused` writes the answer of a refusal."""

    def __init__(
        self, database: Database, vault: Vault, refused: Callable[[Refusal], EncodedAnswer]
    ) -> None:
        self._database = database
        self._vault = vault
        self.refused = refused

    async def run(
        self,
        *,
        caller: str,
        key: str | None,
        request: str,
        act: Callable[[Reservation[Effect]], Awaitable[Effect]],
        encode: Callable[[Effect], EncodedAnswer],
        keeps_refusals: bool = True,
    ) -> EncodedAnswer:
        """Act and encode the effect, or replay the answer that the same key got before.

        `request` is the text of route and body: the same key must come with the same text. A refusal by
        a rule is raised and not kept, if the caller may try again until it passes. Raises Invalid,
        KeyReused, StillRunning, and without a key only the errors of `act`.
        """
        if key is None:
            unkeyed = Reservation(encode=encode)
            return unkeyed.answer_about(await act(unkeyed))
        _check(key)
        reservation = Reservation(caller, key, new_id(), encode)
        requests = self._vault.fingerprints("request", request)
        row = await self._reserve(reservation, requests)
        if row is not None:
            return row
        try:
            return reservation.answer_about(await act(reservation))
        except (Busy, TooManyRequests):
            await self._let_go(reservation)
            raise
        except Unavailable:  # it may have happened: the lease decides when to try again
            raise
        except Refusal as refusal:
            if keeps_refusals:
                return await self._keep(reservation, self.refused(refusal), requests)
            await self._let_go(reservation)
            raise
        except BaseException:
            await self._let_go(reservation)
            raise

    async def forestall(self, *, caller: str, key: str, refusal: Refusal) -> KeyOutcome | None:
        """Refuse every request with a key that is not answered yet, now and later; give its outcome.

        An attempt under way that has recorded nothing records nothing any more. None: an outside
        service is being asked for the key's effect. Raises StillRunning while an attempt is recording.
        """
        try:
            await self._database.row(
                queries.forestall, **self.forestalling(caller=caller, key=key, refusal=refusal)
            )
        except RowHeldError:
            raise StillRunning from None
        return await self.outcome(caller=caller, key=key)

    def forestalling(self, *, caller: str, key: str, refusal: Refusal) -> dict[str, object]:
        """Give the values with which a statement refuses every request with a key."""
        mine: Reservation[Any] = Reservation(caller, key, new_id())
        values = mine.row_values(self._vault, self.refused(refusal), None)
        del values["effect_id"]
        return values

    async def outcome(self, *, caller: str, key: str) -> KeyOutcome | None:
        """Give the outcome of the requests with a key; None if no request came with it."""
        if not _can_be_key(key):
            return None
        row = await self._database.row(queries.outcome, caller=caller, key=key)
        if row is None:
            return None
        answer = None
        if row["status"] is not None:
            body = self._vault.open(row["answer"], bound_to=answer_sealed_for(caller, key))
            answer = EncodedAnswer(row["status"], body)
        return KeyOutcome(row["created_at"], answer, is_running=row["is_running"])

    async def sweep(self) -> None:
        """Delete the keys whose time is over. Raises Unavailable."""
        await in_batches(self._database, queries.sweep_keys, kept_for=KEPT_FOR)

    async def _reserve(self, mine: Reservation[Any], requests: list[bytes]) -> EncodedAnswer | None:
        """Reserve, and return None; or return the kept answer of an earlier attempt."""
        try:
            reserved = await self._database.row(
                queries.reserve,
                caller=mine.caller,
                key=mine.key,
                attempt=mine.attempt,
                lease=LEASE,
                request=requests[0],
                requests=requests,
            )
        except RowHeldError:  # its last attempt is being recorded just now
            raise StillRunning from None
        return None if reserved is not None else await self._answer_before(mine, requests)

    async def _answer_before(self, mine: Reservation[Any], requests: list[bytes]) -> EncodedAnswer:
        row = await self._database.row(queries.kept, caller=mine.caller, key=mine.key, requests=requests)
        if row is None:  # let go between the two statements
            raise StillRunning
        if not row["same"]:
            raise KeyReused
        if row["status"] is None:
            raise StillRunning
        body = self._vault.open(
            row["answer"], bound_to=answer_sealed_for(mine.caller or "", mine.key or "")
        )
        return EncodedAnswer(row["status"], body, replayed=True)

    async def _keep(
        self, mine: Reservation[Any], answer: EncodedAnswer, requests: list[bytes]
    ) -> EncodedAnswer:
        """Keep a refusal, unless another attempt took over and got an answer of its own."""
        row = await self._database.row(queries.keep, **mine.row_values(self._vault, answer, None))
        return answer if row is not None else await self._answer_before(mine, requests)

    async def _let_go(self, mine: Reservation[Any]) -> None:
        try:
            await self._database.rows(
                queries.let_go, caller=mine.caller, key=mine.key, attempt=mine.attempt
            )
        except DatabaseAwayError:
            log.warning("idempotency key not let go; its lease ends soon")


def _can_be_key(key: str) -> bool:
    return 1 <= len(key) <= KEY_LENGTH_MAX and key.isascii() and key.isprintable()


def _check(key: str) -> None:
    if not _can_be_key(key):
        raise Invalid(f"Idempotency-Key: must be 1 to {KEY_LENGTH_MAX} printable ASCII characters.")


def answer_sealed_for(caller: str, key: str) -> bytes:
    """Name the row that a kept answer is sealed to."""
    return f"idempotency_keys\0{caller}\0{key}".encode()
