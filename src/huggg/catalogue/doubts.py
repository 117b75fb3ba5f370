"""Warnings about values that import accepts and that hardly have the meaning that their author intended.

Each warning names the consequence. Known oddities of the published page (blank coordinates, a website of
two quotation marks) get none, because they are not mistakes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from msgspec import UNSET

from huggg.catalogue.shapes import ImportedBrand, ImportedEntity, ImportedProduct, ImportedStore
from huggg.kit.names import is_invisible

SHOWN_LENGTH_MAX = 40
BLANK = frozenset({"", '""'})

_ANGLE = re.compile(r" *[-+]?([0-9]{1,3}(\.[0-9]{0,20})?|\.[0-9]{1,20}) *")  # as `degrees_e7` reads it
_COLOUR = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_MOMENT = "%Y-%m-%d %H:%M:%S"
_PRICE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?![0-9])")

AS_IT_IS = "it will be passed on as it is"


class Doubt(NamedTuple):
    """A key of an entity, the oddity of its value, and its consequence."""

    key: str
    reason: str
    effect: str


def doubts_about(value: ImportedEntity) -> Iterator[Doubt]:
    """Look over one entity."""
    if isinstance(value, ImportedBrand):
        yield from _about_brand(value)
    elif isinstance(value, ImportedProduct):
        yield from _about_product(value)
    elif isinstance(value, ImportedStore):
        yield from _about_store(value)


def is_moment(text: str) -> bool:
    """Tell whether a text of the published form names a moment that there is."""
    try:
        datetime.strptime(text, _MOMENT)  # noqa: DTZ007 - published without zone
    except ValueError:
        return False
    return True


def _about_brand(brand: ImportedBrand) -> Iterator[Doubt]:
    yield from _about_name("name", brand.name, "recipients will see no name")
    yield from _about_moments(brand)
    colour = brand.colour
    if not _is_blank(colour) and not (isinstance(colour, str) and _COLOUR.fullmatch(colour)):
        yield Doubt("colour", f"{_excerpt(colour)} is no colour like #AA00FF", "clients may show none")
    yield from _about_website(brand.website)
    yield from _about_pictures(brand, "logo_url", "map_pin_url")


def _about_product(product: ImportedProduct) -> Iterator[Doubt]:
    yield from _about_name("label", product.label, "buyers will see no name")
    yield from _about_moments(product)
    yield from _about_price(product)
    if product.over_18_offer not in (UNSET, None) and (
        isinstance(product.over_18_offer, bool) or product.over_18_offer not in (0, 1)
    ):
        yield Doubt("over_18_offer", f"{_excerpt(product.over_18_offer)} is neither 0 nor 1", AS_IT_IS)
    pictures = ("image_url", "claim_image_url", "imessage_image_url", "open_graph_image_url")
    yield from _about_pictures(product, *pictures)


def _about_store(store: ImportedStore) -> Iterator[Doubt]:
    yield from _about_name("name", store.name, "it will be shown without a name")
    effect = "the store will be on no map"
    for key, text, most in (("latitude", store.latitude, 90), ("longitude", store.longitude, 180)):
        if text is not None and not _is_blank(text.strip()) and not _is_angle(text, most):
            yield Doubt(
                key, f"{_excerpt(text)} is no {key} like 51.4545, from -{most} to {most}", effect
            )
    if not _agree(store.latitiude, store.latitude):
        reason = f"{_excerpt(store.latitiude)} differs from the latitude {_excerpt(store.latitude)}"
        yield Doubt("latitiude", reason, "maps of ours go by the latitude, clients may go by either")
    yield from _about_website(store.website)
    yield from _about_pictures(store, "image_url")


def _about_price(product: ImportedProduct) -> Iterator[Doubt]:
    if product.sale_price == 0:
        yield Doubt("sale_price", "is 0", "the product cannot be bought")
    if not _is_blank(product.price) and _pence(product.price) != product.sale_price:
        reason = f"{_excerpt(product.price)} is not the sale_price of {product.sale_price} pence"
        yield Doubt("price", reason, "the sale_price is charged, and clients may show the price")


def _pence(price: Any) -> Decimal | None:  # noqa: ANN401 - a file may hold any value
    text = price if isinstance(price, str) else json.dumps(price)
    return Decimal(text) * 100 if _PRICE.fullmatch(text) else None


def _about_name(key: str, name: Any, effect: str) -> Iterator[Doubt]:  # noqa: ANN401 - a file may hold any value
    if not isinstance(name, str):
        if name is not UNSET:
            yield Doubt(key, f"{_excerpt(name)} is no text", effect)
    elif all(is_invisible(sign) or sign.isspace() for sign in name):
        yield Doubt(key, "is empty", effect)
    elif any(unicodedata.category(sign) == "Cc" for sign in name):
        yield Doubt(key, f"{_excerpt(name)} has a control character", AS_IT_IS)


def _about_moments(value: ImportedBrand | ImportedProduct) -> Iterator[Doubt]:
    for key in ("created_at", "updated_at"):
        moment = getattr(value, key)
        if not _is_blank(moment) and not (isinstance(moment, str) and is_moment(moment)):
            yield Doubt(key, f"{_excerpt(moment)} is no moment like 2026-01-05 09:00:00", AS_IT_IS)


def _about_website(address: Any) -> Iterator[Doubt]:  # noqa: ANN401 - a file may hold any value
    """Let bare hosts pass: the published page has them."""
    if _is_blank(address):
        return
    scheme = _SCHEME.match(address) if isinstance(address, str) else None
    if scheme is not None and scheme["scheme"].lower() not in ("http", "https"):
        yield Doubt(
            "website", f"{_excerpt(address)} is no web address", "clients may follow it all the same"
        )
    elif not isinstance(address, str) or not _is_unbroken(address):
        yield Doubt("website", f"{_excerpt(address)} is no web address", AS_IT_IS)


def _about_pictures(value: ImportedEntity, *keys: str) -> Iterator[Doubt]:
    for key in keys:
        address = getattr(value, key)
        if not _is_blank(address) and not (isinstance(address, str) and _is_web_address(address)):
            yield Doubt(key, f"{_excerpt(address)} is no web address", "clients will show no picture")


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and _is_unbroken(text)


def _is_unbroken(text: str) -> bool:
    return not any(sign.isspace() or unicodedata.category(sign) == "Cc" for sign in text)


def _agree(one: Any, other: str | None) -> bool:  # noqa: ANN401 - a file may hold any value
    """Compare two spellings of one latitude; a blank or impossible latitude has a warning of its own."""
    if _is_blank(one) or other is None or not _is_angle(other, 90):
        return True
    return isinstance(one, str) and _is_angle(one, 90) and Decimal(one.strip()) == Decimal(other.strip())


def _is_angle(text: str, most: int) -> bool:
    return _ANGLE.fullmatch(text) is not None and abs(Decimal(text.strip())) <= most


def _is_blank(value: Any) -> bool:  # noqa: ANN401 - a file may hold any value
    return value is UNSET or value is None or (isinstance(value, str) and value in BLANK)


def _excerpt(value: Any) -> str:  # noqa: ANN401 - a file may hold any value
    """Write a value on one line, and not at any length."""
    text = json.dumps(value)
    return text if len(text) <= SHOWN_LENGTH_MAX else f"{text[: SHOWN_LENGTH_MAX - 1]}…"
