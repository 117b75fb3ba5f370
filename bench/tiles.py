"""tiles: a map of 100,000 stores over HTTP ÷ bare SQL that counts them by a grid, in time."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import asyncpg
import msgspec

from bench.load import Load, request, run
from bench.stand import Stand, buyer_token, platform, served, stand
from huggg.catalogue.documents import brand_document, product_document, store_document
from huggg.catalogue.importing import import_catalogue
from huggg.kit.ids import new_id

STORES = 100_000
BRANDS = 1_000
AT = "2026-01-05 09:00:00"
COUNTRY = "61.091,-11.042:49.655,2.104"
TOWN = "51.40,-2.41:51.36,-2.31"

TOWNS = ((51.51, -0.13, 9), (52.48, -1.89, 3), (53.48, -2.24, 3), (55.86, -4.25, 2), (51.45, -2.59, 2))
"""Where people live, and how many of them: half of the stores are about here, the rest anywhere."""

BETWEEN = """latitude_e7 BETWEEN {south} AND {north} AND longitude_e7 BETWEEN {west} AND {east}
   AND (on_app OR on_imessage) AND on_app"""
BARE_GRID = """
SELECT latitude_e7 / 5000000, longitude_e7 / 5000000, count(*)
  FROM stores WHERE {between}
 GROUP BY 1, 2
"""
BARE_STORES = "SELECT published FROM stores WHERE {between}"


def measure(times: int = 100) -> dict[str, Any]:
    """Look at a country and at a town over one connection; then run the bare SQL for each."""
    with stand() as at:
        token, import_seconds = asyncio.run(_prepare(at))
        with served(at, workers=1) as port:
            country = _view_load(port, token, COUNTRY, times)
            town = _view_load(port, token, TOWN, times)
        bare_country = asyncio.run(_bare(at, BARE_GRID, COUNTRY, times))
        bare_town = asyncio.run(_bare(at, BARE_STORES, TOWN, times))
    return {
        "ratio": country.percentile(0.5) / bare_country,
        "country_ms": country.percentile(0.5) * 1000,
        "bare_country_ms": bare_country * 1000,
        "town_ratio": town.percentile(0.5) / bare_town,
        "town_ms": town.percentile(0.5) * 1000,
        "bare_town_ms": bare_town * 1000,
        "stores": STORES,
        "import_seconds": import_seconds,
        "errors": 2 * times - country.statuses[200] - town.statuses[200],
    }


def _view_load(port: int, token: str, corners: str, times: int) -> Load:
    tile_request = request("GET", f"/api/v2/tiles/{corners}", token)
    run(port, [tile_request] * 10, connections=1)
    return run(port, [tile_request] * times, connections=1)


async def _prepare(at: Stand) -> tuple[str, float]:
    async with platform(at) as tools:
        file = msgspec.json.encode(_country())
        started = time.perf_counter()
        await import_catalogue(tools.database, file)
        seconds = time.perf_counter() - started
        connection = await asyncpg.connect(at.settings.database_url)
        await connection.execute("VACUUM ANALYZE")
        await connection.close()
        return await buyer_token(at, tools), seconds


async def _bare(at: Stand, sql: str, corners: str, times: int) -> float:
    north, west, south, east = (
        round(float(degrees) * 10_000_000) for degrees in corners.replace(":", ",").split(",")
    )
    between = BETWEEN.format(north=north, west=west, south=south, east=east)
    connection = await asyncpg.connect(at.settings.database_url, server_settings={"jit": "off"})
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        await connection.fetch(sql.format(between=between))
        spent.append(time.perf_counter() - started)
    await connection.close()
    return sorted(spent)[times // 2]


def _country() -> dict[str, Any]:
    """Invent brands with one product each, and stores that cluster where people live."""
    chance = random.Random(7)  # noqa: S311 - the same country every time
    brands, products = [], []
    for number in range(BRANDS):
        brand = brand_document(new_id(), name=f"Brand {number}", integration_id=2, at=AT)
        product = product_document(
            new_id(), brand, label="Tea", sale_price=300, description="", redemption_instructions=""
        )
        brand["products"] = [product["id"]]
        brands.append(brand)
        products.append(product)
    stores = [_store(brands[number % BRANDS], number, chance) for number in range(STORES)]
    return {"data": brands, "embedded": {"products": products, "stores": stores}}


def _store(brand: dict[str, Any], number: int, chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.5:  # noqa: PLR2004 - half
        [(latitude, longitude, _)] = chance.choices(TOWNS, [weight for *_, weight in TOWNS])
        latitude, longitude = chance.gauss(latitude, 0.1), chance.gauss(longitude, 0.15)
    else:
        latitude, longitude = chance.uniform(50.1, 57.5), chance.uniform(-5.5, 1.5)
    store = store_document(
        new_id(),
        brand,
        name=f"{brand['name']}, shop {number}",
        latitude=f"{latitude:.7f}",
        longitude=f"{longitude:.7f}",
    )
    brand["stores"].append(store["id"])
    return store
