"""Codes drawn for scanners: a text as a picture (SVG), by the symbology that its brand wants."""

from __future__ import annotations

import re
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from huggg.vouchers.integrations.integration import Symbol

if TYPE_CHECKING:
    import zxingcpp


class Symbology(StrEnum):
    """The kinds of codes that a page draws."""

    QR = "qr"
    CODE_128 = "code128"
    EAN_13 = "ean13"
    PDF_417 = "pdf417"
    AZTEC = "aztec"
    DATA_MATRIX = "datamatrix"


FORMATS = {
    Symbology.QR: "QRCode",
    Symbology.CODE_128: "Code128",
    Symbology.EAN_13: "EAN13",
    Symbology.PDF_417: "PDF417",
    Symbology.AZTEC: "Aztec",
    Symbology.DATA_MATRIX: "DataMatrix",
}

BARS = frozenset({Symbology.CODE_128, Symbology.EAN_13})
"""Symbologies of one dimension, whose bars may be drawn as high as there is room."""

WIDE = BARS | {Symbology.PDF_417}

DEFAULTS = {
    Symbol.BARCODE: Symbology.CODE_128,
    Symbol.QR: Symbology.QR,
    Symbol.NUMBER: Symbology.CODE_128,
}
"""The symbology of a brand that has not chosen one, by its integration's symbol."""

MODULES_MAX = 282
"""Modules in a row on a phone of 360 pixels with two dots for each: finer ones are not read."""

TURNED_FROM = MODULES_MAX // 2
"""Modules from which bars stand upright on a plain screen, so that each has two pixels there, too."""

_EAN_13 = re.compile(r"[0-9]{13}")

_PICTURE = re.compile(r'<svg width="(\d+)" height="(\d+)".*?<path d="([^"]+)"', re.DOTALL)


class Picture(Struct, frozen=True):
    """A drawn code: the size of its grid, the path of its dark modules, and the symbology drawn."""

    symbology: Symbology
    width: int
    height: int
    path: str

    @property
    def shape(self) -> str:
        """Name the room that it takes on a page: bars, wide or square."""
        if self.symbology in BARS:
            return "bars"
        return "wide" if self.symbology in WIDE else "square"

    @property
    def turns(self) -> bool:
        """Tell whether its bars stand upright on a plain screen, of one dot for a pixel."""
        return self.shape == "bars" and self.width > TURNED_FROM


def draw(text: str, symbology: Symbology) -> Picture:
    """Draw a code; as QR where the symbology cannot hold it, or only finer than a phone shows.

    A till that scans the wrong symbology can still be told the text, which stands beside it.
    """
    with suppress(ValueError):
        picture = _encode(text, symbology)
        if picture.width <= MODULES_MAX:
            return picture
    return _encode(text, Symbology.QR)


def _encode(text: str, symbology: Symbology) -> Picture:
    import zxingcpp  # noqa: PLC0415 - servers start without it, and most pages show no code

    if symbology is Symbology.EAN_13 and not _EAN_13.fullmatch(text):
        raise ValueError("The library would fill it up with digits that no till knows.")
    format_: zxingcpp.BarcodeFormat = getattr(zxingcpp.BarcodeFormat, FORMATS[symbology])
    svg = zxingcpp.create_barcode(text, format_).to_svg()
    match = _PICTURE.search(svg)
    if match is None:
        raise ValueError(f"no picture of {symbology}")
    return Picture(symbology, int(match[1]), int(match[2]), match[3])


def spaced(code: str, group: int = 4) -> str:
    """Set a code in groups, for reading it aloud; a code that has signs between its symbols stays."""
    if not code.isalnum():
        return code
    return " ".join(code[at : at + group] for at in range(0, len(code), group))
