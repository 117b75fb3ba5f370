"""Doubts about choices: products that a receiver cannot pick, or whose price is another one.

A later import may bring such a doubt about, so an import checks every choice of which its file has a
part.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import asyncpg
from asyncpg import Record

from huggg.catalogue.catalogue_file import CatalogueFile
from huggg.catalogue.problems import Problems
from huggg.catalogue.store import queries
from huggg.database.pool import run
from huggg.kit.json_path import JsonPath
from huggg.kit.money import pounds

CANNOT_PICK = "receivers cannot pick it"


async def find_doubtful_choices(
    connection: asyncpg.Connection, catalogue: CatalogueFile, problems: Problems
) -> None:
    """Warn of choices as the import leaves them; a choice that stands for another one is a problem."""
    paths = dict(_paths(catalogue))
    rows = await run(connection, queries.touched_choices, ids=list(paths))
    for choice_id, group in groupby(rows, key=itemgetter("choice_id")):
        products = list(group)
        for row in products:
            keys = (choice_id, row["product_id"], row["brand_id"])
            if path := next((paths[key] for key in keys if key in paths), None):
                _note_doubts(row, path, problems)
        if choice_id in paths and not any(map(_can_be_picked, products)):
            problems.warn(
                paths[choice_id], "has no product that receivers can pick", "it cannot be bought"
            )


def _paths(catalogue: CatalogueFile) -> Iterator[tuple[str, JsonPath]]:
    """Say where the file names each brand and product; where it names a choice's products, there."""
    for brand in catalogue.brands:
        yield brand.value.id, brand.path
    for product in catalogue.products:
        yield product.value.id, product.path
    for choice in catalogue.choices:
        yield choice.value.product_id, (*choice.path, "product_ids")


def _note_doubts(row: Record, path: JsonPath, problems: Problems) -> None:
    product, choice = f"product {row['product_id']}", f"choice {row['choice_id']}"
    if row["is_choice"]:
        problems.add(path, f"{product} of {choice} is a choice itself")
    if row["sale_price"] != row["price"]:
        reason = f"{product} costs £{pounds(row['sale_price'])}, and {choice} £{pounds(row['price'])}"
        problems.warn(path, reason, "its merchant gets the price of the choice")
    if not row["on_sale"]:
        problems.warn(path, f"{product} of {choice} is not on sale", CANNOT_PICK)
    elif row["product_currency"] != row["currency"]:
        currencies = f"{row['product_currency']}, and {choice} in {row['currency']}"
        problems.warn(path, f"{product} is paid in {currencies}", CANNOT_PICK)


def _can_be_picked(row: Record) -> bool:
    return bool(row["on_sale"] and row["product_currency"] == row["currency"])
