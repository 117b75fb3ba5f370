"""Showing: the first answer that has a code notes so before it leaves.

A code that was drawn with the purchase and that no answer had goes back to its pool when its huggg ends.
An answer that comes to note a code that went back meanwhile leaves it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries

queries = Queries(__file__, "showing.sql")

NONE_WENT_BACK: frozenset[UUID] = frozenset()


async def note_shown(
    database: Database, rows: Sequence[Record], *, huggg_id: str = "id"
) -> frozenset[UUID]:
    """Note that the codes of these rows are shown; gives the hugggs whose code went back meanwhile.

    A row has `code_unshown`, and its huggg's id in a column of that name. Raises DatabaseAwayError.
    """
    unshown = [row[huggg_id] for row in rows if row["code_unshown"]]
    if not unshown:
        return NONE_WENT_BACK
    rows_shown = await database.rows(queries.show_codes, huggg_ids=unshown)
    return frozenset(unshown) - {row["huggg_id"] for row in rows_shown}
