"""An invented high street, in the shapes and with the quirks of the published page."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

from huggg.catalogue.documents import brand_document, product_document, store_document

NAMESPACE = UUID("0b9a2e0e-51f6-4c11-9d1f-6a3a55f6f2ab")
BORN = "2026-01-05 09:00:00"

Document = dict[str, Any]


def id_of(*parts: object) -> str:
    """Derive an id from a name, so that tests can name the expected id."""
    return str(uuid5(NAMESPACE, "/".join(map(str, parts))))


def brand(name: str, *, weight: int = 1000, **changes: Any) -> Document:
    document = brand_document(
        UUID(id_of("brand", name)), name=name, integration_id=2, at=BORN, weight=weight
    )
    return document | changes


def product(label: str, owner: Document, *, sale_price: int = 350, **changes: Any) -> Document:
    document = product_document(
        UUID(id_of("product", label)),
        owner,
        label=label,
        sale_price=sale_price,
        description="",
        redemption_instructions="Enter the shop's PIN.",
    )
    return document | changes


def store(name: str, owner: Document | None = None, **changes: Any) -> Document:
    belongs_to = owner or {"id": id_of("brand", f"stranger of {name}"), "website": None}
    document = store_document(
        UUID(id_of("store", name)), belongs_to, name=name, latitude="51.4500000", longitude="-2.5900000"
    )
    return document | changes


def page(
    brands: Iterable[Document],
    products: Iterable[Document] = (),
    stores: Iterable[Document] = (),
    **own_entities: list[Document],
) -> Document:
    embedded = {"products": list(products), "stores": list(stores), **own_entities}
    return {"current_page": 1, "data": list(brands), "embedded": embedded}


def text(catalogue: object, *, indent: int | None = None) -> bytes:
    """Write a file. Non-ASCII leaves as escapes, as it does from the published server."""
    return json.dumps(catalogue, indent=indent).encode()


def ids(documents: Iterable[Document]) -> list[str]:
    return [document["id"] for document in documents]


def high_street() -> Document:
    """Build a page with everything that is odd about the published one.

    "any coffee place" lists no stores, and still six stand for it in `embedded`: three of shops that
    are on no page we have, and three of brands further down, not in the order in which those list
    them. Two brands weigh the same. One product carries a `pivot` that its own brand did not make.
    """
    pictures = brand("Starlight Pictures", weight=5000, integration_id=4)
    anywhere = brand("any coffee place", weight=1080, consolidated=1)
    harbour = brand("Harbour Roast", weight=1060, website="harbour.example", email="hi@harbour.example")
    kettle = brand(
        "Kettle & Finch", weight=1060, location_text=None, redeem="Enjoy the tea \u2019\U0001f381"
    )
    ticket = product("A ticket", pictures, sale_price=800, campaign="40417")
    coffee = product("A coffee, anywhere", anywhere, sale_price=375)
    coffee["pivot"] = {"brand_id": kettle["id"], "price_id": coffee["id"]}
    tea = product("A pot of tea", kettle, sale_price=320, on_imessage=0)
    cake = product("Tea and cake", kettle, sale_price=795, on_app=0)
    screens = [store(f"Screen {n}", pictures) for n in (1, 2, 3)]
    quay = store("Quay", harbour, website='""', latitude="", longitude="")
    market = store("Market", harbour, website="")
    corner = store("Corner", kettle, description="Not valid for the any coffee gift.")
    attic = store("Attic", kettle)
    loft, barge, kiosk = store("Loft"), store("Barge"), store("Kiosk")
    pictures |= {"products": ids([ticket]), "stores": ids(screens)}
    anywhere |= {"products": ids([coffee])}
    harbour |= {"consolidated_products": ids([coffee]), "stores": ids([quay, market])}
    kettle |= {
        "products": ids([tea, cake]),
        "consolidated_products": ids([coffee]),
        "stores": ids([corner, attic]),
    }
    return page(
        [pictures, anywhere, harbour, kettle],
        [ticket, coffee, tea, cake],
        [*screens, loft, market, barge, corner, quay, kiosk, attic],
    )


def with_own_entities(catalogue: Document) -> Document:
    """Add the parts that are published nowhere: segments, locations and adjustment codes."""
    extended = copy.deepcopy(catalogue)
    pictures, _, harbour, _ = extended["data"]
    ticket, coffee, *_ = extended["embedded"]["products"]
    extended["embedded"] |= {
        "segments": [
            _segment("Outside London", pictures, [ticket]),
            _segment("Nowhere yet", pictures, []),
            _segment("Inside London", pictures, [ticket]),
        ],
        "locations": [
            {
                "id": "bristol17",
                "brand_id": harbour["id"],
                "store_id": harbour["stores"][0],
                "name": "Harbour Roast, Quay",
            },
            {"id": "van1", "brand_id": harbour["id"], "store_id": None, "name": "Harbour Roast van"},
        ],
        "adjustment_codes": [
            {"brand_id": harbour["id"], "product_id": coffee["id"], "codes": ["FLAT-W", "AMERICANO"]}
        ],
    }
    return extended


def _segment(name: str, owner: Document, products: Iterable[Document]) -> Document:
    return {
        "id": id_of("segment", name),
        "name": name,
        "brand_id": owner["id"],
        "product_ids": ids(products),
    }
