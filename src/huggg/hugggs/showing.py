"""Showing: the first answer that has a code notes so before it leaves.

A code that was drawn with the purchase and that no answer had goes back to its pool when its huggg ends.
An answer that comes to note a code that went back meanwhile leaves it out, and so does an answer about a
huggg that moved meanwhile. A code that an answer to the receiver had, or to a client that speaks for
them, never moves to another receiver.

The column `unshown` is true before the first answer with the code, and false after one to the receiver;
between the two it is null.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database, run
from huggg.database.queries import Queries

queries = Queries(__file__, "showing.sql")

NONE_TO_LEAVE_OUT: frozenset[UUID] = frozenset()


async def note_shown(
    database: Database, rows: Sequence[Record], *, to_receiver: bool = False, huggg_id: str = "id"
) -> frozenset[UUID]:
    """Note that the codes of these rows are shown; gives the hugggs whose code the answer leaves out.

    Their code went back meanwhile, or their link is another: they moved, or a rotation of keys sealed it
    anew. A row has `codes`, `voucher_id`, `code_unshown`, and its huggg's id in a column of that name.
    Raises DatabaseAwayError.
    """
    unnoted = {row[huggg_id]: row["codes"] for row in rows if _is_news(row, to_receiver=to_receiver)}
    if not unnoted:
        return NONE_TO_LEAVE_OUT
    # Two statements, because the second must see every move that ended before the vouchers were locked.
    async with database.transaction() as connection:
        await run(connection, queries.hold_vouchers, huggg_ids=list(unnoted))
        rows_shown = await run(
            connection,
            queries.show_codes,
            huggg_ids=list(unnoted),
            links=list(unnoted.values()),
            to_receiver=to_receiver,
        )
    return frozenset(unnoted) - {row["huggg_id"] for row in rows_shown}


def _is_news(row: Record, *, to_receiver: bool) -> bool:
    """Tell whether an answer with the code of a row is to be noted."""
    if row["voucher_id"] is None:
        return False
    return row["code_unshown"] is not False if to_receiver else bool(row["code_unshown"])
