"""Messages of purchases as an older release keeps them: in clear, without fingerprints of words."""

from __future__ import annotations

from huggg.hugggs.message_text import purchase_message
from huggg.kit.platform import Platform
from tests.support.sql import sql

IN_CLEAR = """
UPDATE transactions
   SET message = $2, sealed_message = NULL, message_receiver_id = NULL, word_fingerprints = NULL,
       word_key = NULL, words = $3
 WHERE id = $1
"""


async def keep_in_clear(platform: Platform, *, words: list[str] | None = None) -> None:
    """Keep all messages in clear; `words` are those that the release listed beside each."""
    for row in await sql(platform.database, "SELECT * FROM purchase_messages"):
        message = purchase_message(platform.vault, row)
        if message is not None:
            await sql(platform.database, IN_CLEAR, row["transaction_id"], message, words)
