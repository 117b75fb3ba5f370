"""Every column of bytes in the database, listed once, with its treatment by a rotation of keys.

Most sealed columns are resealed in one way: a row is found by its key's number, and changed if it is
still as it was. `OF_THEIR_OWN` have statements in `rotate.sql`, because fingerprints move with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from huggg.database.queries import Statement
from huggg.hugggs.message_text import older_own_message_sealed_for
from huggg.hugggs.thank import older_thanks_sealed_for
from huggg.kit.codes import Vault
from huggg.kit.idempotency import answer_sealed_for
from huggg.notifications.addressee import addressee_sealed_for
from huggg.passes.store import token_sealed_for
from huggg.redemptions.store_pin import pin_sealed_for
from huggg.vouchers.issuers.http import secret_sealed_for

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column under the vault's keys. `key` are the columns that name a row, with their types.

    `bound_to` names the row that a value is sealed to; `condition` leaves out the rows under other keys.
    """

    table: str
    column: str
    key: Mapping[str, str]
    bound_to: Callable[[Row], bytes]
    condition: str = "true"
    find: Statement = field(init=False)
    reseal: Statement = field(init=False)

    def __post_init__(self) -> None:
        """Write the statements: rows under an older key, and their new seals. Both give keys of rows."""
        key, column = ", ".join(self.key), self.column
        find = f"""
            SELECT {key}, {column} AS old
              FROM {self.table}
             WHERE get_byte({column}, 0) * 256 + get_byte({column}, 1) <> $1::int AND {self.condition}
             LIMIT $2"""  # noqa: S608 - names of the code's own, as below
        types = [*self.key.values(), "bytea", "bytea"]
        arrays = ", ".join(f"${place}::{type_}[]" for place, type_ in enumerate(types, start=1))
        same_key = " AND ".join(f"t.{name} = g.{name}" for name in self.key)
        reseal = f"""
            UPDATE {self.table} t
               SET {column} = g.new
              FROM unnest({arrays}) AS g ({key}, old, new)
             WHERE {same_key} AND t.{column} = g.old
            RETURNING t.{column}"""  # noqa: S608
        object.__setattr__(self, "find", Statement(f"old {self.table}", find, ("newest", "size")))
        names = (*self.key, "old", "new")
        object.__setattr__(self, "reseal", Statement(f"reseal {self.table}", reseal, names))

    def resealed(self, vault: Vault, row: Row) -> dict[str, Any]:
        """Seal the value of a row again, as the statement takes it. Raises SealBrokenError."""
        bound_to = self.bound_to(row)
        new = vault.seal(vault.open(row["old"], bound_to=bound_to), bound_to=bound_to)
        return {**{name: row[name] for name in self.key}, "old": row["old"], "new": new}


RESEALED = (
    SealedColumn(
        "issuers", "secret", {"scope_id": "uuid"}, lambda row: secret_sealed_for(row["scope_id"])
    ),
    SealedColumn(
        "location_pins",
        "pin",
        {"location_id": "text"},
        lambda row: pin_sealed_for(row["location_id"]),
    ),
    SealedColumn(
        "thanks", "text", {"huggg_id": "uuid"}, lambda row: older_thanks_sealed_for(row["huggg_id"])
    ),
    SealedColumn(
        "own_messages",
        "message",
        {"huggg_id": "uuid"},
        lambda row: older_own_message_sealed_for(row["huggg_id"]),
        condition="person_id IS NULL",
    ),
    SealedColumn(
        "deliveries",
        "sealed",
        {"subject_id": "uuid", "kind": "text", "slot": "text"},
        lambda row: addressee_sealed_for(row["subject_id"]),
        condition="person_id IS NULL",
    ),
    SealedColumn(
        "idempotency_keys",
        "answer",
        {"caller": "text", "key": "text"},
        lambda row: answer_sealed_for(row["caller"], row["key"]),
    ),
    SealedColumn("passes", "token", {"id": "uuid"}, lambda row: token_sealed_for(row["id"])),
    SealedColumn("tokens", "successor", {"fingerprint": "bytea"}, lambda row: bytes(row["fingerprint"])),
)

OF_THEIR_OWN = frozenset(
    {"hugggs.codes", "codes.code", "vouchers.code", "person_keys.key", "group_links.sealed"}
)

UNDER_PERSON_KEYS = frozenset(
    {
        *("users.personal", "transactions.sealed_message", "own_messages.sealed_message"),
        *("thanks.sealed", "payments.sealed_plan", "transactions.sealed_labels"),
    }
)
"""Person keys stay the same when they are sealed again, so the texts under them stay, too."""

FOUND_BY = frozenset(
    {
        *("users.username_fingerprint", "users.email_fingerprint", "users.phone_fingerprint"),
        *("codes.fingerprint", "shortcodes.fingerprint", "shortcodes.redeem_fingerprint"),
        *("deliveries.address_fingerprint", "contacts.fingerprint", "api_keys.fingerprint"),
        *("clients.secret_fingerprint", "clients.previous_fingerprint", "tokens.fingerprint"),
        *("claimer_browsers.fingerprint", "hugggs.claimer", "devices.code_fingerprint"),
        *("idempotency_keys.request", "moved_links.fingerprint", "buckets.key"),
        *("key_checks.fingerprint", "group_links.fingerprint"),
    }
)
"""Fingerprints, which are looked up under every key; those of codes and users move with their rows."""

OPEN = frozenset({"pictures.body"})
"""Bytes that each visitor may read."""
