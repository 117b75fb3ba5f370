"""Showing: the first answer that has a code notes so before it leaves.

A code that was drawn with the purchase and that no answer had goes back to its pool when its huggg ends.
An answer that comes to note a code that went back meanwhile leaves it out. A code that an answer to the
receiver had, or to a client that speaks for them, never moves to another receiver.

The column `unshown` is true before the first answer with the code, and false after one to the receiver;
between the two it is null.
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
    database: Database, rows: Sequence[Record], *, to_receiver: bool = False, huggg_id: str = "id"
) -> frozenset[UUID]:
    """Note that the codes of these rows are shown; gives the hugggs whose code went back meanwhile.

    A row has `voucher_id`, `code_unshown`, and its huggg's id in a column of that name. Raises
    DatabaseAwayError.
    """
    unnoted = [row[huggg_id] for row in rows if _is_news(row, to_receiver=to_receiver)]
    if not unnoted:
        return NONE_WENT_BACK
    rows_shown = await database.rows(queries.show_codes, huggg_ids=unnoted, to_receiver=to_receiver)
    return frozenset(unnoted) - {row["huggg_id"] for row in rows_shown}


def _is_news(row: Record, *, to_receiver: bool) -> bool:
    """Tell whether an answer with the code of a row is to be noted."""
    if row["voucher_id"] is None:
        return False
    return row["code_unshown"] is not False if to_receiver else bool(row["code_unshown"])
