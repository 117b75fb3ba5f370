"""No event but those that `events/kinds.py` names, with the data that it says, and all on one page."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from huggg.events.data.catalogue import CatalogueImported
from huggg.events.kinds import GROUPS, KINDS
from tests.support.events import PAGE, SOURCE, EventInsert, every_insert, page

FROM_PYTHON = {
    "catalogue.imported": frozenset(field.name for field in msgspec.structs.fields(CatalogueImported))
}
"""Data that is written in Python; `tests/storage/test_catalogue_import.py` reads its events."""

ADDED = every_insert()


def test_every_insert_into_the_table_is_read_here() -> None:
    text = "".join(path.read_text() for kind in ("*.sql", "*.py") for path in SOURCE.rglob(kind))
    assert text.count("INSERT INTO events") == len(ADDED)


def test_every_statement_adds_kinds_that_are_named_and_every_named_kind_is_added() -> None:
    assert {kind for added in ADDED for kind in added.kinds} == set(KINDS)
    assert [added.statement for added in ADDED if not added.kinds] == []


def test_every_kind_is_named_once() -> None:
    assert len(KINDS) == sum(len(kinds) for kinds in GROUPS.values())


def test_every_statement_adds_the_data_of_its_kind() -> None:
    for added in ADDED:
        for kind in added.kinds:
            fields = msgspec.structs.fields(KINDS[kind].data)
            required = {field.name for field in fields if field.required}
            assert required <= keys_of(added, kind) <= {field.name for field in fields}, added


def test_every_field_that_may_be_missing_is_added_by_some_statement() -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for added in ADDED:
        for kind in added.kinds:
            kinds[kind] |= keys_of(added, kind)
    declared = {
        name: {field.name for field in msgspec.structs.fields(kind.data)} for name, kind in KINDS.items()
    }
    assert kinds == declared


def keys_of(added: EventInsert, kind: str) -> frozenset[str]:
    return FROM_PYTHON[kind] if added.keys is None else added.keys


def test_the_page_is_what_the_kinds_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "after a change of a kind: make events"
