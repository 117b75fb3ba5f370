"""The parts of a catalogue file that rules rely on; all else in it is kept and passed on unread."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct

GUID = r"\A[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"
MOMENT = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\Z"
SIGN = r"[^\x00-\x1f\x7f-\x9f]"  # anything but a control character
LINE = rf"\A(?=.*\S){SIGN}+\Z"
TRIMMED = rf"\A(?!\s){SIGN}+(?<!\s)\Z"
UNBROKEN = rf"\A((?!\s){SIGN})+\Z"

SENTENCES = {
    GUID: "must be a GUID in lower case",
    MOMENT: "must be null or like 2026-01-05 09:00:00",
    LINE: "must be a line of text that is not empty",
    TRIMMED: "must be a line of text without blanks around it",
    UNBROKEN: "must not contain blanks, control or invisible signs",
}
"""The words of a refusal in place of a pattern."""

INT32_MAX = 2**31 - 1
SALE_PRICE_PENCE_MAX = 100_000_000
EXPIRY_DAYS_MAX = 36_500

# In lower case, because import rewrites lists of ids and keeps documents: a client would take `A1…` in
# the one and `a1…` in the other for two ids.
ImportedGuid = Annotated[str, Meta(pattern=GUID)]
ImportedTime = Annotated[str, Meta(pattern=MOMENT)]
ImportedFlag = Annotated[int, Meta(ge=0, le=1)]
Line = Annotated[str, Meta(min_length=1, max_length=255, pattern=LINE)]
Code = Annotated[str, Meta(min_length=1, max_length=255, pattern=TRIMMED)]
LocationId = Annotated[
    str, Meta(min_length=1, max_length=255, pattern=UNBROKEN)
]  # tills send it, people type it


class ImportedEntity(Struct):
    """An entity that a file may hold once only, named by its key."""

    @property
    def key(self) -> str:
        """Tell two of them apart."""
        raise NotImplementedError


class IdentifiedEntity(ImportedEntity):
    """Something with an id of its own."""

    id: ImportedGuid

    @property
    def key(self) -> str:
        """Tell two of them apart."""
        return self.id


class ImportedBrand(IdentifiedEntity):
    """A merchant, or a consolidated brand."""

    name: str
    weight: Annotated[int, Meta(ge=-INT32_MAX, le=INT32_MAX)]
    deleted_at: ImportedTime | None
    expiry: Annotated[int, Meta(ge=0, le=EXPIRY_DAYS_MAX)] | None
    integration_id: Annotated[int, Meta(ge=1, le=INT32_MAX)] | None
    consolidated: ImportedFlag
    products: list[ImportedGuid]
    consolidated_products: list[ImportedGuid]
    stores: list[ImportedGuid]
    # No rule relies on these keys; `doubts` checks values of any type.
    created_at: Any = UNSET
    updated_at: Any = UNSET
    colour: Any = UNSET
    website: Any = UNSET
    logo_url: Any = UNSET
    map_pin_url: Any = UNSET

    @property
    def is_blank(self) -> bool:
        """Tell whether it is found somewhere without saying where."""
        return self.consolidated == 1 and not self.stores


class ImportedProduct(IdentifiedEntity):
    """An offer."""

    brand_id: ImportedGuid
    label: str
    sale_price: Annotated[int, Meta(ge=0, le=SALE_PRICE_PENCE_MAX)]
    active: ImportedFlag
    handling_fee: Annotated[int, Meta(ge=0, le=SALE_PRICE_PENCE_MAX)] | None = None
    on_app: ImportedFlag | None = None
    on_imessage: ImportedFlag | None = None
    image_url: str | None = None
    # As above.
    created_at: Any = UNSET
    updated_at: Any = UNSET
    price: Any = UNSET
    over_18_offer: Any = UNSET
    claim_image_url: Any = UNSET
    imessage_image_url: Any = UNSET
    open_graph_image_url: Any = UNSET


class ImportedStore(IdentifiedEntity):
    """A place; its coordinates are text, also where they are blank."""

    brand_id: ImportedGuid
    latitude: str | None
    longitude: str | None
    visible: ImportedFlag | None = None
    # As above.
    latitiude: Any = UNSET
    name: Any = UNSET
    website: Any = UNSET
    image_url: Any = UNSET


class ImportedSegment(IdentifiedEntity):
    """Ours: a group of vouchers, and the products it stands behind."""

    name: Line
    brand_id: ImportedGuid
    product_ids: list[ImportedGuid]


class ImportedLocation(ImportedEntity):
    """Ours: where a till stands. Its id is a short text that was handed to the merchant."""

    id: LocationId
    brand_id: ImportedGuid
    store_id: ImportedGuid | None
    name: Line

    @property
    def key(self) -> str:
        """Tell two of them apart."""
        return self.id


class ImportedAdjustmentCodes(ImportedEntity):
    """A merchant's adjustment code for a product; ours, not published."""

    brand_id: ImportedGuid
    product_id: ImportedGuid
    codes: list[Code]

    @property
    def key(self) -> str:
        """Tell two of them apart."""
        return f"{self.brand_id}/{self.product_id}"


class ImportedChoice(ImportedEntity):
    """Ours: a product that stands for others, and those others; without any it is no choice."""

    product_id: ImportedGuid
    product_ids: list[ImportedGuid]

    @property
    def key(self) -> str:
        """Tell two of them apart."""
        return self.product_id


class ImportedUnlistedStores(ImportedEntity):
    """Ours: where a brand is found without listing it."""

    brand_id: ImportedGuid
    store_ids: list[ImportedGuid]

    @property
    def key(self) -> str:
        """Tell two of them apart."""
        return self.brand_id
