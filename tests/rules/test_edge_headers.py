"""A request's id is taken from it when it is harmless, and made otherwise."""

from __future__ import annotations

import pytest

from huggg.http.edge.headers import EdgeHeaders, read_headers
from huggg.http.edge.request_ids import RequestIds


@pytest.mark.parametrize("request_id", [b"a", b"order-17", b"A.b_c-9", b"x" * 128])
def test_a_harmless_id_is_kept(request_id: bytes) -> None:
    assert RequestIds().name(request_id) == request_id.decode()


@pytest.mark.parametrize(
    "request_id",
    [b"", b" ", b"a b", b"x" * 129, b"a\n", b'"', b"\xff", b"caf\xc3\xa9", b"{}", b"<script>"],
)
def test_any_other_is_replaced(request_id: bytes) -> None:
    ids = RequestIds()
    names = [ids.name(request_id) for _ in range(3)]
    assert len(set(names)) == 3
    assert all(ids.name(name.encode()) == name for name in names)


def test_ids_of_two_processes_differ() -> None:
    assert RequestIds().name(b"") != RequestIds().name(b"")


def test_of_all_headers_only_the_telling_ones_are_read() -> None:
    assert read_headers([(b"accept", b"*/*")]) == EdgeHeaders()
    assert read_headers([(b"host", b"h"), (b"accept", b"*/*")]) == EdgeHeaders(b"h")
    assert read_headers([(b"host", b"h"), (b"authorization", b"Bearer t")]) == EdgeHeaders(
        b"h", b"Bearer t"
    )
    assert read_headers([(b"x-huggg-api-key", b"k")]) == EdgeHeaders(api_key=b"k")
    headers = read_headers(
        [
            (b"origin", b"https://shop.example"),
            (b"access-control-request-method", b"POST"),
            (b"x-request-id", b"r1"),
            (b"x-forwarded-for", b"198.51.100.7"),
            (b"x-forwarded-for", b"10.0.0.2"),
            (b"x-forwarded-proto", b"https"),
            (b"x-forwarded-proto", b"http"),
            (b"x-forwarded-host", b"api.example"),
            (b"host", b"one"),
            (b"host", b"two"),
        ]
    )
    assert headers == EdgeHeaders(
        host=b"one,two",
        request_id=b"r1",
        from_page=True,
        asks_method=True,
        forwarded_for=b"198.51.100.7,10.0.0.2",
        forwarded_proto=b"https,http",
        forwarded_host=b"api.example",
    )
