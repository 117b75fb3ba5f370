"""Templates and assets hold nothing that their policy would forbid, before any browser sees them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import huggg
from huggg.html.assets import MEDIA_TYPES, Assets
from huggg.html.policy import page_headers
from huggg.html.templates import build_environment

SOURCE = Path(huggg.__file__).parent
TEMPLATES = sorted(SOURCE.glob("*/templates/*"))
ASSETS = sorted(SOURCE.glob("*/static/*"))

INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)|\bstyle\s*=|\son\w+\s*=|javascript:", re.IGNORECASE)
ELSEWHERE = re.compile(r"(?:https?:)?//(?!www\.w3\.org/2000/svg)[\w.-]+\.\w", re.IGNORECASE)
UNESCAPED = re.compile(r"\|\s*safe\b|autoescape\s+false", re.IGNORECASE)


def name_of(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.name}"


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_compiles_and_holds_no_style_script_or_other_site(template: Path) -> None:
    build_environment(Assets()).get_template(name_of(template))
    text = template.read_text(encoding="utf-8")
    assert INLINE.findall(text) == []
    assert ELSEWHERE.findall(text) == []
    assert UNESCAPED.findall(text) == []


@pytest.mark.parametrize("asset", ASSETS, ids=name_of)
def test_an_asset_is_of_a_known_kind_and_asks_no_other_site(asset: Path) -> None:
    assert asset.suffix in MEDIA_TYPES
    if asset.suffix != ".png":
        assert ELSEWHERE.findall(asset.read_text(encoding="utf-8")) == []


def test_the_templates_and_assets_are_where_the_tests_look() -> None:
    assert {name_of(path) for path in TEMPLATES} > {"html/layout.html.j2", "front/front.html.j2"}
    assert {name_of(path) for path in ASSETS} > {"html/huggg.css", "openapi/reference.css"}
    assert [path for path in SOURCE.rglob("*.html*") if path not in TEMPLATES] == []


@pytest.mark.parametrize("scripts", [False, True])
def test_no_policy_allows_anything_unsafe(scripts: bool) -> None:  # noqa: FBT001 - pytest passes by name
    policy = page_headers(scripts=scripts)["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert not {"unsafe", "*", "http", "data:", "blob:"} & set(re.split(r"[\s;'-]+", policy))
    assert ("script-src 'self'" in policy) is scripts
