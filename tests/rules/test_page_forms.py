"""Forms of pages: read strictly, and every field that does not fit is named."""

from __future__ import annotations

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from huggg.html.forms import InvalidForm, Upload, fill
from huggg.kit.errors import Invalid, Malformed
from tests.support.requests import request_with

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=cut"


class Note(Struct):
    name: Annotated[str, Meta(min_length=1, max_length=8)]
    count: Annotated[int, Meta(ge=1, le=9)] = 1
    message: str | None = None
    picture: Upload | None = None


def read(body: bytes, kind: str = URLENCODED) -> Note:
    return fill(request_with(("Content-Type", kind)), body, Note)


def part(name: str, value: bytes, more: str = "") -> bytes:
    head = f'--cut\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + value + b"\r\n"


END = b"--cut--\r\n"


def test_a_form_becomes_a_typed_shape() -> None:
    assert read(b"name=Bo&count=3&message=&else=x") == Note("Bo", 3)
    assert read(b"name=Bo+%26+co%21", "application/x-www-form-urlencoded; charset=UTF-8") == Note(
        "Bo & co!"
    )


def test_a_form_with_a_file_becomes_one_too() -> None:
    file = '; filename="../../cat.png"\r\nContent-Type: image/png'
    body = part("name", b"Bo") + part("picture", b"\x89\xff\r\n--cu", file) + END
    assert read(body, MULTIPART) == Note(
        "Bo", picture=Upload("../../cat.png", "image/png", b"\x89\xff\r\n--cu")
    )


def test_a_file_field_without_a_file_is_blank() -> None:
    nothing = '; filename=""\r\nContent-Type: application/octet-stream'
    assert read(part("name", b"Bo") + part("picture", b"", nothing) + END, MULTIPART) == Note("Bo")


def test_line_ends_are_as_they_were_typed() -> None:
    assert read(b"name=Bo&message=a%0D%0Ab").message == "a\nb"
    assert read(part("name", b"Bo") + part("message", b"a\r\nb") + END, MULTIPART).message == "a\nb"


def test_every_field_that_does_not_fit_is_named_and_what_was_typed_is_kept() -> None:
    with pytest.raises(InvalidForm) as refused:
        read(b"name=Bartholomew&count=many&message=hi")
    assert refused.value.problems == {
        "name": "must be text of 1 to 8 characters.",
        "count": "must be a whole number from 1 to 9.",
    }
    assert refused.value.texts == {"name": "Bartholomew", "count": "many", "message": "hi"}
    assert str(refused.value) == (
        "name: must be text of 1 to 8 characters. count: must be a whole number from 1 to 9."
    )


def test_a_missing_field_is_required_and_text_is_no_file() -> None:
    with pytest.raises(InvalidForm) as refused:
        read(b"name=&picture=x")
    assert refused.value.problems == {"name": "is required.", "picture": "must be an object."}


@pytest.mark.parametrize("body", [b"name=B%00", part("name", b"B\0") + END])
def test_nul_is_refused_by_its_field(body: bytes) -> None:
    with pytest.raises(InvalidForm) as refused:
        read(body, MULTIPART if body.startswith(b"--") else URLENCODED)
    assert refused.value.problems == {"name": "must not contain NUL."}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"name=%ff", URLENCODED),
        (b"name=\xe9", URLENCODED),
        (b"&".join([b"name=a"] * 101), URLENCODED),
        (b"name=Bo", "text/plain"),
        (b'{"name": "Bo"}', "application/json"),
        (b"name=Bo", ""),
        (part("name", b"\xff") + END, MULTIPART),
        (part("name", b"Bo"), MULTIPART),  # cut off
        (part("name", b"Bo") + b"--cut", MULTIPART),
        (b"", MULTIPART),
        (part("name", b"Bo") + END, "multipart/form-data"),
        (part("name", b"Bo") + END, "multipart/form-data; boundary=other"),
        (part("name", b"Bo", "\r\nX: " + "x" * 3000) + END, MULTIPART),
        (b"".join(part(f"n{number}", b"") for number in range(101)) + END, MULTIPART),
        (b"--cut\r\nContent-Type: text/plain\r\n\r\nBo\r\n" + END, MULTIPART),
    ],
)
def test_a_body_that_is_no_form_is_refused_whole(body: bytes, kind: str) -> None:
    with pytest.raises(Malformed, match=r"^The body is not a valid form\.$"):
        read(body, kind)


@pytest.mark.parametrize("kind", [URLENCODED, MULTIPART])
def test_a_field_that_comes_twice_is_refused(kind: str) -> None:
    twice = part("name", b"Bo") * 2 + END if kind == MULTIPART else b"name=Bo&name=Cleo"
    with pytest.raises(Invalid, match=r"^name: is given more than once\.$"):
        read(twice, kind)


@given(st.binary(max_size=200), st.sampled_from([URLENCODED, MULTIPART]))
def test_no_body_is_a_defect(tail: bytes, kind: str) -> None:
    head = b'--cut\r\nContent-Disposition: form-data; name="name"' if kind == MULTIPART else b"name="
    for body in (tail, head + tail, head + b"\r\n\r\n" + tail + b"\r\n" + END):
        try:
            read(body, kind)
        except (Malformed, Invalid):
            continue
