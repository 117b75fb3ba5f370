"""A lookup: the row of one huggg that a caller named and, in the same round trip, of the caller."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Awaitable, Sequence
from typing import Any
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.hugggs.reference import HugggReference


class Lookup:
    """Reads one huggg by a set-based statement that takes `huggg_id`, `fingerprint` and a token.

    The token is `shared_token` where the items of a batch share the row of their caller, and `token` in
    a statement that reads more by the caller's columns.

    The row that was read along with the caller is kept for the first call of `row`, which comes after
    the caller was authenticated; every later call of `row` reads anew.
    """

    def __init__(
        self,
        database: Database,
        statement: Statement,
        huggg: HugggReference,
        **values: Any,  # noqa: ANN401 - the statement's other parameters
    ) -> None:
        self.huggg = huggg
        self.database = database
        self._statement = statement
        self._values = values
        self._row: Record | None = None

    def at(self, huggg: HugggReference, **learned: Any) -> Lookup:  # noqa: ANN401 - as above
        """Look this huggg up by the same statement and values; the same reference keeps its row.

        `learned` are values that were not known yet when the lookup was prepared.
        """
        if huggg is self.huggg:
            return self
        return Lookup(self.database, self._statement, huggg, **self._values | learned)

    async def with_caller(self, token: bytes) -> Record:
        """Read the huggg, and give the row of a token's caller, by the token's fingerprint.

        The caller's columns are null for an unknown token.
        """
        self._row, caller = await self._first_of_all(token)
        return caller

    async def row(self) -> Record:
        """Give the row that was read with the caller, or read one; `id` is null without a huggg."""
        row, self._row = self._row, None
        return (await self._first_of_all(None))[0] if row is None else row

    def _first_of_all(self, token: bytes | None) -> Awaitable[tuple[Record, Record]]:
        """Read the huggg of the reference, or the one of its candidates that exists."""
        candidates = self.huggg.candidates()
        if len(candidates) == 1:
            return self._each(token, *candidates[0])
        return self._first_of(token, candidates)

    async def _first_of(
        self, token: bytes | None, candidates: Sequence[tuple[UUID | None, bytes | None]]
    ) -> tuple[Record, Record]:
        """Read all candidates in one batch.

        Read one after the other, an existing huggg would be found sooner than a missing one is given up,
        and a stranger could tell the two apart.
        """
        rows = await gather(*(self._each(token, *candidate) for candidate in candidates))
        return next((pair for pair in rows if pair[0]["id"] is not None), rows[0])

    async def _each(
        self, token: bytes | None, huggg_id: UUID | None, fingerprint: bytes | None
    ) -> tuple[Record, Record]:
        """Read a row, and the row that has its caller."""
        values = {"huggg_id": huggg_id, "fingerprint": fingerprint, **self._values}
        if "shared_token" in self._statement.names:
            row, caller_row = await self.database.each_sharing(
                self._statement, shared_token=token, **values
            )
        else:
            row = caller_row = await self.database.each(self._statement, token=token, **values)
        assert row is not None  # noqa: S101 - the statement answers every item, found or not
        assert caller_row is not None  # noqa: S101 - likewise
        return row, caller_row
