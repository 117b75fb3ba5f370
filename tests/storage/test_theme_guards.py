"""Statements of themes and pictures: each acts on its own row, and leaves the others."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from huggg.themes.store import queries
from tests.support.rows import put, ran

ACORN, OTHER = UUID(int=1), UUID(int=2)
SPRING = {
    "team_id": ACORN, "id": "spring", "label": "Spring", "ground": "#6b2fb3", "ink": "#ffffff",
    "accent": "#6b2fb3", "night_accent": "#c39bf5",
}  # fmt: skip
PICTURES = {"logo": "a.webp", "cover": "b.webp", "names": ["a.webp", "b.webp"], "bodies": [b"1", b"2"]}
NONE: dict[str, Any] = {"logo": None, "cover": None, "names": [], "bodies": []}


async def test_a_theme_is_saved_and_changed_and_keeps_pictures_that_are_not_given(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "teams", id=1, name="Acorn")
    await put(tables, "themes", team_id=2)
    await put(tables, "themes", id="autumn")
    assert len(await ran(tables, queries.set_theme, **SPRING, **PICTURES)) == 1
    changes: dict[str, Any] = {**SPRING, "label": "May", "ground": "#000000", **NONE}
    assert len(await ran(tables, queries.set_theme, **changes)) == 1
    rows = await tables.fetch("SELECT team_id, id, label, ground, logo, cover FROM themes ORDER BY 1, 2")
    assert rows == [
        (ACORN, "autumn", "Spring", "#6b2fb3", None, None),
        (ACORN, "spring", "May", "#000000", "a.webp", "b.webp"),
        (OTHER, "spring", "Spring", "#6b2fb3", None, None),
    ]
    assert await tables.fetchval("SELECT count(*) FROM pictures") == 2
    events = await tables.fetch("SELECT subject_id, kind, data ->> 'theme' FROM events")
    assert events == [(ACORN, "theme.set", "spring")] * 2


async def test_a_picture_that_is_there_is_no_obstacle(tables: asyncpg.Connection) -> None:
    await put(tables, "teams", id=1, name="Acorn")
    await put(tables, "pictures", name="a.webp")
    assert len(await ran(tables, queries.set_theme, **SPRING, **PICTURES)) == 1


async def test_a_team_or_brand_that_does_not_exist_gets_no_look(tables: asyncpg.Connection) -> None:
    await put(tables, "teams", id=2, name="Birch")
    await put(tables, "brands")
    assert await ran(tables, queries.set_theme, **SPRING, **PICTURES) == []
    assert await ran(tables, queries.set_brand_pictures, brand_id=UUID(int=7), **PICTURES) == []
    for table in ("themes", "brand_pictures", "pictures", "events"):
        assert await tables.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 - of this test


async def test_the_pictures_of_a_brand_are_set_one_by_one(tables: asyncpg.Connection) -> None:
    await put(tables, "brands")
    await put(tables, "brand_pictures", brand_id=2)
    for name in ("logo", "cover"):
        values = {**NONE, name: f"{name}.webp", "names": [f"{name}.webp"], "bodies": [b"1"]}
        assert len(await ran(tables, queries.set_brand_pictures, brand_id=ACORN, **values)) == 1
    await put(tables, "pictures", name="again.webp")
    values = {**NONE, "logo": "again.webp", "names": ["again.webp"], "bodies": [b"1"]}
    assert len(await ran(tables, queries.set_brand_pictures, brand_id=ACORN, **values)) == 1
    rows = await tables.fetch("SELECT brand_id, logo, cover FROM brand_pictures ORDER BY 1")
    assert rows == [(ACORN, "again.webp", "cover.webp"), (OTHER, None, None)]
    assert await tables.fetchval("SELECT count(*) FROM events WHERE kind = 'brand.pictures_set'") == 3


async def test_one_theme_is_removed(tables: asyncpg.Connection) -> None:
    for team_id, theme_id in ((1, "spring"), (1, "autumn"), (2, "spring")):
        await put(tables, "themes", team_id=team_id, id=theme_id)
    assert len(await ran(tables, queries.remove_theme, team_id=ACORN, id="spring")) == 1
    assert await ran(tables, queries.remove_theme, team_id=ACORN, id="spring") == []
    rows = await tables.fetch("SELECT team_id, id FROM themes ORDER BY 1")
    assert rows == [(ACORN, "autumn"), (OTHER, "spring")]
    events = await tables.fetch("SELECT subject_id, kind, data ->> 'theme' FROM events")
    assert events == [(ACORN, "theme.removed", "spring")]


async def test_a_team_has_its_own_theme_or_its_parents(tables: asyncpg.Connection) -> None:
    await put(tables, "teams", id=1, name="Acorn")
    await put(tables, "teams", id=2, name="Acorn North", parent_id=1)
    await put(tables, "teams", id=3, name="Birch")

    async def labels(team: int, theme_id: str = "spring") -> list[str]:
        rows = await ran(tables, queries.theme, team_id=UUID(int=team), id=theme_id)
        return [row["label"] for row in rows]

    await put(tables, "themes", label="Acorn's")
    assert [await labels(team) for team in (1, 2, 3)] == [["Acorn's"], ["Acorn's"], []]
    await put(tables, "themes", team_id=2, label="North's")
    assert [await labels(team) for team in (1, 2, 3)] == [["Acorn's"], ["North's"], []]
    assert await labels(1, "autumn") == []
