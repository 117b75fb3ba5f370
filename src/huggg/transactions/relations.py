"""The relation of a transaction to its hugggs."""

from __future__ import annotations

from huggg.http.embedding import Entity, Relation


def transactions_relations(hugggs: Entity) -> list[Relation]:
    """Name the relation; `hugggs` is the entity as lists of hugggs show it."""
    return [Relation("transactions", "hugggs", hugggs, lambda entry: entry.huggg_ids)]
