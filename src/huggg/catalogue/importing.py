"""Importing a catalogue: a whole file or nothing of it, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import msgspec
from asyncpg import Record
from msgspec import Raw

from huggg.catalogue.catalogue_file import CatalogueFile, LocatedEntity, read_catalogue
from huggg.catalogue.choice_doubts import find_doubtful_choices
from huggg.catalogue.ordering import kept_positions
from huggg.catalogue.references import (
    StoredCatalogue,
    find_dangling,
    product_references,
    store_references,
)
from huggg.catalogue.report import Count, Report, count
from huggg.catalogue.sameness import say_the_same
from huggg.catalogue.shapes import ImportedBrand
from huggg.catalogue.store import queries
from huggg.database.pool import Database, run
from huggg.database.queries import Statement
from huggg.kit.ids import new_id

BLANK = {name: Raw(b"[]") for name in ("products", "consolidated_products", "stores")}


async def import_catalogue(database: Database, file: bytes, *, strict: bool = False) -> Report:
    """Import the brands, products and stores of a page as `GET /brands` answers it, or of many pages.

    Entities that the file does not mention stay; entities that it mentions become as it says. The same
    file again changes nothing. Raises BadCatalogue, with `strict` for warnings too, and has then changed
    nothing.
    """
    catalogue, problems = read_catalogue(file)
    async with database.transaction() as connection:
        await run(connection, queries.one_import_at_a_time)
        existing = await _gather(connection, catalogue)
        find_dangling(catalogue, existing, problems)
        problems.refuse_if_any(strict=strict)
        report = await _record(connection, catalogue, existing)
        await find_doubtful_choices(connection, catalogue, problems)
        problems.refuse_if_any(strict=strict)
        await run(connection, queries.show_stores)
        if report.changed:
            counts = msgspec.json.encode(report.counts()).decode()
            await run(connection, queries.note_import, id=new_id(), counts=counts)
    return replace(report, warnings=problems.warnings())


async def _gather(connection: asyncpg.Connection, catalogue: CatalogueFile) -> StoredCatalogue:
    brands = await run(connection, queries.brand_positions)
    segments = await run(connection, queries.segment_positions)
    [existing] = await run(
        connection,
        queries.known,
        product_ids=list({id_ for _, id_ in product_references(catalogue)}),
        store_ids=list({id_ for _, id_ in store_references(catalogue)}),
    )
    return StoredCatalogue(
        brand_positions={row["id"]: row["position"] for row in brands},
        segment_positions={row["id"]: row["position"] for row in segments},
        product_ids=frozenset(existing["product_ids"]),
        store_ids=frozenset(existing["store_ids"]),
        integration_ids=frozenset(existing["integration_ids"]),
    )


async def _record(
    connection: asyncpg.Connection, catalogue: CatalogueFile, existing: StoredCatalogue
) -> Report:
    """Write in the order of the foreign keys."""
    products = await _put_documents(
        connection, queries.product_documents, queries.put_products, catalogue.products
    )
    stores = await _put_documents(
        connection, queries.store_documents, queries.put_stores, catalogue.stores
    )
    return Report(
        brands=await _put_brands(connection, catalogue, existing),
        products=products,
        stores=stores,
        segments=await _put_segments(connection, catalogue, existing),
        locations=await _put_locations(connection, catalogue),
        adjustment_codes=await _put_adjustment_codes(connection, catalogue),
        choices=await _put_choices(connection, catalogue),
    )


async def _put_documents(
    connection: asyncpg.Connection,
    find: Statement,
    upsert: Statement,
    entries: Sequence[LocatedEntity[Any]],
) -> Count:
    """Write the documents that say something else than ours do; the others stay as we have them."""
    if not entries:  # others wait for this import to end
        return Count()
    documents = {entry.value.id: compact(entry.text) for entry in entries}
    stored = await _documents(connection, find, documents)
    changes = {id_: text for id_, text in documents.items() if not _is_unchanged(text, stored.get(id_))}
    rows = await run(connection, upsert, ids=list(changes), documents=list(changes.values()))
    return count(documents, rows)


async def _documents(
    connection: asyncpg.Connection, find: Statement, ids: Iterable[str]
) -> dict[str, str]:
    return {row["id"]: row["published"] for row in await run(connection, find, ids=list(ids))}


def _is_unchanged(document: str, stored: str | None) -> bool:
    return stored is not None and say_the_same(document, stored)


async def _put_brands(
    connection: asyncpg.Connection, catalogue: CatalogueFile, existing: StoredCatalogue
) -> Count:
    brands = [entry.value for entry in catalogue.brands]
    ids = [brand.id for brand in brands]
    # The list shows heavier brands first, in any order of the file.
    order = sorted(((-brand.weight, brand.id) for brand in brands), key=lambda ranked: ranked[0])
    top = max(existing.brand_positions.values(), default=0)
    positions = kept_positions(order, existing.brand_positions, top)
    stored = await _documents(connection, queries.brand_documents, ids)
    documents = [
        stored[id_] if _is_unchanged(document := blanked(entry.text), stored.get(id_)) else document
        for id_, entry in zip(ids, catalogue.brands, strict=True)
    ]
    rows = await run(
        connection,
        queries.put_brands,
        ids=ids,
        documents=documents,
        positions=[positions[id_] for id_ in ids],
    )
    await run(connection, queries.open_merchants, ids=ids, names=[brand.name for brand in brands])
    rows_below = await _put_brand_products(connection, brands)
    rows_below += await _put_brand_stores(connection, brands, catalogue)
    return count(ids, rows, rows_below)


async def _put_brand_products(
    connection: asyncpg.Connection, brands: Sequence[ImportedBrand]
) -> list[Record]:
    rows = [
        (brand.id, product_id, consolidated, position)
        for brand in brands
        for consolidated, ids in ((False, brand.products), (True, brand.consolidated_products))
        for position, product_id in enumerate(ids)
    ]
    return await run(
        connection,
        queries.put_brand_products,
        brands=[brand.id for brand in brands],
        **_columns(rows, "brand_ids", "product_ids", "consolidated", "positions"),
    )


async def _put_brand_stores(
    connection: asyncpg.Connection, brands: Sequence[ImportedBrand], catalogue: CatalogueFile
) -> list[Record]:
    unlisted = {entry.value.brand_id: entry.value.store_ids for entry in catalogue.unlisted_stores}
    rows = [
        (brand.id, store_id, position, position < len(brand.stores))
        for brand in brands
        for position, store_id in enumerate(dict.fromkeys([*brand.stores, *unlisted.get(brand.id, ())]))
    ]
    return await run(
        connection,
        queries.put_brand_stores,
        brands=[brand.id for brand in brands],
        silent_brands=catalogue.silent_brands,
        **_columns(rows, "brand_ids", "store_ids", "positions", "listed"),
    )


async def _put_segments(
    connection: asyncpg.Connection, catalogue: CatalogueFile, existing: StoredCatalogue
) -> Count:
    segments = [entry.value for entry in catalogue.segments]
    top = max(existing.segment_positions.values(), default=0)
    # A segment without products is in no list, so its position takes no other's place.
    order = [(0, segment.id) for segment in segments if segment.product_ids]
    positions = kept_positions(order, existing.segment_positions, top)
    links = [
        (segment.id, product_id, positions[segment.id])
        for segment in segments
        for product_id in segment.product_ids
    ]
    rows = [(segment.id, segment.brand_id, segment.name) for segment in segments]
    ids = [segment.id for segment in segments]
    rows = await run(connection, queries.put_segments, **_columns(rows, "ids", "brand_ids", "names"))
    rows_below = await run(
        connection,
        queries.put_product_segments,
        segments=ids,
        **_columns(links, "segment_ids", "product_ids", "positions"),
    )
    return count(ids, rows, rows_below)


async def _put_locations(connection: asyncpg.Connection, catalogue: CatalogueFile) -> Count:
    rows = [
        (location.id, location.brand_id, location.store_id, location.name)
        for location in _values(catalogue.locations)
    ]
    columns = _columns(rows, "ids", "brand_ids", "store_ids", "names")
    return count(columns["ids"], await run(connection, queries.put_locations, **columns))


async def _put_adjustment_codes(connection: asyncpg.Connection, catalogue: CatalogueFile) -> Count:
    entries = _values(catalogue.adjustment_codes)
    rows = [
        (entry.brand_id, entry.product_id, code, position)
        for entry in entries
        for position, code in enumerate(entry.codes)
    ]
    rows = await run(
        connection,
        queries.put_adjustment_codes,
        entry_brands=[entry.brand_id for entry in entries],
        entry_products=[entry.product_id for entry in entries],
        **_columns(rows, "brand_ids", "product_ids", "codes", "positions"),
    )
    return count([entry.key for entry in entries], rows)


async def _put_choices(connection: asyncpg.Connection, catalogue: CatalogueFile) -> Count:
    choices = _values(catalogue.choices)
    rows = [
        (choice.product_id, product_id, position)
        for choice in choices
        for position, product_id in enumerate(choice.product_ids)
    ]
    ids = [choice.product_id for choice in choices]
    columns = _columns(rows, "choice_ids", "product_ids", "positions")
    return count(ids, await run(connection, queries.put_choices, choices=ids, **columns))


def compact(document: bytes) -> str:
    """Drop the blanks between a document's tokens; each token stays as it was written."""
    return msgspec.json.format(document, indent=-1).decode()


def blanked(document: bytes) -> str:
    """Compact a brand and take its lists out: rows alone hold its products and stores."""
    keys = msgspec.json.decode(document, type=dict[str, Raw])
    return compact(msgspec.json.encode(keys | BLANK))


def _values(entries: Iterable[LocatedEntity[Any]]) -> list[Any]:
    return [entry.value for entry in entries]


def _columns(rows: Sequence[tuple[Any, ...]], *names: str) -> dict[str, list[Any]]:
    """Turn rows into one array for each column, as set-based statements take them."""
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return dict(zip(names, map(list, columns), strict=True))
