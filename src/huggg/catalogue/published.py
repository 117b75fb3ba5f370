"""The catalogue's published shapes.

Brands, products and stores are published as their imported documents, so a shape lists the keys of a
document, and a document may have more. A key is required here if import requires it; the other keys
depend on the file.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from huggg.http.published import Guid

MaybeText = str | None | UnsetType
Flag = Annotated[int, Meta(ge=0, le=1, examples=[1])]
MaybeFlag = Flag | None | UnsetType


class PublishedBrand(Struct, kw_only=True):
    """A merchant, or a consolidated brand: a placeholder with products that many brands honour."""

    id: Guid
    created_at: MaybeText = UNSET
    updated_at: Annotated[MaybeText, Meta(description="Last change; may be before `created_at`.")] = (
        UNSET
    )
    name: Annotated[str, Meta(examples=["Harbour Roast"])]
    internal_name: MaybeText = UNSET
    logo: Annotated[MaybeText, Meta(description="The file behind `logo_url`.")] = UNSET
    colour: MaybeText = UNSET
    success: Annotated[MaybeText, Meta(description="Shown to the sender after sending.")] = UNSET
    share: Annotated[MaybeText, Meta(description="Text to share on social media.")] = UNSET
    weight: Annotated[int, Meta(description="Heavier brands come first.", examples=[1010])]
    deleted_at: Annotated[str | None, Meta(description="Null while it is active.")]
    expiry: Annotated[int | None, Meta(description="Days of validity.", examples=[365])]
    website: Annotated[MaybeText, Meta(description="An address, or only a host.")] = UNSET
    integration_id: Annotated[
        int | None, Meta(description="The way its hugggs are redeemed, 1 to 7.", examples=[5])
    ]
    user_id: Annotated[MaybeText, Meta(description="The merchant's user, or empty.")] = UNSET
    email: MaybeText = UNSET
    vat: Annotated[float | str | UnsetType | None, Meta(description="Percent.", examples=[20])] = UNSET
    faq: MaybeText = UNSET
    description: MaybeText = UNSET
    redeem: Annotated[MaybeText, Meta(description="Shown after redeeming.")] = UNSET
    location_text: Annotated[MaybeText, Meta(description="Its locations, in words.")] = UNSET
    map_pin_url: MaybeText = UNSET
    consolidated: Flag
    default_location_description_markdown: Annotated[
        MaybeText, Meta(description="Text for stores that have no description.")
    ] = UNSET
    products: list[Guid]
    consolidated_products: list[Guid]
    stores: list[Guid]
    logo_url: MaybeText = UNSET
    how_to: Annotated[MaybeText, Meta(description="HTML; from earlier files only.")] = UNSET


class Pivot(Struct):
    """The brand that honours a product, if a file names it in the product."""

    brand_id: Guid
    price_id: Annotated[Guid, Meta(description="The product, by an earlier name of the key.")]


class PublishedProduct(Struct, kw_only=True):
    """An offer at a fixed price."""

    id: Guid
    created_at: MaybeText = UNSET
    updated_at: MaybeText = UNSET
    brand_id: Guid
    description: Annotated[MaybeText, Meta(description="Text for the sender.")] = UNSET
    campaign: Annotated[MaybeText, Meta(description="The issuer's campaign, or a till's code.")] = UNSET
    label: Annotated[str, Meta(examples=["Coffee & Cake"])]
    internal_name: MaybeText = UNSET
    integration: MaybeText = UNSET
    price: Annotated[MaybeText, Meta(description="Deprecated: `sale_price` in pounds.")] = UNSET
    over_18_offer: MaybeFlag = UNSET
    redemption_instructions: MaybeText = UNSET
    image: Annotated[MaybeText, Meta(description="Deprecated for `image_url`.")] = UNSET
    subtitle: MaybeText = UNSET
    weight: Annotated[int | UnsetType | None, Meta(description="Deprecated; sorts nothing.")] = UNSET
    recipient_description: Annotated[MaybeText, Meta(description="Text for the recipient.")] = UNSET
    tag_group_id: MaybeText = UNSET
    tag_id: MaybeText = UNSET
    open_graph_image: Annotated[
        MaybeText, Meta(description="Deprecated for `open_graph_image_url`.")
    ] = UNSET
    active: Flag
    on_app: MaybeFlag = UNSET
    on_imessage: MaybeFlag = UNSET
    handling_fee: Annotated[int | UnsetType | None, Meta(description="Pence.", examples=[20])] = UNSET
    sale_price: Annotated[
        int, Meta(description="Pence, without the handling fee.", ge=0, examples=[350])
    ]
    huggg_tag: MaybeText = UNSET
    vat_voucher_type: Annotated[MaybeText, Meta(examples=["SPV"])] = UNSET
    vat: Annotated[float | str | UnsetType | None, Meta(description="Percent.")] = UNSET
    brand_name: MaybeText = UNSET
    brand_weight: int | UnsetType | None = UNSET
    image_url: MaybeText = UNSET
    claim_image: Annotated[MaybeText, Meta(description="Deprecated.")] = UNSET
    claim_image_url: Annotated[MaybeText, Meta(description="Deprecated.")] = UNSET
    imessage_image: Annotated[MaybeText, Meta(description="Deprecated for `imessage_image_url`.")] = (
        UNSET
    )
    imessage_image_url: MaybeText = UNSET
    open_graph_image_url: MaybeText = UNSET
    pivot: Pivot | UnsetType = UNSET
    segments: Annotated[
        list[Guid] | UnsetType, Meta(description="The segments' ids, if they were embedded.")
    ] = UNSET
    choices: Annotated[
        list[Guid] | UnsetType,
        Meta(
            description="Of a choice that was embedded: the products of which its receiver picks one."
            " Ours, not published."
        ),
    ] = UNSET


class PublishedStore(Struct):
    """A shop on the map. The place of a till is a location."""

    id: Guid
    brand_id: Guid
    latitude: Annotated[str | None, Meta(examples=["51.4500000"])]
    longitude: Annotated[str | None, Meta(examples=["-2.5900000"])]
    latitiude: Annotated[MaybeText, Meta(description="The misspelt key that was published first.")] = (
        UNSET
    )
    website: MaybeText = UNSET
    name: MaybeText = UNSET
    description: MaybeText = UNSET
    visible: MaybeFlag = UNSET
    description_markdown: MaybeText = UNSET
    image: MaybeText = UNSET
    image_url: MaybeText = UNSET


class PublishedSegment(Struct):
    """A group of vouchers of a product. Published by name only; these two keys are ours."""

    id: Guid
    name: Annotated[str, Meta(examples=["Region North"])]


class PublishedIntegration(Struct):
    """The way a brand's hugggs are redeemed. Published by number only, as segments are by name."""

    id: Annotated[int, Meta(examples=[5])]
    name: Annotated[str, Meta(examples=["ePOS QR"])]


class Coordinate(Struct):
    """A point on the earth, in degrees."""

    longitude: Annotated[float, Meta(ge=-180, le=180, examples=[-2.59])]
    latitude: Annotated[float, Meta(ge=-90, le=90, examples=[51.45])]


class Area(Struct):
    """A box on the map. Published by name only; a map zooms in on its corners."""

    north_west: Coordinate
    south_east: Coordinate


class PublishedCluster(Struct):
    """One pin for several stores: their number, their mean position, and the box that contains them.

    There are no pictures of clusters, so `image_url` is null.
    """

    type: Literal["cluster"]
    image_url: str | None
    count: Annotated[int, Meta(ge=1, examples=[12])]
    pin: Coordinate
    area: Area


class TileOfStores(Struct):
    """A rectangle of the map, with each of its stores."""

    pins: list[PublishedStore]


class TileOfClusters(Struct):
    """A rectangle of the map that has too many stores to show one by one."""

    pins: list[PublishedCluster]
