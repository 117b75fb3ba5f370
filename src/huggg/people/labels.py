"""Labels: the title, the tags and the reason code of an order, sealed under the person key of its buyer.

They are the buyer's own words about an order, and may name a person. Erasing the buyer destroys them.
A server of an older release writes a label in clear, beside the sealed ones if there are any.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct, structs

from huggg.kit.codes import Vault
from huggg.people.person_key import PersonKey, open_for, person_key, seal_for

ERASED = b""
"""Stands for labels that are erased; they are read as none."""


class Labels(Struct, frozen=True, omit_defaults=True):
    """The words of a buyer about an order."""

    title: str | None = None
    tags: tuple[str, ...] = ()
    reason_code: str | None = None


NO_LABELS = Labels()


def seal_labels(vault: Vault, labels: Labels, *, transaction_id: UUID, buyer: PersonKey) -> bytes | None:
    """Seal the labels of an order; None where it has none."""
    if labels == NO_LABELS:
        return None
    return seal_for(vault, msgspec.json.encode(labels), buyer, bound_to=_of_order(transaction_id))


def labels_of(vault: Vault, row: Mapping[str, Any], *, transaction_id: UUID) -> Labels:
    """Read a row with the columns of `order_labels`: none where its buyer was erased.

    Raises SealBrokenError, KeysInDoubtError.
    """
    in_clear = {"title": row["title"], "tags": tuple(row["tags"]), "reason_code": row["reason_code"]}
    older_labels = {name: label for name, label in in_clear.items() if label}
    return structs.replace(_open_labels(vault, row, transaction_id), **older_labels)


def _open_labels(vault: Vault, row: Mapping[str, Any], transaction_id: UUID) -> Labels:
    sealed = row["sealed_labels"]
    if sealed is None or sealed == ERASED:
        return NO_LABELS
    buyer = person_key(row["sender_id"], row["sender_key"])
    plaintext = open_for(vault, sealed, buyer, bound_to=_of_order(transaction_id))
    return NO_LABELS if plaintext is None else msgspec.json.decode(plaintext, type=Labels)


def _of_order(transaction_id: UUID) -> bytes:
    return b"transactions.sealed_labels\0" + transaction_id.bytes
