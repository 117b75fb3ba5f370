"""The words of messages as keyed fingerprints: a search finds them, a reader of the database does not.

A fingerprint is bound to the sender: one word has another fingerprint in the messages of each sender, so
neither an index nor a dump shows which words senders share.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import NamedTuple
from uuid import UUID

from huggg.database.pool import Database
from huggg.hugggs.store import queries
from huggg.hugggs.words import words_of
from huggg.kit.chores import Chore
from huggg.kit.codes import Vault

MOVE_SECONDS = 10.0

BATCH = 500
BATCHES_MAX = 20
"""Messages of one call.

A search waits for it, for some tenths of a second; the chore does the rest of a backlog.
"""

WORD = "word of a message"
"""The kind under which words are fingerprinted."""

NUMBER_BYTES = 8
"""A fingerprint of this size tells the words of one sender apart, and is a number to the database."""


class WordFingerprints(NamedTuple):
    """The fingerprints of a message as the statements take them, and the number of their key.

    Both are None without a message. The order of the fingerprints tells nothing about that of the words.
    """

    fingerprints: str | None
    key: int | None


def fingerprint_words(vault: Vault, message: str | None, *, sender_id: UUID) -> WordFingerprints:
    """Fingerprint the words of a message under the key that seals. Raises KeysInDoubtError."""
    if message is None:
        return WordFingerprints(None, None)
    # Read first: if another key comes to seal meanwhile, a rotation fingerprints this message again.
    key = vault.newest
    numbers = _numbers(vault.finders(WORD)[0], words_of(message), sender_id)
    return WordFingerprints(" ".join(map(str, sorted(numbers))), key)


def searched_fingerprints(vault: Vault, words: Collection[str], *, sender_id: UUID) -> list[list[int]]:
    """Fingerprint searched words under each key that a message may be kept under.

    Raises KeysInDoubtError.
    """
    return [_numbers(finder, words, sender_id) for finder in vault.finders(WORD)]


def _numbers(finder: Callable[[str], bytes], words: Collection[str], sender_id: UUID) -> list[int]:
    fingerprints = (finder(f"{sender_id} {word}") for word in words)
    return [int.from_bytes(each[:NUMBER_BYTES], "big", signed=True) for each in fingerprints]


def words_chore(database: Database, vault: Vault) -> Chore:
    """Describe the chore that fingerprints older messages: older servers may go on to sell."""
    return Chore("words of messages", MOVE_SECONDS, partial(keep_words, database, vault))


async def keep_words(database: Database, vault: Vault, *, sender_id: UUID | None = None) -> bool:
    """Fingerprint the messages of an older release, of one sender or of all; tell whether all are done.

    Raises Unavailable.
    """
    for _ in range(BATCHES_MAX):
        rows = await database.planned(queries.without_words, sender_id=sender_id, most=BATCH)
        if rows:
            new = [fingerprint_words(vault, row["message"], sender_id=row["sender_id"]) for row in rows]
            await database.rows(
                queries.keep_words,
                ids=[row["id"] for row in rows],
                olds=[None for _ in rows],
                news=[each.key for each in new],
                fingerprints=[each.fingerprints for each in new],
            )
        if len(rows) < BATCH:
            return True
    return False
