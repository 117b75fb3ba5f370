"""Embedding: related entities beside the data, each once, under the plural of its name.

A relation leads from one entity to another, by ids that the parent's row already has. It costs one query
for the whole page, so a page costs one statement and one more per requested relation, however many rows
it has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any
from uuid import UUID

from huggg.database.pool import Database
from huggg.http.operation import Embeds
from huggg.kit.errors import Forbidden

RelatedId = UUID | int


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity that can be embedded: its key in `embedded`, the fetching of many, the writing of one.

    `scope` is the scope that an API key needs to read one, in every operation that embeds it; `shape` is
    its type, for the OpenAPI document; `key` is the id by which its relations know a row.
    """

    plural: str
    load: Callable[[Database, list[Any]], Awaitable[Sequence[Any]]]
    wire: Callable[[Any], Any]
    scope: str = field(kw_only=True)
    shape: Any = Any
    key: Callable[[Any], RelatedId] = attrgetter("id")


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation called `name` from rows of `source` to rows of `target`.

    An entity mostly has the ids of its related ones; if its published keys do not, `link` writes them
    into it when the relation is requested.
    """

    source: str
    name: str
    target: Entity
    keys: Callable[[Any], Iterable[RelatedId]]
    link: Callable[[Any, list[Any]], Any] | None = None


@dataclass(slots=True)
class _Branch:
    """A requested relation, the rows loaded through it, and the relations below it."""

    relation: Relation
    rows: dict[RelatedId, Any] = field(default_factory=dict)
    below: dict[str, _Branch] = field(default_factory=dict)


class Embedding:
    """The registry of all relations; answers `embed[]` for any list."""

    def __init__(self, relations: Iterable[Relation]) -> None:
        self._edges = {(edge.source, edge.name): edge for edge in relations}

    async def embed(
        self,
        database: Database,
        source: str,
        rows: Sequence[Any],
        *,
        relations: Collection[str],
    ) -> dict[str, list[Any]] | None:
        """Fetch the relations that were asked for around `rows`; None when there are none.

        Asking for `voucher.segment` asks for `voucher` too. Each entity that was asked for has its list,
        an empty one where no row leads to it.
        """
        tree = self._tree(source, relations)
        if not tree:
            return None
        await _load(database, tree, rows)
        embedded: dict[str, dict[RelatedId, Any]] = {plural: {} for plural in _plurals(tree)}
        _collect(tree, rows, embedded, set())
        return {plural: list(entities.values()) for plural, entities in embedded.items()}

    def check(self, embeds: Embeds, relations: Iterable[str], scopes: Collection[str] | None) -> None:
        """Check that an API key with these scopes may read the requested relations; None: no key.

        Raises Forbidden for a relation on whose way there is an entity that needs another scope.
        """
        if scopes is None:
            return
        for path in relations:
            entity, names = embeds.source, path.split(".")
            for depth, name in enumerate(names, start=1):
                target = self._edges[entity, name].target
                entity = target.plural
                if target.scope not in scopes and ".".join(names[:depth]) not in embeds.always:
                    raise Forbidden

    def shapes(self, source: str, relations: Iterable[str]) -> dict[str, Any]:
        """Give the shapes in `embedded` for these relations: each entity's, by its plural."""
        shapes: dict[str, Any] = {}

        def collect(tree: dict[str, _Branch]) -> None:
            for branch in tree.values():
                shapes[branch.relation.target.plural] = branch.relation.target.shape
                collect(branch.below)

        collect(self._tree(source, relations))
        return shapes

    def link(
        self,
        source: str,
        rows: Iterable[Any],
        documents: Iterable[Any],
        *,
        relations: Collection[str],
    ) -> list[Any]:
        """Write into the documents of `rows` which embedded entities are theirs, if they do not say."""
        tree = self._tree(source, relations)
        return [_linked(tree, row, document) for row, document in zip(rows, documents, strict=True)]

    def _tree(self, source: str, paths: Iterable[str]) -> dict[str, _Branch]:
        tree: dict[str, _Branch] = {}
        for path in paths:
            level, entity = tree, source
            for name in path.split("."):
                edge = self._edges[entity, name]
                level = level.setdefault(name, _Branch(edge)).below
                entity = edge.target.plural
        return tree


def _plurals(tree: dict[str, _Branch]) -> Iterator[str]:
    yield from (branch.relation.target.plural for branch in tree.values())
    for branch in tree.values():
        yield from _plurals(branch.below)


async def _load(database: Database, tree: dict[str, _Branch], rows: Iterable[Any]) -> None:
    parents = list(rows)
    for branch in tree.values():
        keys = list(dict.fromkeys(key for row in parents for key in branch.relation.keys(row)))
        if keys:
            entities = await branch.relation.target.load(database, keys)
            branch.rows = {branch.relation.target.key(row): row for row in entities}
        await _load(database, branch.below, branch.rows.values())


def _collect(
    tree: dict[str, _Branch],
    rows: Iterable[Any],
    embedded: dict[str, dict[RelatedId, Any]],
    visited: set[tuple[int, RelatedId]],
) -> None:
    """Walk as a reader would, row by row, so that entities stand in the order of first reference."""
    for row in rows:
        for branch in tree.values():
            target = branch.relation.target
            for key in branch.relation.keys(row):
                child = branch.rows.get(key)
                if child is None or (id(branch), key) in visited:
                    continue
                visited.add((id(branch), key))
                if key not in embedded[target.plural]:
                    embedded[target.plural][key] = _linked(branch.below, child, target.wire(child))
                if branch.below:
                    _collect(branch.below, (child,), embedded, visited)


def _linked(tree: dict[str, _Branch], row: Any, document: Any) -> Any:  # noqa: ANN401 - of any noun
    for branch in tree.values():
        relation = branch.relation
        if relation.link is not None:
            document = relation.link(document, list(relation.keys(row)))
    return document
