"""The offline code: each field at its byte, and no byte of it that could be another."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from huggg.kit.base45 import base45, read_base45
from huggg.kit.codes import Vault
from huggg.offline.code import (
    CODE_BYTES,
    PREFIX,
    OfflineFacts,
    brands_name,
    offline_code,
    product_name,
    read_offline_code,
)

VAULT = Vault({1: b"o" * 32, 258: b"n" * 32})
FACTS = OfflineFacts(
    key=258,
    huggg_id=UUID("f204ed28-b230-4d0a-8c63-48e65a070f35"),
    product=product_name(UUID(int=7)),
    brands=brands_name([UUID(int=3), UUID(int=2)]),
    value=350,
    ends_at=datetime(2027, 3, 28, tzinfo=UTC),
    sequence=1,
)
CODE = offline_code(FACTS, VAULT.sign)
RAW = read_base45(CODE.removeprefix(PREFIX))
PAGE = Path(__file__).parents[2] / "docs/reference/offline-codes.md"


def test_each_field_is_at_its_byte() -> None:
    assert len(RAW) == CODE_BYTES
    assert RAW[0:2] == b"\x01\x02"
    assert RAW[2:18] == FACTS.huggg_id.bytes
    assert RAW[18:22] == sha256(UUID(int=7).bytes).digest()[:4]
    assert RAW[22:26] == sha256(UUID(int=2).bytes + UUID(int=3).bytes).digest()[:4]
    assert RAW[26:30] == (350).to_bytes(4, "big")
    quarters = int(FACTS.ends_at.timestamp()) // 900
    assert RAW[30:33] == quarters.to_bytes(3, "big")
    assert RAW[33] == 1
    public = Ed25519PublicKey.from_public_bytes(VAULT.public_keys[258])
    public.verify(RAW[34:], b"huggg offline code 1\0" + RAW[:34])  # raises unless it is the signature


def test_a_code_is_read_as_it_was_written() -> None:
    assert read_offline_code(CODE, VAULT.verifies) == FACTS


def test_the_text_has_the_symbols_that_a_qr_code_packs_tightest() -> None:
    assert re.fullmatch(r"HUGGG1:[0-9A-Z $%*+./:-]{147}", CODE)
    assert not CODE.endswith(" ")  # which forms and scanners trim


@given(st.integers(0, CODE_BYTES - 1), st.integers(1, 255))
def test_no_byte_of_a_code_can_be_another(at: int, change: int) -> None:
    changed = bytearray(RAW)
    changed[at] ^= change
    with pytest.raises(ValueError, match="signature"):
        read_offline_code(PREFIX + base45(bytes(changed)), VAULT.verifies)


@pytest.mark.parametrize(
    "text",
    ["", "HUGGG1:", CODE[:-3], CODE + "000", CODE.removeprefix(PREFIX), CODE.lower(), CODE[:-1] + "é"],
)
def test_another_text_is_no_code(text: str) -> None:
    with pytest.raises(ValueError, match=r"offline code|symbol"):
        read_offline_code(text, VAULT.verifies)


def test_a_code_of_another_installation_is_refused() -> None:
    with pytest.raises(ValueError, match="signature"):
        read_offline_code(CODE, Vault({258: b"f" * 32}).verifies)
    with pytest.raises(ValueError, match="signature"):
        read_offline_code(CODE, Vault({1: b"o" * 32}).verifies)


def test_a_key_is_the_same_in_every_process_and_a_new_one_changes_no_older_one() -> None:
    assert Vault({1: b"o" * 32}).public_keys == {1: VAULT.public_keys[1]}
    assert VAULT.public_keys[1] != VAULT.public_keys[258]
    assert list(VAULT.public_keys) == [1, 258]


def test_a_key_that_was_added_meanwhile_is_found() -> None:
    vault = Vault({1: b"o" * 32}, lambda: {1: b"o" * 32, 258: b"n" * 32})
    assert read_offline_code(CODE, vault.verifies) == FACTS


def test_a_code_ends_with_the_huggg_and_never_later() -> None:
    late = replace(FACTS, ends_at=FACTS.ends_at + timedelta(minutes=14))
    assert read_offline_code(offline_code(late, VAULT.sign), VAULT.verifies).ends_at == FACTS.ends_at


@pytest.mark.parametrize(
    ("value", "sequence", "fit"),
    [(2**32 - 1, 255, True), (2**32, 0, False), (350, 256, False)],
)
def test_facts_fit_or_there_is_no_code(value: int, sequence: int, *, fit: bool) -> None:
    assert replace(FACTS, value=value, sequence=sequence).fit() is fit


def test_the_set_of_brands_has_one_name_in_any_order() -> None:
    assert brands_name([UUID(int=2), UUID(int=3), UUID(int=2)]) == FACTS.brands
    assert brands_name([UUID(int=2)]) != FACTS.brands


def test_the_program_of_the_page_reads_a_code() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    known: dict[str, Any] = {}
    exec(program, known)  # noqa: S102 - the page is ours
    parts = known["read_code"](CODE, VAULT.public_keys)
    assert parts == {
        "key": 258,
        "huggg": str(FACTS.huggg_id),
        "product": FACTS.product,
        "brands": FACTS.brands,
        "value": 350,
        "ends": FACTS.ends_at,
        "sequence": 1,
    }


def test_the_page_has_the_layout_of_the_module() -> None:
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    module = (PAGE.parents[2] / "src/huggg/offline/code.py").read_text("utf-8")
    assert rows == re.findall(r"^\| (\d+) \| (\d+) \| (.+) \|$", module, re.MULTILINE)
    sizes = [(int(at), int(size)) for at, size, _ in rows]
    assert [at for at, _ in sizes] == [sum(size for _, size in sizes[:n]) for n in range(len(sizes))]
    assert sum(size for _, size in sizes) == CODE_BYTES
