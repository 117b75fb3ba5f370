"""The messages of a huggg that gets another receiver: sealed for the new one, not for the one before.

Otherwise erasing the former receiver would destroy the message, and erasing the new one would not.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.hugggs.message_text import (
    huggg_message,
    purchase_message,
    seal_own_message,
    seal_purchase_message,
)
from huggg.kit.codes import Vault
from huggg.people.person_key import PersonKey, person_key

queries = Queries(__file__)

WITHOUT_MESSAGES = dict.fromkeys(
    ("own_message", "old_own_message", "message", "message_receiver_id", "old_message")
)
"""The values of a huggg without messages that are sealed for its receiver."""


async def message_for(
    database: Database, vault: Vault, huggg_id: UUID, receiver: PersonKey | None
) -> dict[str, Any]:
    """Seal the messages of a huggg for its new receiver, as the statement `move` takes them.

    A purchase of several hugggs keeps its message for its sender alone: it is not this receiver's only.
    """
    row = await database.one(queries.messages_of_huggg, huggg_id=huggg_id)
    sender = person_key(row["sender_id"], row["sender_key"])
    if sender is None or receiver is None:
        return WITHOUT_MESSAGES
    values = dict(WITHOUT_MESSAGES)
    old_sealed = row["older_own_message"] if row["own_message"] is None else row["own_message"]
    own_message = None if old_sealed is None else huggg_message(vault, row)
    if own_message:
        values["old_own_message"] = old_sealed
        values["own_message"] = seal_own_message(
            vault, own_message, huggg_id=huggg_id, keys=(sender, receiver)
        )
    shared_message = purchase_message(vault, row) if row["message_receiver_id"] is not None else None
    if shared_message:
        keys = (sender, receiver) if row["quantity"] == 1 else (sender,)
        values["message"] = seal_purchase_message(
            vault, shared_message, transaction_id=row["transaction_id"], keys=keys
        )
        values["message_receiver_id"] = receiver.person_id if receiver in keys else None
        values["old_message"] = row["sealed_message"]
    return values
