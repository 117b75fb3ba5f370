"""Codes that are worth money: sealed to their row, found by fingerprint, under numbered keys."""

from __future__ import annotations

import string
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.kit import codes
from huggg.kit.codes import BASE62, KeysInDoubtError, SealBrokenError, Vault, random_text, random_texts

OLD, NEW, FOREIGN = b"o" * 32, b"n" * 32, b"f" * 32
DERIVED = "FECSQMdzLUZb"
ROW, OTHER_ROW = b"hugggs.codes\0one", b"hugggs.codes\0two"


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_a_sealed_secret_opens_for_its_row(secret: bytes, row: bytes) -> None:
    vault = Vault({1: OLD})
    sealed = vault.seal(secret, bound_to=row)
    assert vault.open(sealed, bound_to=row) == secret
    assert len(sealed) == len(secret) + 30


def test_secrets_sealed_for_many_rows_open_for_each_and_for_no_other() -> None:
    vault = Vault({1: OLD, 2: NEW})
    one, two = vault.seal_many([(b"FIRST", ROW), (b"SECOND", OTHER_ROW)])
    assert vault.open(one, bound_to=ROW) == b"FIRST"
    assert vault.open(two, bound_to=OTHER_ROW) == b"SECOND"
    assert (one[:2], two[:2]) == (b"\0\2", b"\0\2")  # the newest key's number
    assert one[2:14] != two[2:14]  # no nonce is used twice
    assert (len(one), len(two)) == (5 + 30, 6 + 30)
    with pytest.raises(SealBrokenError):
        vault.open(two, bound_to=ROW)


def test_more_rows_than_are_sealed_at_once_are_all_sealed_in_their_order() -> None:
    vault = Vault({1: OLD})
    secrets = [b"%d" % number for number in range(2 * codes.SEALED_AT_ONCE + 1)]
    sealed = vault.seal_many((secret, ROW) for secret in secrets)
    assert [vault.open(each, bound_to=ROW) for each in sealed] == secrets
    assert len({each[2:14] for each in sealed}) == len(secrets)  # no nonce is used twice


def test_a_derived_text_stays_what_it_was_whatever_keys_are_added() -> None:
    assert Vault({1: OLD}).derive_text("demo", 12) == DERIVED
    assert Vault({1: OLD, 2: NEW}).derive_text("demo", 12) == DERIVED
    assert Vault({1: FOREIGN}).derive_text("demo", 12) != DERIVED


SEALED_LONG_AGO = bytes.fromhex(
    "00012976f4ec501fd7b897ec780cab7fe11fe794a8635e2fb81bbfda423baf416e6286c76b0200"
)


def test_secrets_stored_since_the_first_release_open_and_are_found() -> None:
    vault = Vault({1: OLD})
    assert vault.open(SEALED_LONG_AGO, bound_to=ROW) == b"TEST_CODE"
    fingerprint = vault.fingerprint("shortcode", "TEST_CODE")
    assert fingerprint.hex() == "95252e86e31d82a4f0e28a2a263418fb"


def test_a_vault_of_many_keys_finds_under_the_newest_first() -> None:
    keys = {1: OLD, 2: NEW, 3: FOREIGN}
    alone = [Vault({n: key}).fingerprint("shortcode", "TEST_CODE") for n, key in keys.items()]
    assert Vault(keys).fingerprints("shortcode", "TEST_CODE") == alone[::-1]


def test_the_sealed_text_shows_nothing_and_is_another_each_time() -> None:
    vault = Vault({1: OLD})
    one, two = (vault.seal(b"TEST_CODE", bound_to=ROW) for _ in range(2))
    assert one != two
    assert b"TEST_CODE" not in one


def test_a_code_moved_to_another_row_does_not_open() -> None:
    vault = Vault({1: OLD})
    with pytest.raises(SealBrokenError, match="does not belong here"):
        vault.open(vault.seal(b"TEST_CODE", bound_to=ROW), bound_to=OTHER_ROW)


def test_a_sealed_code_of_which_any_byte_was_changed_does_not_open() -> None:
    vault = Vault({1: OLD})
    sealed = vault.seal(b"TEST_CODE", bound_to=ROW)
    for place in range(len(sealed)):
        tampered = bytearray(sealed)
        tampered[place] ^= 1
        with pytest.raises(SealBrokenError):
            vault.open(bytes(tampered), bound_to=ROW)


@pytest.mark.parametrize("length", [0, 1, 2, 13, 14, 29])
def test_a_sealed_code_that_was_cut_does_not_open(length: int) -> None:
    vault = Vault({1: OLD})
    sealed = vault.seal(b"TEST_CODE", bound_to=ROW)
    with pytest.raises(SealBrokenError):
        vault.open(sealed[:length], bound_to=ROW)


def test_the_newest_key_seals_and_every_key_opens() -> None:
    before, after = Vault({1: OLD}), Vault({1: OLD, 2: NEW})
    assert after.open(before.seal(b"kept", bound_to=ROW), bound_to=ROW) == b"kept"
    sealed = after.seal(b"new", bound_to=ROW)
    assert sealed[:2] == b"\0\2"
    assert Vault({2: NEW}).open(sealed, bound_to=ROW) == b"new"
    with pytest.raises(SealBrokenError, match="not configured"):
        before.open(sealed, bound_to=ROW)


def test_the_same_number_on_another_key_opens_nothing() -> None:
    with pytest.raises(SealBrokenError):
        Vault({1: FOREIGN}).open(Vault({1: OLD}).seal(b"kept", bound_to=ROW), bound_to=ROW)


def test_a_code_stored_under_an_older_key_is_still_found() -> None:
    stored = Vault({1: OLD}).fingerprint("shortcode", "jcsk2df4sphbgl7f")
    rotated = Vault({1: OLD, 7: NEW})
    presented = rotated.fingerprints("shortcode", "jcsk2df4sphbgl7f")
    assert presented == [rotated.fingerprint("shortcode", "jcsk2df4sphbgl7f"), stored]
    assert stored not in Vault({7: NEW}).fingerprints("shortcode", "jcsk2df4sphbgl7f")


@given(st.text("aZ9\0\ud800é", max_size=30))
def test_fingerprints_are_stable_short_and_tell_kinds_apart(code: str) -> None:
    vault = Vault({1: OLD})
    fingerprint = vault.fingerprint("access", code)
    assert len(fingerprint) == 16
    assert fingerprint == Vault({1: OLD}).fingerprint("access", code)
    assert fingerprint != vault.fingerprint("refresh", code)
    assert fingerprint != Vault({1: FOREIGN}).fingerprint("access", code)


def test_a_presented_code_may_be_any_text_at_all() -> None:
    for code in ("", "\0", "\ud800", "é", "x" * 100_000):
        assert len(Vault({1: OLD}).fingerprint("shortcode", code)) == 16


def test_derived_texts_are_the_same_at_every_call_and_of_the_oldest_key() -> None:
    vault = Vault({1: OLD})
    text = vault.derive_text("demo amara", 43)
    assert len(text) == 43
    assert set(text) <= set(BASE62)
    assert (
        text
        == vault.derive_text("demo amara", 43)
        == Vault({2: NEW, 1: OLD}).derive_text("demo amara", 43)
    )
    assert text != vault.derive_text("demo bo", 43)
    assert text != Vault({1: FOREIGN}).derive_text("demo amara", 43)


def test_a_vault_without_a_key_is_no_vault() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Vault({})


@given(st.integers(0, 60), st.sampled_from([BASE62, string.digits, "ab", "x"]))
def test_random_text_has_its_length_and_only_symbols_of_its_alphabet(length: int, alphabet: str) -> None:
    text = random_text(length, alphabet)
    assert len(text) == length
    assert set(text) <= set(alphabet)


def test_random_text_favours_no_symbol_and_no_place() -> None:
    texts = random_texts(6200, 16)
    assert len(set(texts)) == 6200
    for place in (0, 7, 15):  # about 100 each; six standard deviations either side
        counts = Counter(text[place] for text in texts)
        assert set(counts) == set(BASE62)
        assert all(40 <= count <= 160 for count in counts.values())


@pytest.mark.parametrize("moment", ["while it is learned", "when it seals"])
def test_an_answer_to_a_thread_while_a_key_comes_is_not_kept(
    moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large purchases seal in threads, which may be anywhere in the vault at that moment."""
    keys = {1: OLD}
    vault = Vault(keys, lambda: dict(keys))
    derive = codes._derive

    def meanwhile(key: bytes, info: bytes) -> bytes:
        vault.finders("shortcode")
        return derive(key, info)

    monkeypatch.setattr(codes, "_derive", meanwhile)
    keys[2] = NEW
    vault.reload()
    if moment == "when it seals":
        vault.rely_on(keys, newest=2)
    fingerprints = vault.fingerprints("shortcode", "jcsk2df4sphbgl7f")
    expected = Vault(keys).fingerprints("shortcode", "jcsk2df4sphbgl7f")
    assert sorted(fingerprints) == sorted(expected)
    assert (fingerprints == expected) == (moment == "when it seals")


def test_a_new_key_opens_and_finds_at_once_and_seals_when_it_is_in_use() -> None:
    keys = {1: OLD}
    vault, other = Vault(keys, lambda: dict(keys)), Vault({1: OLD, 2: NEW})
    sealed = other.seal(b"code", bound_to=ROW)
    with pytest.raises(SealBrokenError, match="not configured"):
        vault.open(sealed, bound_to=ROW)
    keys[2] = NEW
    assert vault.open(sealed, bound_to=ROW) == b"code"
    assert other.fingerprint("k", "c") in vault.fingerprints("k", "c")
    assert (vault.newest, vault.seal(b"code", bound_to=ROW)[:2]) == (1, b"\0\1")
    vault.rely_on(keys, newest=2)
    assert (vault.newest, vault.seal(b"code", bound_to=ROW)[:2]) == (2, b"\0\2")


def test_a_vault_that_lacks_a_key_finds_nothing_rather_than_too_little() -> None:
    vault = Vault({1: OLD})
    vault.rely_on({1, 2}, newest=1, lacks={2})
    assert (vault.lacks, vault.doubt) == ([2], "This server lacks key 2 of the database.")
    for look_up in (vault.fingerprint, vault.fingerprints):
        with pytest.raises(KeysInDoubtError):
            look_up("shortcode", "jcsk2df4sphbgl7f")
    with pytest.raises(KeysInDoubtError):
        vault.open(Vault({2: NEW}).seal(b"code", bound_to=ROW), bound_to=ROW)
    assert vault.open(Vault({1: OLD}).seal(b"code", bound_to=ROW), bound_to=ROW) == b"code"
    vault.rely_on({1, 2}, newest=1)
    assert vault.doubt is None


def test_a_vault_that_has_not_heard_for_long_finds_nothing() -> None:
    vault = Vault({1: OLD})
    vault.rely_on({1}, newest=1, until=time.monotonic() + 60)
    assert vault.doubt is None
    vault.rely_on({1}, newest=1, until=time.monotonic() - 1)
    assert vault.doubt == "This server has not heard for some time which keys are in use."
    with pytest.raises(KeysInDoubtError):
        vault.finders("shortcode")


def test_a_key_in_use_is_kept_whatever_becomes_of_its_file_and_one_that_is_not_is_replaced() -> None:
    keys = {1: OLD, 2: FOREIGN}
    vault = Vault(keys, lambda: dict(keys))
    vault.rely_on({1}, newest=1)
    keys.clear()
    keys.update({2: NEW})
    vault.reload()
    assert vault.checks == Vault({1: OLD, 2: NEW}).checks
