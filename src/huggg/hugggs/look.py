"""A look: what is known of one huggg that a caller named, and, along with it, who the caller is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.hugggs.reference import HugggReference


class Look:
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

    async def with_caller(self, token: bytes) -> Record:
        """Look, and see in the same row whose token has this fingerprint; it is None of nobody."""
        huggg_id, fingerprint = self.huggg.candidates()[0]
        self._seen = row = await self._each(huggg_id, fingerprint, token)
        return row

    async def row(self) -> Record:
        """Give what was seen, or look by all that the reference may mean; no `id`: there is none."""
        row, self._seen = self._seen, None
        if row is not None and row["id"] is not None:
            return row
        for huggg_id, fingerprint in self.huggg.candidates()[0 if row is None else 1 :]:
            row = await self._each(huggg_id, fingerprint, None)
            if row["id"] is not None:
                break
        assert row is not None  # noqa: S101 - a reference means something
        return row

    async def _each(
        self, huggg_id: UUID | None, fingerprint: bytes | None, token: bytes | None
    ) -> Record:
        row = await self._database.each(
            self._statement, huggg_id=huggg_id, fingerprint=fingerprint, token=token, **self._values
        )
        assert row is not None  # noqa: S101 - the statement answers every item, found or not
        return row
