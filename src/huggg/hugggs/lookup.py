"""A look: what is known of one huggg that a caller named, and, along with it, who the caller is."""

from __future__ import annotations

from asyncio import gather
from typing import Any
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.hugggs.reference import HugggReference


class Lookup:
    """Looks at one huggg by a set-based statement that takes `huggg_id`, `fingerprint` and `token`.

    Who calls is one row of the same database, so both are seen in one round trip. What was seen before
    anybody knew whether the caller may see it is kept for the first who asks; the next look is anew.
    """

    def __init__(
        self,
        database: Database,
        statement: Statement,
        huggg: HugggReference,
        **values: Any,  # noqa: ANN401 - whatever else the statement asks for
    ) -> None:
        self.huggg = huggg
        self._database = database
        self._statement = statement
        self._values = values
        self._seen: Record | None = None

    def at(self, huggg: HugggReference) -> Lookup:
        """Look at this one by the same statement and values; what was seen stays if it is the same."""
        if huggg is self.huggg:
            return self
        return Lookup(self._database, self._statement, huggg, **self._values)

    async def with_caller(self, token: bytes) -> Record:
        """Look, and see in the same row whose token has this fingerprint; it is None of nobody."""
        self._seen = row = await self._of_all(token)
        return row

    async def row(self) -> Record:
        """Give what was seen, or look by all that the reference may mean; no `id`: there is none."""
        row, self._seen = self._seen, None
        return await self._of_all(None) if row is None else row

    async def _of_all(self, token: bytes | None) -> Record:
        """Look by all that the reference may mean, in one batch.

        One after the other, what is there would be found sooner than what is not is given up, and a
        stranger could tell the one from the other.
        """
        candidates = self.huggg.candidates()
        if len(candidates) == 1:
            return await self._each(token, *candidates[0])
        rows = await gather(*(self._each(token, *candidate) for candidate in candidates))
        return next((row for row in rows if row["id"] is not None), rows[0])

    async def _each(
        self, token: bytes | None, huggg_id: UUID | None, fingerprint: bytes | None
    ) -> Record:
        row = await self._database.each(
            self._statement, huggg_id=huggg_id, fingerprint=fingerprint, token=token, **self._values
        )
        assert row is not None  # noqa: S101 - the statement answers every item, found or not
        return row
