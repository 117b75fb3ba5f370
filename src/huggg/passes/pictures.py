"""The pictures of Apple's passes, as PNG: the brand's logo, or a tile in the colour of the page."""

from __future__ import annotations

from io import BytesIO

ICON_PIXELS = 29
"""The side of the icon, which every pass needs, at the plain density of a screen."""

SCALES = {"": 1, "@2x": 2, "@3x": 3}


def pass_pictures(ground: str, logo: bytes | None) -> dict[str, bytes]:
    """Draw the files of a pass; `logo` is a picture as this server keeps it."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - most servers draw none

    pictures: dict[str, bytes] = {}
    for suffix, scale in SCALES.items():
        side = ICON_PIXELS * scale
        tile = Image.new("RGB", (side, side), ground if logo is None else "#ffffff")
        if logo is not None:
            with Image.open(BytesIO(logo)) as image:
                fitted = ImageOps.contain(image.convert("RGBA"), (side, side))
            at = ((side - fitted.width) // 2, (side - fitted.height) // 2)
            tile.paste(fitted, at, fitted)
        body = BytesIO()
        tile.save(body, "PNG")
        pictures[f"icon{suffix}.png"] = body.getvalue()
    if logo is not None:
        pictures["logo.png"], pictures["logo@2x.png"] = pictures["icon@2x.png"], pictures["icon@3x.png"]
    return pictures
