"""Rotate keys: every code is sealed again under the newest key, while servers run.

The words of messages get fingerprints under the newest key, too. Each row is guarded by its old value: a
row that changed meanwhile is left to the next round. A finished row carries the new key's number, so a
repeated command continues an interrupted rotation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries, Statement
from huggg.hugggs.huggg import HugggCodes
from huggg.hugggs.message_text import purchase_message
from huggg.hugggs.reference import REDEEM_CODE
from huggg.hugggs.store import queries as of_hugggs
from huggg.hugggs.store import sealed_for
from huggg.hugggs.voucher_code import VoucherCode
from huggg.hugggs.voucher_seal import code_sealed_for, open_voucher, voucher_sealed_for
from huggg.hugggs.word_fingerprints import fingerprint_words
from huggg.identity.username import username_key
from huggg.keys.sealed_columns import RESEALED
from huggg.kit.codes import Vault
from huggg.people.found_by import (
    ADDRESS,
    EXACT_USERNAME,
    email_fingerprint,
    phone_fingerprint,
)
from huggg.people.person_key import PersonKey, reseal_person_key
from huggg.people.personal_data import ERASED, open_personal
from huggg.transactions.group_link import KIND, open_group_link, seal_group_link
from huggg.vouchers.issuers.issuer import code_kind

CHUNK = 5_000

queries = Queries(__file__, "rotate.sql")

Reseal = Callable[[Vault, Record], dict[str, Any]]


async def rotate_keys(
    database: Database, vault: Vault, *, on_progress: Callable[[str, int], object] = lambda _, __: None
) -> dict[str, int]:
    """Seal every code, and fingerprint all words, under the newest key; count the rows by table."""
    work: dict[str, tuple[Statement, Statement, Reseal]] = {
        "hugggs": (queries.old_hugggs, queries.reseal_hugggs, _huggg),
        "codes": (queries.old_codes, queries.reseal_codes, _code),
        # After the codes: a voucher that is drawn meanwhile has the seal of its code.
        "vouchers": (queries.old_vouchers, queries.reseal_vouchers, _voucher),
        "people": (queries.old_people, queries.reseal_people, _person),
        "messages": (queries.old_messages, of_hugggs.keep_words, _message),
        "group_links": (queries.old_group_links, queries.reseal_group_links, _group_link),
        **{each.table: (each.find, each.reseal, each.resealed) for each in RESEALED},
    }
    counts = dict.fromkeys(work, 0)
    for table, (find, reseal, renewed) in work.items():
        while old := await database.bulk(find, newest=vault.newest, size=CHUNK):
            rows = [renewed(vault, row) for row in old]
            columns = {name: [row[name] for row in rows] for name in rows[0]}
            resealed_rows = await database.bulk(reseal, **columns)
            counts[table] += len(resealed_rows)
            on_progress(table, counts[table])
    return counts


def _huggg(vault: Vault, row: Record) -> dict[str, Any]:
    bound_to = sealed_for(row["id"])
    packed = vault.open(row["codes"], bound_to=bound_to)
    codes = HugggCodes.unpacked(packed)
    newest, *stale = vault.fingerprints("shortcode", codes.shortcode)
    return {
        "ids": row["id"],
        "olds": row["codes"],
        "news": vault.seal(packed, bound_to=bound_to),
        "fingerprints": newest,
        "redeem_fingerprints": vault.fingerprint(REDEEM_CODE, codes.redeem_code),
        "stale": stale,
    }


def _voucher(vault: Vault, row: Record) -> dict[str, Any]:
    """Give a code its voucher's own seal; it may have been in its pool's."""
    huggg_id, voucher_id = row["huggg_id"], row["id"]
    secret = open_voucher(vault, row["code"], huggg_id=huggg_id, voucher_id=voucher_id)
    return {
        "huggg_ids": huggg_id,
        "ids": voucher_id,
        "olds": row["code"],
        "news": vault.seal(secret.packed(), bound_to=voucher_sealed_for(huggg_id, voucher_id)),
    }


def _code(vault: Vault, row: Record) -> dict[str, Any]:
    brand_id = row["brand_id"]
    secret = vault.open(row["code"], bound_to=code_sealed_for(brand_id, row["fingerprint"]))
    fingerprint = vault.fingerprint(code_kind(brand_id), VoucherCode.unpacked(secret).code)
    return {
        "brand_ids": brand_id,
        "fingerprints": row["fingerprint"],
        "new_fingerprints": fingerprint,
        "news": vault.seal(secret, bound_to=code_sealed_for(brand_id, fingerprint)),
    }


def _message(vault: Vault, row: Record) -> dict[str, Any]:
    words = fingerprint_words(vault, purchase_message(vault, row), sender_id=row["sender_id"])
    return {
        "ids": row["transaction_id"],
        "olds": row["word_key"],
        "news": words.key,
        "fingerprints": words.fingerprints,
    }


def _group_link(vault: Vault, row: Record) -> dict[str, Any]:
    link = open_group_link(vault, row["sealed"], row["transaction_id"])
    return {
        "ids": row["transaction_id"],
        "olds": row["sealed"],
        "news": seal_group_link(vault, link, row["transaction_id"]),
        "fingerprints": vault.fingerprint(KIND, link.code),
    }


def _person(vault: Vault, row: Record) -> dict[str, Any]:
    key = PersonKey(row["person_id"], row["key"])
    data = ERASED if row["personal"] is None else open_personal(vault, row["personal"], key)
    number = data.phone_number
    return {
        "ids": row["person_id"],
        "olds": row["key"],
        "news": reseal_person_key(vault, key).sealed,
        "usernames": _of_username(vault, data.username, exact=row["exact_username"]),
        "emails": None if data.email is None else email_fingerprint(vault, data.email),
        "phones": None if number is None else phone_fingerprint(vault, number),
    }


def _of_username(vault: Vault, username: str | None, *, exact: bool) -> bytes | None:
    if username is None:
        return None
    kind, spelling = (EXACT_USERNAME, username) if exact else (ADDRESS, username_key(username))
    return vault.fingerprint(kind, spelling)
