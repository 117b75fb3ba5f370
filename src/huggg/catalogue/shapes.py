"""The parts of a catalogue file that rules rely on; all else in it is kept and passed on unread."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from huggg.kit.body import Name

GUID = r"\A[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"
MOMENT = r"\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z"

SENTENCES = {
    GUID: "must be a GUID in lower case",
    MOMENT: "must be null or like 2026-01-05 09:00:00",
}
"""What to say instead of showing a pattern."""

INT32_MAX = 2**31 - 1
SALE_PRICE_PENCE_MAX = 100_000_000
EXPIRY_DAYS_MAX = 36_500

# In lower case, because lists of ids are written anew while documents are kept: `A1…` in the one and
# `a1…` in the other would be two things to a client.
Guid = Annotated[str, Meta(pattern=GUID)]
Moment = Annotated[str, Meta(pattern=MOMENT)]
Flag = Annotated[int, Meta(ge=0, le=1)]
Code = Annotated[Name, Meta(min_length=1)]


class Shape(Struct):
    """Something that a file holds once, as told by its key."""

    @property
    def key(self) -> str:
        """Tell two of them apart."""
        raise NotImplementedError


class Identified(Shape):
    """Something with an id of its own."""

    id: Guid

    @property
    def key(self) -> str:
        """Tell two of them apart."""
        return self.id


class Brand(Identified):
    """A merchant, or a consolidated brand."""

    name: str
    weight: Annotated[int, Meta(ge=-INT32_MAX, le=INT32_MAX)]
    deleted_at: Moment | None
    expiry: Annotated[int, Meta(ge=0, le=EXPIRY_DAYS_MAX)] | None
    integration_id: Annotated[int, Meta(ge=1, le=INT32_MAX)] | None
    consolidated: Flag
    products: list[Guid]
    consolidated_products: list[Guid]
    stores: list[Guid]

    @property
    def is_blank(self) -> bool:
        """Tell whether it is found somewhere without saying where."""
        return self.consolidated == 1 and not self.stores


class Product(Identified):
    """An offer."""

    brand_id: Guid
    label: str
    sale_price: Annotated[int, Meta(ge=0, le=SALE_PRICE_PENCE_MAX)]
    active: Flag
    handling_fee: Annotated[int, Meta(ge=0, le=SALE_PRICE_PENCE_MAX)] | None = None
    on_app: Flag | None = None
    on_imessage: Flag | None = None
    image_url: str | None = None


class Store(Identified):
    """A place; its coordinates are text, also where they are blank."""

    brand_id: Guid
    latitude: str | None
    longitude: str | None
    visible: Flag | None = None


class Segment(Identified):
    """Ours: a group of vouchers, and the products it stands behind."""

    name: Name
    brand_id: Guid
    product_ids: list[Guid]


class Location(Shape):
    """Ours: where a till stands. Its id is a short text that was handed to the merchant."""

    id: Code
    brand_id: Guid
    store_id: Guid | None
    name: Name

    @property
    def key(self) -> str:
        """Tell two of them apart."""
        return self.id


class AdjustmentCodes(Shape):
    """Ours: what a merchant's till calls a product."""

    brand_id: Guid
    product_id: Guid
    codes: list[Code]

    @property
    def key(self) -> str:
        """Tell two of them apart."""
        return f"{self.brand_id}/{self.product_id}"


class UnlistedStores(Shape):
    """Ours: where a brand is found without listing it."""

    brand_id: Guid
    store_ids: list[Guid]

    @property
    def key(self) -> str:
        """Tell two of them apart."""
        return self.brand_id
