"""The conditions of a search as SQL, on hugggs and on the purchases that they came from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from huggg.hugggs.query import RangeBound, Search, WordCondition
from huggg.hugggs.word_fingerprints import searched_fingerprints
from huggg.kit.codes import Vault
from huggg.kit.ids import first_id_at

SKEW_SECONDS = 86_400
"""The id of a huggg has the clock of the server that made it, and `created_at` that of the database."""

PRODUCTS = "ARRAY(SELECT id FROM products WHERE brand_id = ANY({value}::uuid[]))"
OF_HUGGGS = {
    "picked_product_ids": "h.product_id = ANY({value}::uuid[])",
    "picked_brand_ids": f"h.product_id = ANY({PRODUCTS})",
    "id": "h.id {operator} {value}::uuid",
    "created_at": "h.created_at {operator} {value}::timestamptz",
    "updated_at": "h.updated_at {operator} {value}::timestamptz",
    "sent_date": "h.sent_at {operator} {value}::timestamptz",
    "expiry_date": "h.expiry_date {operator} {value}::date",
}
OF_PURCHASES = {
    "product_ids": "t.product_id = ANY({value}::uuid[])",
    "brand_ids": f"t.product_id = ANY({PRODUCTS})",
    "all_words": "t.word_fingerprints @> {value}::bigint[]",
    "any_word": "t.word_fingerprints && {value}::bigint[]",
    "all_older_words": "t.words @> {value}::text[]",
    "any_older_word": "t.words && {value}::text[]",
}
"""All hugggs of a purchase share its product and message, and purchases are fewer than hugggs.

Those of a choice share the choice alone: each is for the product that its receiver picked.
"""


class Condition(NamedTuple):
    """One of those above, and the value to compare with."""

    name: str
    operator: str
    value: Any


Alternatives = Sequence[Condition]
"""Conditions of which one must hold."""


class StatementText:
    """A statement that is being written: the values of its text, in the order of their placeholders."""

    def __init__(self, *values: Any) -> None:  # noqa: ANN401 - of any SQL type
        self.values: list[Any] = [*values]

    def value(self, value: Any) -> str:  # noqa: ANN401 - as above
        """Add a value; gives its placeholder."""
        self.values.append(value)
        return f"${len(self.values)}"

    def condition(self, alternatives: Alternatives) -> str:
        """Write conditions of which one must hold."""
        texts = [
            (OF_HUGGGS | OF_PURCHASES)[name].format(operator=operator, value=self.value(value))
            for name, operator, value in alternatives
        ]
        return texts[0] if len(texts) == 1 else f"({' OR '.join(texts)})"

    def conditions(self, conditions: Collection[Alternatives]) -> list[str]:
        """Write conditions that must all hold."""
        return [self.condition(alternatives) for alternatives in conditions]


class Words:
    """The words that a sender looks for, as the fingerprints that their messages are kept with.

    Messages are kept under several keys while keys are rotated. With `older`, messages that an older
    release kept are among them, whose words are in clear.
    """

    def __init__(self, vault: Vault, sender_id: UUID, *, older: bool) -> None:
        self._vault = vault
        self._sender_id = sender_id
        self.older = older

    def all_of(self, words: Collection[str]) -> Iterator[Condition]:
        """Look for messages that have all of these words."""
        for numbers in self._fingerprints(words):
            yield Condition("all_words", "@>", numbers)
        if self.older:
            yield Condition("all_older_words", "@>", list(words))

    def any_of(self, words: Collection[str]) -> Iterator[Condition]:
        """Look for messages that have one of these words."""
        yield Condition("any_word", "&&", list(chain.from_iterable(self._fingerprints(words))))
        if self.older:
            yield Condition("any_older_word", "&&", list(words))

    def _fingerprints(self, words: Collection[str]) -> list[list[int]]:
        return searched_fingerprints(self._vault, words, sender_id=self._sender_id)


def word_conditions(criteria: Search, words: Words) -> list[Alternatives]:
    """List the conditions on the words of messages."""
    return [list(_of_words(text, words)) for text in criteria.texts]


def product_conditions(criteria: Search, choices: Collection[UUID]) -> list[Alternatives]:
    """List the conditions on the products of purchases; `choices` may have become these products."""
    choice_conditions = [Condition("product_ids", "=", sorted(choices))] if choices else []
    return [[condition, *choice_conditions] for condition in _products(criteria)]


def picked_conditions(criteria: Search, choices: Collection[UUID]) -> list[Alternatives]:
    """List the conditions on the products of hugggs, where their purchases do not tell."""
    pick_conditions = [each._replace(name=f"picked_{each.name}") for each in _products(criteria)]
    return [[condition] for condition in pick_conditions if choices]


def _products(criteria: Search) -> Iterator[Condition]:
    for name in ("product_ids", "brand_ids"):
        if (values := getattr(criteria, name)) is not None:
            yield Condition(name, "=", sorted(values))


def bound_conditions(bounds: Collection[RangeBound]) -> list[Alternatives]:
    """List the conditions of ranges; see `id_bounds`."""
    exact = [Condition(*bound) for bound in bounds]
    return [[condition] for condition in (*id_bounds(bounds), *exact)]


def id_bounds(bounds: Collection[RangeBound]) -> list[Condition]:
    """List the bounds of ids that ranges of time imply: ids sort by time, and an index has them.

    A huggg is sent when it is bought or later. So the end of a range of sending bounds the ids, and its
    beginning does not.
    """
    return [*_id_bounds(bounds)]


def _id_bounds(bounds: Collection[RangeBound]) -> Iterator[Condition]:
    for name, operator, value in bounds:
        is_end = operator.startswith("<")
        if isinstance(value, datetime) and (name == "created_at" or (is_end and name == "sent_date")):
            bound_id = first_id_at(value.timestamp() + (SKEW_SECONDS if is_end else -SKEW_SECONDS))
            yield Condition("id", "<" if is_end else ">=", bound_id)


def _of_words(text: WordCondition, words: Words) -> Iterator[Condition]:
    """Look for written words. One that splits into several is found only where all of them are."""
    if text.every:
        yield from words.all_of(list(dict.fromkeys(chain.from_iterable(text.parts))))
        return
    whole = [split[0] for split in text.parts if len(split) == 1]
    if whole:
        yield from words.any_of(whole)
    for split in text.parts:
        if len(split) > 1:
            yield from words.all_of(split)
