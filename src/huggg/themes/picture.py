"""Pictures of themes and brands: drawn anew from an operator's file, small enough for a phone.

The file's own bytes are never served: a picture is decoded, scaled and encoded again as WebP. So it
holds no script, no place and no camera, and a file of another kind is refused under any name.
"""

from __future__ import annotations

import warnings
from enum import StrEnum
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING

from msgspec import Struct

from huggg.kit.errors import Invalid

if TYPE_CHECKING:
    from PIL.Image import Image

FILE_BYTES_MAX = 10_000_000
FILE_PIXELS_MAX = 40_000_000
"""The most pixels of a decoded picture, each of which takes four bytes."""

KINDS = ("PNG", "JPEG", "WEBP", "GIF")
SCALES = (1.0, 0.75, 0.5)
QUALITIES = (85, 70, 55, 40)
"""The encoder tries each quality before the next scale, so that a picture stays sharp on a phone."""

MEDIA_TYPE = "image/webp"
NAME_DIGITS = 32  # of hex: 128 bits


class PictureUse(StrEnum):
    """The places that a picture has on a page."""

    LOGO = "logo"
    COVER = "cover"


class PictureRoom(Struct, frozen=True):
    """The room of a picture: its pixels at twice the density of the page, and its bytes."""

    width: int
    height: int
    bytes_max: int


ROOMS = {PictureUse.LOGO: PictureRoom(192, 192, 6_000), PictureUse.COVER: PictureRoom(960, 272, 16_000)}
"""A page with both pictures stays below the 50 kB that a first view may weigh."""


class EncodedPicture(Struct, frozen=True):
    """A picture as it is served; its name holds a hash of its content."""

    name: str
    body: bytes


def encode_picture(file: bytes, use: PictureUse) -> EncodedPicture:
    """Draw a picture anew: a logo whole, a cover cut to its room. Raises Invalid."""
    from PIL import ImageOps  # noqa: PLC0415 - servers do without the library

    room = ROOMS[use]
    decoded = _decode(file, use)
    for scale in SCALES:
        size = (round(room.width * scale), round(room.height * scale))
        fit = ImageOps.fit if use is PictureUse.COVER else ImageOps.contain
        picture = fit(decoded, size)
        for quality in QUALITIES:
            body = _encode(picture, quality)
            if len(body) <= room.bytes_max:
                return EncodedPicture(f"{sha256(body).hexdigest()[:NAME_DIGITS]}.webp", body)
    raise Invalid(f"{use}: has too much detail for {room.bytes_max:,} bytes; take a plainer picture.")


def _decode(file: bytes, use: PictureUse) -> Image:
    """Decode a file. Raises Invalid for one that is too large, broken, or of another kind."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    if len(file) > FILE_BYTES_MAX:
        raise Invalid(f"{use}: must be a file of at most {FILE_BYTES_MAX // 1_000_000} MB.")
    picture = None
    try:
        with warnings.catch_warnings():
            # The library warns of pictures that grow while they are decoded; they are counted below.
            warnings.simplefilter("ignore")
            image = Image.open(BytesIO(file), formats=KINDS)
        if image.width * image.height <= FILE_PIXELS_MAX:
            upright = ImageOps.exif_transpose(image)
            picture = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except Exception:  # noqa: BLE001 - decoders fail in many ways, and each means the same here
        raise Invalid(f"{use}: must be a picture (PNG, JPEG, WebP or GIF) that can be read.") from None
    if picture is None:
        raise Invalid(f"{use}: must have at most {FILE_PIXELS_MAX // 1_000_000} million pixels.")
    return picture


def _encode(image: Image, quality: int) -> bytes:
    body = BytesIO()
    image.save(body, "WEBP", quality=quality, method=6)
    return body.getvalue()
