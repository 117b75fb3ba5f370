"""The style of a gift page: it stands in the page, so that the page is shown without another answer.

The policy of the page names the hash of exactly this text, so no other style sheet in the page counts.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup
from msgspec import Struct

from huggg.html.policy import page_headers
from huggg.themes.colours import Colours

SHEETS = (Path(__file__).parents[1] / "html/static/huggg.css", Path(__file__).parent / "sheet.css")

UNLISTED = {"X-Robots-Tag": "noindex, nofollow, noarchive"}

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BLANKS = re.compile(r"\s+")
_AROUND = re.compile(r" ?([{};,]) ?")


class Style(Struct, frozen=True):
    """A style sheet in a page, and the headers of that page: its policy names the sheet by its hash."""

    tag: Markup
    headers: dict[str, str]


@lru_cache(maxsize=256)
def style_of(colours: Colours) -> Style:
    """Make the style sheet of a page in these colours."""
    sheet = _colours(colours) + _sheets()
    digest = b64encode(sha256(sheet.encode()).digest()).decode()
    headers = page_headers(scripts=True, styles=[f"sha256-{digest}"]) | UNLISTED
    return Style(Markup(f"<style>{sheet}</style>"), headers)  # noqa: S704 - files of ours


def _colours(colours: Colours) -> str:
    """Set the colours as properties, which the sheets use; each is a hexadecimal number of ours."""
    day = f"--ground:{colours.ground};--on-ground:{colours.ink};--hue:{colours.accent}"
    return f":root{{{day};--night-hue:{colours.night_accent}}}"


@lru_cache(maxsize=1)
def _sheets() -> str:
    return "".join(_short(path.read_text(encoding="utf-8")) for path in SHEETS)


def _short(sheet: str) -> str:
    """Drop comments and blanks that mean nothing."""
    return _AROUND.sub(r"\1", _BLANKS.sub(" ", _COMMENT.sub("", sheet))).strip()
