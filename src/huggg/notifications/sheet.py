"""Printed sheets: a PDF with a page for each gift, its message, its link and its last day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from huggg.languages.language import Language
from huggg.notifications.gift_letters import Gift, greeting

SOURCE = Path(__file__).with_name("sheet.typ")

GIFTS_MAX = 500
"""Pages of one file: about a second of work."""


def sheets_pdf(gifts: Sequence[Gift], reader: Language) -> bytes:
    """Typeset a page for each gift, in one language.

    The libraries are imported with the first sheet, because few servers print.
    """
    import typst  # noqa: PLC0415

    pages = [_page(gift, reader) for gift in gifts]
    inputs = {"gifts": msgspec.json.encode(pages).decode(), "language": reader.words}
    pdf: bytes = typst.compile(SOURCE.read_bytes(), format="pdf", sys_inputs=inputs)
    return pdf


def _page(gift: Gift, reader: Language) -> dict[str, Any]:
    say = reader.say
    return {
        "greeting": greeting(gift.name, reader),
        "product": gift.product,
        "brand": gift.brand,
        "message": gift.message,
        "picture": _qr_code(gift.link),
        "link": gift.link,
        "scan": say("Scan the code or open the link to use your gift."),
        "valid": say("You can use it until the end of %(day)s.", day=reader.day(gift.last_day)),
    }


def _qr_code(link: str) -> str:
    """Draw a link as SVG."""
    import zxingcpp  # noqa: PLC0415

    barcode = zxingcpp.create_barcode(link, zxingcpp.BarcodeFormat.QRCode)
    return str(barcode.to_svg(add_quiet_zones=True))
