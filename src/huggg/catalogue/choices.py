"""Choices for operators: list them, show the products of one, and set them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
from asyncpg import Record

from huggg.catalogue.importing import import_catalogue
from huggg.catalogue.report import Report
from huggg.catalogue.store import queries
from huggg.database.pool import Database
from huggg.kit.errors import Invalid


async def choices(database: Database) -> list[Record]:
    """List the choices, with the number of their products, and of those that receivers can pick."""
    return await database.rows(queries.choice_directory)


async def products_of_choice(database: Database, choice_id: UUID) -> list[Record]:
    """List the products of a choice in their order. Raises Invalid."""
    rows = await database.rows(queries.products_of_choice, choice_id=choice_id)
    if not rows:
        raise Invalid(f"There is no choice {choice_id}.")
    return rows


async def set_choice(database: Database, choice_id: UUID, product_ids: Sequence[UUID]) -> Report:
    """Let a product stand for others, as a catalogue file would. Raises BadCatalogue.

    Without any others it is a product like each of them.
    """
    choice = {"product_id": choice_id, "product_ids": product_ids}
    file = {"data": [], "embedded": {"choices": [choice]}}
    return await import_catalogue(database, msgspec.json.encode(file))
