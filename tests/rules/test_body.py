"""Reading bodies: every body is read, or refused with the field named where there is one."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct, field

from huggg.http.body import Name, check_charset, is_compressed, read_body
from huggg.http.leniency import LenientBody
from huggg.http.request_context import CURRENT, RequestContext
from huggg.kit.errors import Invalid, Malformed
from huggg.redemptions.sale import NO_SALE, Sale
from huggg.redemptions.wire import RedemptionRead, check_patch
from huggg.refusal import Refusal

NOT_JSON = "The body is not valid JSON."
TOO_DEEP = "The body is nested too deeply."
HALF = "must not contain half a surrogate pair."


class Inner(LenientBody):
    text: Name = ""
    number: int = 0


class Shape(LenientBody):
    name: Name
    number: int = 0
    yes: bool = False
    inner: Inner | None = None
    items: list[Inner] = field(default_factory=list)


def refusal(body: bytes) -> tuple[type[Refusal], str]:
    with pytest.raises(Refusal) as refused:
        read_body(body, Shape)
    return refused.type, str(refused.value)


def test_a_body_that_fits_is_read_and_unknown_fields_are_ignored() -> None:
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
        b'\xef\xbb\xbf\xef\xbb\xbf{"name": "a"}',
        b"name=a&number=1",
        b"<name>a</name>",
    ],
)
def test_a_body_that_is_not_json_is_malformed(body: bytes) -> None:
    assert refusal(body) == (Malformed, NOT_JSON)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "name: is required."),
        (b"{}", "name: is required."),
        (b"[]", "body: must be an object."),
        (b'[{"name": "a"}]', "body: must be an object."),
        (b"null", "body: must be an object."),
        (b"true", "body: must be an object."),
        (b"5", "body: must be an object."),
        (b'"name"', "body: must be an object."),
        (b'{"name": null}', "name: must be text of at most 255 characters."),
        (b'{"name": 5}', "name: must be text of at most 255 characters."),
        (b'{"name": {}}', "name: must be text of at most 255 characters."),
        (b'{"name": "a", "number": "5.0"}', "number: must be a whole number."),
        (b'{"name": "a", "number": "five"}', "number: must be a whole number."),
        (b'{"name": "a", "number": ""}', "number: must be a whole number."),
        (b'{"name": "a", "number": " 5"}', "number: must be a whole number."),
        (b'{"name": "a", "number": 5.5}', "number: must be a whole number."),
        (b'{"name": "a", "number": true}', "number: must be a whole number."),
        (b'{"name": "a", "number": 1e400}', "number: must be a whole number."),
        (b'{"name": "a", "number": 1' + b"0" * 5000 + b"}", "number: must be a whole number."),
        (b'{"name": "a", "yes": 0}', "yes: must be true or false."),
        (b'{"name": "a", "yes": "false"}', "yes: must be true or false."),
        (b'{"name": "a", "inner": []}', "inner: must be an object."),
        (b'{"name": "a", "inner": {"number": "x"}}', "inner.number: must be a whole number."),
        (b'{"name": "a", "items": {}}', "items: must be a list."),
        (b'{"name": "a", "items": [{}, {"number": null}]}', "items[1].number: must be a whole number."),
        (b'{"name": "' + b"x" * 256 + b'"}', "name: must be text of at most 255 characters."),
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
        (b'{"na\\ud800me": "a"}', f"'na\\ud800me': {HALF}"),
        (b'{"name": "a", "inner": {"\\udc00": 1}}', f"inner.'\\udc00': {HALF}"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_by_the_field(body: bytes, sentence: str) -> None:
    assert refusal(body) == (Invalid, sentence)


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "a"}'.encode("utf-16"),
        '{"name": "a"}'.encode("utf-16-le"),
        '{"name": "a"}'.encode("utf-16-be"),
        '{"name": "a"}'.encode("utf-32"),
        '{"name": "a"}'.encode("utf-32-be"),
        b"\xff\xfe\x00",
        b"\x00",
    ],
)
def test_json_that_is_not_in_utf_8_hears_that(body: bytes) -> None:
    assert refusal(body) == (Malformed, "The body must be in UTF-8.")


@pytest.mark.parametrize(
    ("content_encoding", "compressed"),
    [
        ("gzip", True),
        ("x-gzip", True),
        ("Deflate", True),
        ("utf-8, br", True),
        ("", False),
        ("identity", False),
        ("UTF-8", False),
    ],
)
def test_a_compressed_body_is_told_by_its_header(
    content_encoding: str,
    compressed: bool,  # noqa: FBT001
) -> None:
    assert is_compressed(content_encoding) is compressed


@pytest.mark.parametrize("charset", ["utf-16", "ISO-8859-1", '"windows-1252"'])
def test_a_charset_of_somebody_elses_is_refused(charset: str) -> None:
    with pytest.raises(Malformed) as refused:
        check_charset(f"application/json; charset={charset}")
    name = charset.strip('"')
    assert str(refused.value) == f"The body must be in UTF-8, not in {name}."


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "a/b; charset=utf-8", 'a/b; Charset = "UTF8"']
)
def test_utf_8_is_utf_8_whether_or_not_it_is_said(content_type: str) -> None:
    check_charset(content_type)


# Other values that can be meant --------------------------------------------------------------


@pytest.mark.parametrize("number", ["5", '"5"', "5.0", "5e0", "0.5e1", '"005"'])
def test_a_whole_number_is_read_in_every_spelling(number: str) -> None:
    body = f'{{"name": "a", "number": {number}, "inner": {{"number": {number}}}}}'
    assert read_body(body.encode(), Shape) == Shape("a", 5, inner=Inner(number=5))


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_body(b'\xef\xbb\xbf{"name": "a"}', Shape) == Shape("a")
    assert refusal(b"\xef\xbb\xbf") == (Invalid, "name: is required.")


def ignored_by(body: bytes) -> tuple[str, ...]:
    """Read a body within a context; gives the names that its answer will call ignored."""
    context = RequestContext("1", "192.0.2.1")
    token = CURRENT.set(context)
    read_body(body, Shape)
    CURRENT.reset(token)
    return context.ignored


def test_an_unknown_field_is_ignored_and_told_by_its_place() -> None:
    inner = b'"inner": {"size": 1}, "items": [{"c": 1}, {"c": 2}]'
    body = b'{"name": "a", "colour": [1e400, "\\ud800"], ' + inner + b"}"
    assert ignored_by(body) == ("body.colour", "body.inner.size", "body.items[].c")
    assert ignored_by(b'{"name": "a"}') == ()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"name": "a", "nmae": "b"}', "nmae: is not known; did you mean name?"),
        (b'{"names": "a"}', "names: is not known; did you mean name?"),
        (b'{"name": "a", "Number": 5}', "Number: is not known; did you mean number?"),
        (
            b'{"name": "a", "items": [{}, {"txet": ""}]}',
            "items[1].txet: is not known; did you mean text?",
        ),
    ],
)
def test_a_field_that_is_one_slip_away_is_refused_with_the_one_that_was_meant(
    body: bytes, sentence: str
) -> None:
    assert refusal(body) == (Invalid, sentence)


class Ours(Struct, forbid_unknown_fields=True):
    token: Name
    hint: Name = ""


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"token": "a", "hnit": "b"}', "hnit: is not known; did you mean hint?"),
        (b'{"token": "a", "colour": "b"}', "colour: is not known; use token, hint."),
    ],
)
def test_a_body_that_is_ours_refuses_what_it_does_not_know(body: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_body(body, Ours)
    assert str(refused.value) == sentence


def with_items(name: str) -> bytes:
    """Write a megabyte of items, with a field that is called like this."""
    items = ",".join(f'{{"{name.format(n)}": 1}}' for n in range(60_000))
    return f'{{"name": "a", "items": [{items}]}}'.encode()


def test_a_megabyte_of_unknown_fields_is_gone_through_in_no_time() -> None:
    began = time.process_time()
    assert ignored_by(with_items("colour")) == ("body.items[].colour",)
    too_many = "body: has more than 100 fields that are not known."
    assert refusal(with_items("x{}")) == (Invalid, too_many)
    assert time.process_time() - began < 2.0


def test_one_text_is_a_list_of_one_text_but_an_object_is_no_list_of_one() -> None:
    assert read_body(b'{"many": "a"}', Kinds).many == ["a"]
    assert refusal(b'{"name": "a", "items": {}}') == (Invalid, "items: must be a list.")


class Kinds(LenientBody):
    one: Literal["huggg"] = "huggg"
    few: Literal["card", "wallet"] | None = None
    day: date | None = None
    some: Annotated[int, Meta(ge=1, le=9)] = 1
    many: Annotated[list[Name], Meta(min_length=1, max_length=3)] | None = None


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"one": "gift"}', "one: must be huggg."),
        (b'{"few": "cash"}', "few: must be one of card, wallet."),
        (b'{"few": 5}', "few: must be one of card, wallet."),
        (b'{"day": "tomorrow"}', "day: must be a day like 2026-01-05."),
        (b'{"day": "2026-02-30"}', "day: must be a day like 2026-01-05."),
        (b'{"some": 0}', "some: must be a whole number from 1 to 9."),
        (b'{"some": "10"}', "some: must be a whole number from 1 to 9."),
        (b'{"some": 1.5}', "some: must be a whole number from 1 to 9."),
        (b'{"many": []}', "many: must be a list of 1 to 3 items."),
    ],
)
def test_a_refusal_says_what_may_stand_there(body: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_body(body, Kinds)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a", "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"more": ' + b'{"more": ' * 100_000 + b"1" + b"}" * 100_001,
    ],
)
def test_a_body_that_is_nested_too_deeply_is_malformed(body: bytes) -> None:
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


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"name": "a", "name": "a"}', "name"),
        (b'{"name": "a", "n\\u0061me": "b"}', "name"),
        (b'{"name": "a", "number": "1", "number": 2}', "number"),
        (b'{"name": "a", "inner": {"text": "b", "text": "c"}}', "inner.text"),
        (b'{"name": "a", "items": [{}, {"number": 1, "number": 1}]}', "items[1].number"),
        (b'{"name": "a", "x\\n": 1, "x\\n": ' + b"9" * 5000 + b"}", "'x\\n'"),
    ],
)
def test_a_name_that_stands_twice_is_refused_by_its_place(body: bytes, place: str) -> None:
    assert refusal(body) == (Invalid, f"{place}: is given more than once.")


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
        assert sentence.endswith((".", "?"))
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
def test_an_impossible_location_is_none_and_waits_for_its_turn_to_be_refused(body: bytes) -> None:
    assert read_body(body, RedemptionRead).location() is None


def test_a_location_is_read_as_it_is_written() -> None:
    def location(body: bytes) -> str | None:
        return read_body(body, RedemptionRead).location()

    assert location(b'{"location_id" : "bristol17", "till": 4}') == "bristol17"
    assert location('{"location_id": " Bristol é "}'.encode()) == " Bristol é "


def test_a_till_tells_of_its_sale_what_it_likes() -> None:
    def sale(body: bytes) -> Sale:
        return read_body(body, RedemptionRead).sale()

    assert sale(b'{"location_id": "bristol17"}') is NO_SALE
    assert sale(b'{"location_id": "bristol17", "reference": null}') is NO_SALE
    document = b'{"reference": "A-1042", "receipt_number": "000317", "staff": "17", "amount": 780}'
    assert sale(document) == Sale("A-1042", "000317", "17", 780)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"reference": ""}', "reference: must be text of 1 to 100 characters."),
        (b'{"receipt_number": 317}', "receipt_number: must be text of 1 to 100 characters."),
        (b'{"amount": -1}', "amount: must be a whole number from 0 to 100000000."),
        (b'{"amount": "4.50"}', "amount: must be a whole number from 0 to 100000000."),
        (b'{"staff": "a\\u0000"}', "staff: must not contain NUL."),
        (b'{"amount": 1, "amount": 2}', "amount: is given more than once."),
    ],
)
def test_a_sale_that_cannot_be_read_is_refused_by_its_field(body: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_body(body, RedemptionRead)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("body", "kind", "sentence"),
    [
        (b"{", Malformed, NOT_JSON),
        (b"[]", Invalid, "body: must be an object."),
        (b'{"location_id": "\\ud800"}', Invalid, f"location_id: {HALF}"),
        (b'{"location_id": NaN}', Malformed, NOT_JSON),
        (b'{"location_id": ' + b"[" * 5000 + b"]" * 5000 + b"}", Malformed, TOO_DEEP),
    ],
)
def test_a_redemption_that_cannot_be_read_is_refused(
    body: bytes, kind: type[Refusal], sentence: str
) -> None:
    with pytest.raises(kind) as refused:
        read_body(body, RedemptionRead).location()
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "redeemed: is required."),
        (b'{"redeemed": true}', "redeemed: can only be set to false; redeem again to set it to true."),
        (b'{"redeemed": 0}', "redeemed: must be true or false."),
        (b'{"redeemed": "false"}', "redeemed: must be true or false."),
        (b'{"redeemed": null}', "redeemed: must be true or false."),
    ],
)
def test_the_only_valid_patch_is_redeemed_false(body: bytes, sentence: str) -> None:
    check_patch(b'{"redeemed": false, "location_id": "ignored"}')
    with pytest.raises(Invalid) as refused:
        check_patch(body)
    assert str(refused.value) == sentence
