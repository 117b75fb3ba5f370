"""Templates: one environment for the pages of all packages.

A template is named by its package and its file: `html/layout.html.j2` is in the folder `templates` of
`huggg.html`. Every value is escaped. A value that a page does not give is an error, no empty place.
"""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from huggg.html.assets import Assets

ROOT = Path(__file__).parents[1]
FOLDER = "templates"

_NAME = re.compile(r"(?P<package>\w+)/(?P<file>[\w.]+)")
_URL = re.compile(r"https?://[^\s<>\"']+")
_CODE = re.compile(r"`([^`]+)`")


def build_environment(assets: Assets) -> Environment:
    """Build it. `asset("html/huggg.css")` gives a template the address of an asset."""
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = assets.path
    environment.filters["marked"] = marked
    environment.filters["linked"] = linked
    return environment


def marked(text: str) -> Markup:
    """Set text between backticks as code, the one mark that our descriptions use."""
    escaped = str(escape(text))
    return Markup(_CODE.sub(r"<code>\1</code>", escaped))  # noqa: S704 - escaped just now


def linked(text: str) -> Markup:
    """Turn the addresses in a text into links."""
    escaped = str(escape(text))
    return Markup(_URL.sub(r'<a href="\g<0>">\g<0></a>', escaped))  # noqa: S704 - escaped just now


def _source(name: str) -> tuple[str, str, None] | None:
    """Read a template; None for a name that no template has."""
    match = _NAME.fullmatch(name)
    path = ROOT / match["package"] / FOLDER / match["file"] if match else None
    if path is None or not path.is_file():
        return None
    return path.read_text(encoding="utf-8"), str(path), None
