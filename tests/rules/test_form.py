"""Forms: the bodies that are one, and the fields that are read of them."""

from __future__ import annotations

from codecs import BOM_UTF8

import msgspec
import pytest

from huggg.http.form import FORM, is_form, read_form
from huggg.kit.errors import Invalid


class Grant(msgspec.Struct):
    grant_type: str
    scope: str | None = None


@pytest.mark.parametrize("mark", [b"", BOM_UTF8])
def test_a_byte_order_mark_before_a_form_is_passed_over(mark: bytes) -> None:
    body = mark + b"grant_type=password&scope=&else=1"
    assert is_form(FORM, body)
    assert read_form(body, Grant) == Grant("password")


def test_a_byte_order_mark_elsewhere_is_a_part_of_the_text() -> None:
    with pytest.raises(Invalid, match=r"^grant_type: is required\.$"):
        read_form(2 * BOM_UTF8 + b"grant_type=password", Grant)
