"""Reading bodies: whatever is sent is read, or refused with the field named where there is one."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from huggg.kit.body import Name, read_body
from huggg.kit.errors import Invalid, Malformed, Refusal
from huggg.redemptions.wire import check_patch, location_asked

NOT_JSON = "The body is not valid JSON."
TOO_DEEP = "The body is nested too deeply."
HALF = "must not contain half a surrogate pair."


class Inner(Struct):
    text: Name = ""
    number: int = 0


class Shape(Struct):
    name: Name
    number: int = 0
    yes: bool = False
    inner: Inner | None = None
    items: list[Inner] = []


def refusal(body: bytes) -> tuple[type[Refusal], str]:
    with pytest.raises(Refusal) as refused:
        read_body(body, Shape)
    return refused.type, str(refused.value)


def test_what_fits_is_read_and_unknown_fields_are_ignored() -> None:
    body = (
        b'{"name": "a", "number": -5, "yes": true, "inner": {"text": "\\ud83d\\ude32"}, "more": [1e400]}'
    )
    assert read_body(body, Shape) == Shape("a", -5, yes=True, inner=Inner("\U0001f632"))


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"{",
        b'{"name": "a"',
        b'{"name": "a",}',
        b"{'name': 'a'}",
        b'{"name": "a"} x',
        b'{"name": "a"}{}',
        b'{"name": NaN}',
        b'{"name": "a", "number": NaN}',
        b'{"name": "a", "number": Infinity}',
        b'{"name": "a", "ignored": NaN}',
        b'{"name": "a", "number": 01}',
        b'{"name": "a", "number": +1}',
        b'{"name": "\x00"}',
        b'{"name": "\n"}',
        b'{"name": "\\x41"}',
        b'{"name": "\\u12"}',
        b'{"name": "\xff"}',
        b'{"name": "\xc3"}',
        b"\xff\xfe\x00",
        b"\x00",
        b'\xef\xbb\xbf{"name": "a"}',
        '{"name": "a"}'.encode("utf-16"),
        b"name=a&number=1",
        b"<name>a</name>",
    ],
)
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    assert refusal(body) == (Malformed, NOT_JSON)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "body: object missing required field name."),
        (b"{}", "body: object missing required field name."),
        (b"[]", "body: expected object, got array."),
        (b'[{"name": "a"}]', "body: expected object, got array."),
        (b"null", "body: expected object, got null."),
        (b"true", "body: expected object, got bool."),
        (b"5", "body: expected object, got int."),
        (b'"name"', "body: expected object, got str."),
        (b'{"name": null}', "name: expected str, got null."),
        (b'{"name": 5}', "name: expected str, got int."),
        (b'{"name": {}}', "name: expected str, got object."),
        (b'{"name": "a", "number": "5"}', "number: expected int, got str."),
        (b'{"name": "a", "number": 5.5}', "number: expected int, got float."),
        (b'{"name": "a", "number": true}', "number: expected int, got bool."),
        (b'{"name": "a", "number": 1e400}', "number: number out of range."),
        (b'{"name": "a", "number": 1' + b"0" * 5000 + b"}", "number: integer value out of range."),
        (b'{"name": "a", "yes": 0}', "yes: expected bool, got int."),
        (b'{"name": "a", "yes": "false"}', "yes: expected bool, got str."),
        (b'{"name": "a", "inner": []}', "inner: expected object | null, got array."),
        (b'{"name": "a", "inner": {"number": "x"}}', "inner.number: expected int, got str."),
        (b'{"name": "a", "items": {}}', "items: expected array, got object."),
        (b'{"name": "a", "items": [{}, {"number": null}]}', "items[1].number: expected int, got null."),
        (b'{"name": "' + b"x" * 256 + b'"}', "name: expected str of length <= 255."),
        (b'{"name": "a\\u0000b"}', "name: must not contain NUL."),
        (b'{"name": "a", "inner": {"text": "\\u0000"}}', "inner.text: must not contain NUL."),
        (b'{"name": "\\ud800"}', f"name: {HALF}"),
        (b'{"name": "a\\ud800b"}', f"name: {HALF}"),
        (b'{"name": "a\\udc00"}', f"name: {HALF}"),
        (b'{"name": "\\ud800\\ud800"}', f"name: {HALF}"),
        (b'{"name": "\xed\xa0\x80"}', f"name: {HALF}"),
        (b'{"name": "\\ude32\\ud83d"}', f"name: {HALF}"),
        (b'{"name": "a", "inner": {"text": "\\ud800"}}', f"inner.text: {HALF}"),
        (b'{"name": "a", "items": [{}, {"text": "\\ud800"}]}', f"items[1].text: {HALF}"),
        (b'{"name": "a", "\\n": {"\\u202e": ["\\ud800"]}}', f"'\\n'.'\\u202e'[0]: {HALF}"),
        (b'{"na\\ud800me": "a"}', f"'na\\ud800me': {HALF}"),
        (b'{"name": "a", "inner": {"\\udc00": 1}}', f"inner.'\\udc00': {HALF}"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_field(body: bytes, sentence: str) -> None:
    assert refusal(body) == (Invalid, sentence)


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a", "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"more": ' + b'{"more": ' * 100_000 + b"1" + b"}" * 100_001,
    ],
)
def test_what_is_nested_too_deeply_is_malformed(body: bytes) -> None:
    assert refusal(body) == (Malformed, TOO_DEEP)


@pytest.mark.parametrize("depth", [10, 300, 900, 990, 5000])
def test_half_a_pair_behind_deep_nesting_is_refused_like_any(depth: int) -> None:
    body = b'{"more": ' + b"[" * depth + b"]" * depth + b', "name": "\\ud800"}'
    kind, sentence = refusal(body)
    assert (kind, sentence) in {(Invalid, f"name: {HALF}"), (Malformed, NOT_JSON), (Malformed, TOO_DEEP)}


def test_a_megabyte_of_texts_deep_down_is_refused_in_no_time() -> None:
    deep, texts = 450, b'""' + b',""' * 300_000
    body = b'{"more": ' + b"[" * deep + texts + b"]" * deep + b', "name": "\\ud800"}'
    began = time.process_time()
    assert refusal(body) == (Invalid, f"name: {HALF}")
    assert time.process_time() - began < 2.0  # a walk that pays for the depth takes seven


def test_the_latest_of_two_equal_keys_counts() -> None:
    assert read_body(b'{"name": "a", "name": "b"}', Shape).name == "b"


texts = st.text('a1\0\n\ud83d\ude32é"\\\\', max_size=4)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(["name", "number", "yes", "inner", "items", "text"])


@given(st.dictionaries(fields, json_values, max_size=5), st.booleans())
def test_any_json_is_read_or_refused_with_one_sentence(document: object, ascii_only: bool) -> None:  # noqa: FBT001
    body = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    _read_or_refused(body)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_with_one_sentence(body: bytes) -> None:
    _read_or_refused(body)


def _read_or_refused(body: bytes) -> None:
    try:
        assert isinstance(read_body(body, Shape), Shape)
    except (Malformed, Invalid) as refused:
        sentence = str(refused)
        assert sentence.endswith(".")
        assert sentence.isprintable()
        sentence.encode()


# The till's two bodies -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"location_id": null}',
        b'{"location_id": 17}',
        b'{"location_id": ["bristol17"]}',
        b'{"location_id": {"id": "bristol17"}}',
        b'{"location_id": true}',
        b'{"location_id": "bristol17\\u0000"}',
        b'{"location_id": "' + b"x" * 256 + b'"}',
        b'{"location": "bristol17"}',
    ],
)
def test_what_cannot_be_a_location_is_none_and_waits_for_its_turn_to_be_refused(body: bytes) -> None:
    assert location_asked(body) is None


def test_a_location_is_read_as_it_is_written() -> None:
    assert location_asked(b'{"location_id" : "bristol17", "till": 4}') == "bristol17"
    assert location_asked('{"location_id": " Bristol é "}'.encode()) == " Bristol é "


@pytest.mark.parametrize(
    ("body", "kind", "sentence"),
    [
        (b"{", Malformed, NOT_JSON),
        (b"[]", Invalid, "body: expected object, got array."),
        (b'{"location_id": "\\ud800"}', Invalid, f"location_id: {HALF}"),
        (b'{"location_id": NaN}', Malformed, NOT_JSON),
        (b'{"location_id": ' + b"[" * 5000 + b"]" * 5000 + b"}", Malformed, TOO_DEEP),
    ],
)
def test_a_redemption_that_cannot_be_read_is_refused(
    body: bytes, kind: type[Refusal], sentence: str
) -> None:
    with pytest.raises(kind) as refused:
        location_asked(body)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "body: object missing required field redeemed."),
        (b'{"redeemed": true}', "redeemed: can only be set to false; redeem again to set it to true."),
        (b'{"redeemed": 0}', "redeemed: expected bool, got int."),
        (b'{"redeemed": "false"}', "redeemed: expected bool, got str."),
        (b'{"redeemed": null}', "redeemed: expected bool, got null."),
    ],
)
def test_the_only_valid_patch_is_redeemed_false(body: bytes, sentence: str) -> None:
    check_patch(b'{"redeemed": false, "location_id": "ignored"}')
    with pytest.raises(Invalid) as refused:
        check_patch(body)
    assert str(refused.value) == sentence
