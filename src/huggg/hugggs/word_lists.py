"""Keeping the words of messages that were bought by an older release, which knew no lists of them."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from huggg.database.pool import Database
from huggg.hugggs.store import queries
from huggg.hugggs.words import words_of
from huggg.kit.chores import Chore

MOVE_SECONDS = 10.0

BATCH = 500
BATCHES_MAX = 20
"""Messages of one call.

A search waits for it, for some tenths of a second; the chore does the rest of a backlog.
"""


def word_list(message: str | None) -> str | None:
    """Write a message's words as the statements take them, parted by blanks; None without a message."""
    return None if message is None else " ".join(words_of(message))


def words_chore(database: Database) -> Chore:
    """Describe the chore that writes the missing lists: older servers may go on to sell."""
    return Chore("words of messages", MOVE_SECONDS, partial(keep_words, database))


async def keep_words(database: Database, *, sender_id: UUID | None = None) -> None:
    """Write the lists that are missing, of one sender or of all. Raises DatabaseAwayError."""
    for _ in range(BATCHES_MAX):
        rows = await database.planned(queries.without_words, sender_id=sender_id, most=BATCH)
        if rows:
            await database.rows(
                queries.keep_words,
                ids=[row["id"] for row in rows],
                words=[word_list(row["message"]) for row in rows],
            )
        if len(rows) < BATCH:
            return
