"""A look-up of a huggg: the token's owner is read with it, and no row is read twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from huggg.database.queries import Statement
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference

HUGGG = UUID(int=5)
NEWEST, OLDER = b"newest", b"older"
LOOK = Statement("look", "", ("huggg_id", "fingerprint", "token", "location_id"))
SHARING_LOOK = Statement("sharing", "", ("huggg_id", "fingerprint", "shared_token", "location_id"))


class Shelf:
    """A database with one huggg in it, known by an older fingerprint; writes its queries down."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    async def each(self, statement: Statement, **values: Any) -> dict[str, Any]:
        assert statement is LOOK
        self.calls.append(values)
        is_found = values["huggg_id"] == HUGGG or values["fingerprint"] == OLDER
        return {
            "id": HUGGG if is_found else None,
            "caller_client_id": values["token"],
            "at": len(self.calls),
        }

    async def each_sharing(
        self, statement: Statement, *, shared_token: bytes | None, **values: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Answer as for a batch whose first item has the same token and another huggg."""
        assert statement is SHARING_LOOK
        row = await self.each(LOOK, token=None, **values)
        return row, {"id": UUID(int=6), "caller_client_id": shared_token}


def look(shelf: Shelf, huggg: HugggReference, statement: Statement = LOOK) -> Lookup:
    database: Any = shelf
    return Lookup(database, statement, huggg, location_id="bristol17")


async def test_a_row_read_with_the_caller_is_given_once_and_then_read_anew() -> None:
    shelf = Shelf()
    at = look(shelf, HugggReference(HUGGG, []))
    assert (await at.with_caller(b"token"))["caller_client_id"] == b"token"
    assert [(await at.row())["at"] for _ in range(3)] == [1, 2, 3]
    assert [values["token"] for values in shelf.calls] == [b"token", None, None]
    assert {values["location_id"] for values in shelf.calls} == {"bristol17"}


async def test_all_that_a_reference_may_mean_is_looked_for_along_with_the_caller() -> None:
    shelf = Shelf()
    at = look(shelf, HugggReference(None, [NEWEST, OLDER]))
    row = await at.with_caller(b"token")
    assert (row["id"], row["caller_client_id"]) == (HUGGG, b"token")
    assert (await at.row())["id"] == HUGGG
    assert [(values["fingerprint"], values["token"]) for values in shelf.calls] == [
        (NEWEST, b"token"),
        (OLDER, b"token"),
    ]


@pytest.mark.parametrize("reference", [HugggReference(HUGGG, []), HugggReference(None, [NEWEST, OLDER])])
async def test_a_caller_that_another_item_brought_comes_without_the_huggg_of_that_item(
    reference: HugggReference,
) -> None:
    at = look(Shelf(), reference, SHARING_LOOK)
    assert (await at.with_caller(b"token"))["caller_client_id"] == b"token"
    assert (await at.row())["id"] == HUGGG


async def test_a_missing_huggg_is_a_row_without_an_id() -> None:
    assert (await look(Shelf(), HugggReference(None, [NEWEST])).row())["id"] is None


async def test_a_huggg_missing_with_the_caller_is_not_read_again_at_once() -> None:
    shelf = Shelf()
    at = look(shelf, HugggReference(None, [NEWEST]))
    await at.with_caller(b"token")
    assert (await at.row())["id"] is None
    assert len(shelf.calls) == 1
    assert (await at.row())["id"] is None
    assert len(shelf.calls) == 2
