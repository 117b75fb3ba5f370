"""The rows that a rotation of keys seals anew, and those that it leaves as they are."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from huggg.keys.rotate import queries
from tests.support.guards import Guarded, Row
from tests.support.rows import put, ran, standing

OLD, NEW = [b"\1"], [b"\2"]
ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))
CHANGED_MEANWHILE: Row = {"code": "\\x03"}

HUGGG: Row = {
    "ids": [THREE],
    "olds": OLD,
    "news": NEW,
    "fingerprints": [b"\x22"],
    "redeem_fingerprints": [b"\x32"],
    "stale": [b"\x11"],
}

UNKNOWN: Row = {"usernames": [None], "emails": [None], "phones": [None]}

CASES = [
    Guarded(
        queries.reseal_vouchers,
        "vouchers",
        {"huggg_id": 3, "id": 2},
        {"huggg_ids": [THREE], "ids": [TWO], "olds": OLD, "news": NEW},
        [{"huggg_id": 13}, {"id": 12}],
        {"sealed anew meanwhile": CHANGED_MEANWHILE},
    ),
    Guarded(
        queries.reseal_codes,
        "codes",
        {"brand_id": 1},
        {"brand_ids": [ONE], "fingerprints": OLD, "new_fingerprints": NEW, "news": NEW},
        [{"brand_id": 11}, {"fingerprint": "\\x09"}],
        {"named anew meanwhile": {"fingerprint": "\\x03"}},
    ),
    Guarded(
        queries.reseal_group_links,
        "group_links",
        {},
        {"ids": [ONE], "olds": OLD, "news": NEW, "fingerprints": NEW},
        [{"transaction_id": 11, "fingerprint": "\\x09"}],
        {"sealed anew meanwhile": {"sealed": "\\x03"}},
    ),
    Guarded(
        queries.reseal_people,
        "person_keys",
        {"person_id": 1},
        {"ids": [ONE], "olds": OLD, "news": NEW, **UNKNOWN},
        [{"person_id": 11}],
        {"sealed anew meanwhile": {"key": "\\x03"}},
    ),
]

FINGERPRINTS = {
    "username_fingerprint": "usernames",
    "email_fingerprint": "emails",
    "phone_fingerprint": "phones",
}


async def test_people_are_found_by_new_fingerprints_and_others_by_theirs(
    tables: asyncpg.Connection,
) -> None:
    """One fingerprint that another user has got under the new key stays that user's."""
    for taken, column in FINGERPRINTS.items():
        for person in (1, 2, 3):
            await tables.execute("DELETE FROM users WHERE id = $1", UUID(int=person))
        await tables.execute("DELETE FROM person_keys")
        await put(tables, "users", id=1, **dict.fromkeys(FINGERPRINTS, "\\x11"))
        await put(tables, "users", id=2, **dict.fromkeys(FINGERPRINTS, "\\x12"))
        await put(tables, "users", id=3, **{taken: "\\x21"})
        await put(tables, "person_keys", person_id=1)
        new = {column: [b"\x21"] for column in FINGERPRINTS.values()}
        await ran(tables, queries.reseal_people, ids=[ONE], olds=OLD, news=NEW, **new)
        rows = {
            row["id"].int: {name: row[name] for name in FINGERPRINTS}
            for row in await tables.fetch("SELECT * FROM users WHERE id <= $1", THREE)
        }
        assert rows[1] == {**dict.fromkeys(FINGERPRINTS, b"\x21"), taken: b"\x11"}, column
        assert rows[2] == dict.fromkeys(FINGERPRINTS, b"\x12")


async def test_a_huggg_is_found_by_its_new_fingerprint_alone_and_others_by_theirs(
    tables: asyncpg.Connection,
) -> None:
    """Another huggg's stale fingerprint, and one of its own that is not stale, lead on."""
    await put(tables, "hugggs", id=3)
    await put(tables, "hugggs", id=13, position=2)
    for fingerprint, huggg in (("\\x11", 3), ("\\x12", 3), ("\\x13", 13)):
        await put(tables, "shortcodes", fingerprint=fingerprint, huggg_id=huggg)
    stale = [b"\x11", b"\x13"]
    [sealed] = await ran(tables, queries.reseal_hugggs, **{**HUGGG, "stale": stale})
    assert sealed["id"] == THREE
    codes = await tables.fetch("SELECT id, codes FROM hugggs ORDER BY id")
    assert codes == [(THREE, b"\2"), (UUID(int=13), b"\1")]
    rows = await tables.fetch(
        "SELECT fingerprint, huggg_id, redeem_fingerprint FROM shortcodes ORDER BY 1"
    )
    assert rows == [
        (b"\x12", THREE, None),
        (b"\x13", UUID(int=13), None),
        (b"\x22", THREE, b"\x32"),
    ]


async def test_a_huggg_that_was_sealed_anew_meanwhile_stays(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs", id=3, codes="\\x03")
    await put(tables, "shortcodes", fingerprint="\\x11", huggg_id=3)
    before = await standing(tables)
    assert await ran(tables, queries.reseal_hugggs, **HUGGG) == []
    assert await standing(tables) == before


async def test_a_huggg_that_is_found_by_its_new_fingerprint_already_is_sealed(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "hugggs", id=3)
    await put(tables, "shortcodes", fingerprint="\\x22", huggg_id=3)
    assert len(await ran(tables, queries.reseal_hugggs, **HUGGG)) == 1
    assert await tables.fetch("SELECT fingerprint FROM shortcodes") == [(b"\x22",)]
