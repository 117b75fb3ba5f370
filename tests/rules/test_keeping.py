"""The tags of answers, and the callers that take them compressed, as RFC 9110 has it."""

from __future__ import annotations

import zlib

import pytest

from huggg.http.edge import coding
from huggg.http.edge.coding import ALOOF_FROM, CompressedAnswers, takes_gzip
from huggg.http.edge.keeping import opaque_tag, still_holds

BODY = b'{"data":[' + b'{"name":"Harbour Roast"},' * 4000 + b"{}]}"


@pytest.mark.parametrize(
    ("tags", "holds"),
    [
        ('W/"a1"', True),
        ('"a1"', True),
        ('"zz", W/"a1"', True),
        ('"zz","a1","yy"', True),
        (', "zz" ,, "a1" ,', True),
        ('"x,a1", "a1"', True),
        ("*", True),
        (" * ", True),
        ("", False),
        ('W/"A1"', False),
        ('"a1', False),
        ("a1", False),
        ('"x,a1"', False),
        ('"zz" "a1"', False),
        ('w/"a1"', False),
        ('W / "a1"', False),
        ('"a1", nonsense', False),
        ('"*"', False),
        ('*, "zz"', False),
    ],
)
def test_tags_are_compared_weakly_and_lists_are_read(tags: str, *, holds: bool) -> None:
    assert still_holds(tags, "a1") is holds


def test_a_long_list_of_tags_takes_no_longer_than_it_is_long() -> None:
    assert not still_holds('"zz" ,' * 10_000 + '"', "a1")
    assert still_holds('"zz" ,' * 10_000 + '"a1"', "a1")


def test_a_tag_changes_with_the_answer() -> None:
    assert opaque_tag(BODY) == opaque_tag(bytes(BODY))
    assert opaque_tag(BODY) != opaque_tag(BODY + b" ")


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("GZip", True),
        ("x-gzip", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("br, zstd, gzip", True),
        ("gzip ; q=0.3", True),
        ("gzip;Q=0.3", True),
        ("*", True),
        ("*;q=0.1", True),
        ("identity;q=0, *", True),
        ("gzip, identity;q=0", True),
        ("gzip;q=1,identity;q=1", True),
        ("gzip;q=0.001", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("x-gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("identity;q=1, gzip;q=0.5", False),
        ("identity, *;q=0.5", False),
        ("gzip;q=0.5, gzip;q=0", False),
        ("gzip;q=nonsense", False),
        ("gzip;q=1.5", False),
        ("gzip;q=-1", False),
        ("gzip;q=\u0660", False),
        ("gzipped", False),
    ],
)
def test_gzip_is_for_those_who_prefer_it_to_a_plain_answer(accepted: str, *, takes: bool) -> None:
    assert takes_gzip(accepted) is takes


async def test_a_body_is_compressed_once_for_its_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    really = coding.compressed

    def counted(body: bytes) -> bytes:
        sizes.append(len(body))
        return really(body)

    monkeypatch.setattr(coding, "compressed", counted)
    kept = CompressedAnswers()
    assert len(BODY) > ALOOF_FROM
    for body in (BODY, BODY[:3000], BODY, BODY[:3000]):
        packed = await kept.of(opaque_tag(body), body)
        assert zlib.decompress(packed, 16 + zlib.MAX_WBITS) == body
    assert sizes == [len(BODY), 3000]


async def test_the_kept_answers_are_bounded_and_the_longest_unrequested_goes_first() -> None:
    bodies = [str(number).encode() * 3000 for number in range(1, 4)]
    sizes = [len(coding.compressed(body)) for body in bodies]
    kept = CompressedAnswers(bytes_max=sum(sizes) - 1)
    first, second, third = bodies
    for body in (first, second, first, third):
        await kept.of(opaque_tag(body), body)
    assert list(kept._kept) == [opaque_tag(first), opaque_tag(third)]
    assert kept._bytes == sizes[0] + sizes[2]
