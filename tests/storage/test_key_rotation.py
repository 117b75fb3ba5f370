"""Keys are rotated while all goes on, and a rotation that dies is finished by the next."""

from __future__ import annotations

import secrets
from dataclasses import replace
from uuid import UUID

import pytest

from huggg.database.doctor import examine
from huggg.database.pool import Database
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.reference import till_reference
from huggg.hugggs.store import load_hugggs, lookup_huggg
from huggg.hugggs.store import queries as of_hugggs
from huggg.hugggs.thank import find_thanks, thank
from huggg.hugggs.typed import resolve_typed
from huggg.hugggs.word_fingerprints import fingerprint_words
from huggg.identity.caller import Caller
from huggg.keys import rotate as rotating
from huggg.keys.load import load_vault
from huggg.keys.rotate import rotate_keys
from huggg.keys.sealed_columns import RESEALED, SealedColumn
from huggg.kit.codes import Vault
from huggg.kit.limits import Buckets
from huggg.passes.gift_pass import PassKind
from huggg.passes.store import add_pass, find_pass, find_pass_by_token
from huggg.redemptions.store_pin import set_pin
from huggg.server import services
from huggg.settings.settings import Settings
from tests.support.groups import buy_for_group, join_group
from tests.support.guards import Row
from tests.support.keys import TEST_KEYS
from tests.support.life import lookup_of
from tests.support.merchants import add_merchant, load
from tests.support.rows import AT, put
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import World

AS_DRAWN = 0  # in place of a key's number
NEW_KEY = secrets.token_bytes(32)


@pytest.fixture
def vaults(monkeypatch: pytest.MonkeyPatch) -> list[Vault]:
    """The vaults of the applications that start from now on."""
    loaded: list[Vault] = []

    def load(settings: Settings) -> Vault:
        loaded.append(load_vault(settings))
        return loaded[-1]

    monkeypatch.setattr(services, "load_vault", load)
    return loaded


class KilledError(Exception):
    """The process is gone."""


def dies(table: str, _: int) -> None:
    if table == "codes":
        raise KilledError


async def numbers(world: World, table: str, column: str) -> set[int]:
    query = f"SELECT DISTINCT get_byte({column}, 1) AS n FROM {table}"  # noqa: S608
    async with world.platform.database.transaction() as connection:
        return {row["n"] for row in await connection.fetch(query)}


async def test_the_phone_of_a_pass_keeps_its_token_over_a_rotation(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    (bought,) = await world.buy()
    pass_id = await add_pass(database, vault, bought["shortcode"], PassKind.APPLE, language="en-GB")
    assert pass_id is not None
    kept = await find_pass(database, vault, pass_id)
    assert kept is not None
    done = await rotate_keys(database, Vault({**TEST_KEYS, 2: NEW_KEY}))
    assert done["passes"] == 1
    after = await find_pass_by_token(database, Vault({2: NEW_KEY}), pass_id, kept.token)
    assert after is not None
    assert after.token == kept.token


async def test_a_rotation_that_is_killed_half_way_is_finished_by_the_next(
    vaults: list[Vault], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "CHUNK", 2)
    database = world.platform.database
    cinema = await add_merchant(world.platform, 4)
    minting = await add_merchant(world.platform, 1)
    region = str(cinema.segments[0])
    await load(world.platform, cinema.segments[0], [f"KX{n:02d}-9QPLM2" for n in range(5)])
    shown, fresh = await world.buy(cinema.product, quantity=2)
    (minted,) = await world.buy(minting.product, message="Enjoy the film")
    await set_pin(database, world.platform.vault, "bristol17", "4711")
    _, group = await buy_for_group(world, 2)
    taken = await join_group(world, group, "dee@example.org")
    thanked = (await load_hugggs(database, world.platform.vault, [UUID(fresh["id"])])).hugggs[0]
    await thank(database, world.platform.vault, lookup_of(database, thanked), "Thank you")
    path = f"/api/v2/hugggs/{shown['shortcode']}/voucher"
    before = (await world.call("POST", path, world.amara, {"segmentId": region})).json()

    vault = Vault({**TEST_KEYS, 2: NEW_KEY})
    with pytest.raises(KilledError):
        await rotate_keys(database, vault, on_progress=dies)
    assert await numbers(world, "codes", "code") == {1, 2}
    assert await numbers(world, "vouchers", "code") == {AS_DRAWN, 1}
    assert [finding.rule for finding in await examine(database) if finding.rows] == []

    people = await scalar(database, "SELECT count(*) FROM person_keys")
    done = await rotate_keys(database, vault)
    later = {"people": people, "messages": 1, "thanks": 1, "location_pins": 1, "group_links": 1}
    others = {"issuers": 0, "own_messages": 0, "deliveries": 0, "idempotency_keys": 0, "tokens": 0}
    assert done == {"hugggs": 0, "codes": 4, "vouchers": 2, "passes": 0, **later, **others}
    assert list(done).index("codes") < list(done).index("vouchers")  # some are drawn in between
    assert await numbers(world, "location_pins", "pin") == await numbers(world, "thanks", "text") == {2}
    assert await numbers(world, "group_links", "sealed") == {2}
    for table, column in (("hugggs", "codes"), ("codes", "code"), ("vouchers", "code")):
        assert await numbers(world, table, column) == {2}
    assert await numbers(world, "person_keys", "key") == {2}

    for running in (world.platform.vault, *vaults):  # as processes do when the key file changes
        running._learn(vault._keys)
    after = (await world.call("POST", path, world.amara, {"segmentId": region})).json()
    assert after == before
    assert await join_group(world, group, "dee@example.org") == taken
    kept = await find_thanks(database, vault, thanked.id)
    assert kept is not None
    assert kept.text == "Thank you"
    again = await load(world.platform, cinema.segments[0], ["KX00-9QPLM2", "KX77-ZZZZZZ"])
    assert again.imported == 1
    drawn = await world.call(
        "POST", f"/api/v2/hugggs/{fresh['shortcode']}/voucher", world.amara, {"segmentId": region}
    )
    assert drawn.status_code == 200
    assert (await rotate_keys(database, vault))["vouchers"] == 0  # the seal of its pool is new
    assert await numbers(world, "vouchers", "code") == {AS_DRAWN, 2}
    values = {"query": {"bool": {"must": [{"match": {"message": "film"}}]}}}
    response = await world.call("POST", "/api/v2/search", world.amara, values)
    assert [huggg["id"] for huggg in response.json()["data"]] == [minted["id"]]
    shown_again = await world.call("GET", f"/api/v2/hugggs/{minted['shortcode']}", world.amara)
    assert shown_again.json()["data"]["code"] == minted["code"]
    assert [finding.rule for finding in await examine(database) if finding.rows] == []


async def test_a_till_finds_the_huggg_of_a_typed_code_over_a_rotation(world: World) -> None:
    """The rotation comes between the look at the redeem code and the look at the huggg."""
    (huggg,) = await world.buy()
    database, vault = world.platform.database, Vault({**TEST_KEYS, 2: NEW_KEY})
    guesses = Guesses(Buckets(database, vault), 100, world.platform.meter)
    link = await resolve_typed(
        replace(world.platform, vault=vault),
        till_reference(vault, huggg["redeem_code"]),
        caller=Caller("till", brand_id=world.harbour),
        guesses=guesses,
    )
    assert (await rotate_keys(database, vault))["hugggs"] == 1
    assert str((await lookup_huggg(database, link).row())["id"]) == huggg["id"]
    assert [finding.rule for finding in await examine(database) if finding.rows] == []


async def test_a_message_is_found_under_whichever_key_its_words_are_kept(
    vaults: list[Vault], world: World
) -> None:
    """As amid a rotation: the first message is under the new key already, the second is not."""
    first, second = [(await world.buy(message=f"Happy birthday, {name}"))[0] for name in ("Bo", "Al")]
    vault = Vault({**TEST_KEYS, 2: NEW_KEY})
    for running in vaults:
        running._learn(vault._keys)
    words = fingerprint_words(vault, "Happy birthday, Bo", sender_id=world.amara.id)
    await world.platform.database.rows(
        of_hugggs.keep_words,
        ids=[UUID(first["transaction_id"])],
        olds=[1],
        news=[words.key],
        fingerprints=[words.fingerprints],
    )
    keys = await sql(world.platform.database, "SELECT word_key FROM transactions ORDER BY id")
    assert [row["word_key"] for row in keys] == [2, 1]
    message = {"query": "happy birthday", "operator": "and"}
    for condition in (message, "birthday"):
        values = {"query": {"bool": {"must": [{"match": {"message": condition}}]}}}
        response = await world.call("POST", "/api/v2/search", world.amara, values)
        assert [huggg["id"] for huggg in response.json()["data"]] == [second["id"], first["id"]]


async def test_a_code_moved_to_another_row_does_not_open(world: World) -> None:
    minting = await add_merchant(world.platform, 1)
    mine, yours = await world.buy(minting.product, quantity=2)
    await sql(
        world.platform.database,
        "UPDATE vouchers SET code = (SELECT code FROM vouchers WHERE huggg_id = $1) WHERE huggg_id = $2",
        yours["id"],
        mine["id"],
    )
    shown = await world.call("GET", f"/api/v2/hugggs/{mine['id']}", world.amara)
    assert shown.status_code == 500
    assert yours["code"] not in shown.text


NEEDED: dict[str, Row] = {
    "issuers": {"kind": "http", "url": "https://codes.test", "secret": "\\x01"},
    "own_messages": {"message": "\\x01"},
    "idempotency_keys": {"status": 201, "answer": "\\x01"},
    "tokens": {"spent_at": AT, "successor": "\\x01"},
}
"""The values of a row beside its defaults, so that it has a sealed one."""

FOREIGN_KEYS = "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = $1::text::regclass"


@pytest.mark.parametrize("column", RESEALED, ids=lambda column: column.table)
async def test_each_sealed_column_is_sealed_again_unless_it_changed_meanwhile(
    column: SealedColumn, database: Database, vault: Vault
) -> None:
    read = f"SELECT * FROM {column.table}"  # noqa: S608 - names of the code's own, as below
    async with database.transaction() as connection:
        for name in await connection.fetch(FOREIGN_KEYS, column.table):
            await connection.execute(f"ALTER TABLE {column.table} DROP CONSTRAINT {name['conname']}")
        await put(connection, column.table, **NEEDED.get(column.table, {}))
        bound_to = column.bound_to(await connection.fetchrow(read))
        sealed = vault.seal(b"secret", bound_to=bound_to)
        write = f"UPDATE {column.table} SET {column.column} = $1"  # noqa: S608
        await connection.execute(write, sealed)
    both = Vault({**TEST_KEYS, 2: NEW_KEY})
    assert [(await rotate_keys(database, both))[column.table] for _ in range(2)] == [1, 0]
    [row] = await sql(database, read)
    assert Vault({2: NEW_KEY}).open(row[column.column], bound_to=bound_to) == b"secret"
    late = {**{name: [row[name]] for name in column.key}, "old": [sealed], "new": [b"late"]}
    async with nothing_moves(database):
        await database.rows(column.reseal, **late)
