"""Existing clients: values in another form are read, and those that could be misread are refused."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.support.buyers import new_buyer
from tests.support.silence import nothing_moves
from tests.support.world import World

BUY = "/api/v2/transactions"


@pytest.mark.parametrize(
    "query",
    [
        "embed[]=message&embed[]=purchase.brand",
        "embed[0]=message&embed[1]=purchase.brand",
        "embed=message&embed=purchase.brand",
        "embed=message,purchase.brand",
        "embed[]=message,purchase.brand",
        "embed=message%2C%20purchase.brand",
    ],
)
async def test_relations_are_the_same_in_every_form(town: World, query: str) -> None:
    buyer = await new_buyer(town)
    transaction, _ = await buyer.buy(town, message="Hi")
    answer = await town.call("GET", f"{BUY}/{transaction}/hugggs?{query}", buyer.person)
    assert list(answer.json()["embedded"]) == ["messages", "products", "brands"]
    assert answer.json()["path"].endswith("hugggs?embed%5B0%5D=message&embed%5B1%5D=purchase.brand")
    assert "huggg-ignored" not in answer.headers


@pytest.mark.parametrize(
    "embed", ["voucher.segment", "voucher.segment,purchase", ["voucher.segment, purchase"], ["purchase"]]
)
async def test_a_body_may_name_relations_as_one_text_too(town: World, embed: Any) -> None:
    [huggg] = await town.buy()
    path = f"/api/v2/hugggs/{huggg['id']}/voucher"
    answer = await town.call("POST", path, town.amara, {"embed": embed})
    assert answer.status_code == 200, answer.text
    entities = {"vouchers"} | ({"segments"} if "segment" in str(embed) else set())
    entities |= {"products"} if "purchase" in str(embed) else set()
    assert set(answer.json()["embedded"]) == entities


@pytest.mark.parametrize("quantity", ["2", 2.0])
async def test_a_quantity_is_a_number_in_every_spelling(town: World, quantity: Any) -> None:
    body = {**town.order(quantity=quantity), "embed": "hugggs"}
    answer = await town.call("POST", BUY, town.amara, body)
    assert answer.status_code == 201, answer.text
    assert len(answer.json()["embedded"]["hugggs"]) == 2


async def test_a_byte_order_mark_changes_nothing(town: World) -> None:
    [huggg] = await town.buy()
    sent = b'\xef\xbb\xbf{"location_id": "bristol17"}'
    headers = {"Authorization": f"Bearer {town.till.token}"}
    path = f"/api/v2/hugggs/{huggg['id']}/redemptions"
    answer = await town.http.request("POST", path, content=sent, headers=headers)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("content", "charset", "sentence"),
    [
        ('{"location_id": "é"}'.encode("latin-1"), "iso-8859-1", "in UTF-8, not in iso-8859-1."),
        ('{"location_id": "é"}'.encode("utf-16"), "utf-16", "in UTF-8, not in utf-16."),
        ('{"location_id": "x"}'.encode("utf-16"), "utf-8", "in UTF-8."),
    ],
)
async def test_a_body_in_another_encoding_hears_what_it_must_be_in(
    town: World, content: bytes, charset: str, sentence: str
) -> None:
    headers = {
        "Authorization": f"Bearer {town.till.token}",
        "Content-Type": f"application/json; charset={charset}",
    }
    path = "/api/v2/hugggs/nobodys/redemptions"
    answer = await town.http.request("POST", path, content=content, headers=headers)
    assert (answer.status_code, answer.json()) == (400, {"error": f"The body must be {sentence}"})


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "utf-8, gzip", "deflate", "br", "zstd"])
async def test_a_compressed_body_hears_that_it_must_not_be(town: World, coding: str) -> None:
    headers = {"Authorization": f"Bearer {town.amara.token}", "Content-Encoding": coding}
    content = gzip.compress(json.dumps(town.order()).encode())
    async with nothing_moves(town.platform.database):
        answer = await town.http.request("POST", BUY, content=content, headers=headers)
    error = {"error": "The body is compressed; send it as it is, without a Content-Encoding."}
    assert (answer.status_code, answer.json()) == (415, error)
    assert answer.headers["accept-encoding"] == "identity"


async def test_a_charset_named_in_the_wrong_header_changes_nothing(town: World) -> None:
    headers = {"Authorization": f"Bearer {town.amara.token}", "Content-Encoding": "UTF-8"}
    content = json.dumps(town.order(message="Alles Gute, Jürgen"), ensure_ascii=False).encode()
    answer = await town.http.request("POST", BUY, content=content, headers=headers)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (
            '{"payment": {"method": "card", "reference": "x", "reference": "y"}, "purchase": {}}',
            "payment.reference",
        ),
        ('{"payment": %(payment)s, "purchase": %(purchase)s, "purchase": %(purchase)s}', "purchase"),
        ('{"payment": %(payment)s, "purchase": {"quantity": 1, "quantity": 2}}', "purchase.quantity"),
        (
            '{"payment": %(payment)s, "purchase": {"quantity": 1, "qu\\u0061ntity": "2"}}',
            "purchase.quantity",
        ),
        ('{"v": 1, "v": 2, "payment": %(payment)s, "purchase": %(purchase)s}', "v"),
        (
            '{"purchase": {"receivers": [{"email": "a@b.example"}, {"user_id": "b", "user_id": "b"}]}}',
            "purchase.receivers[1].user_id",
        ),
    ],
)
async def test_a_name_that_stands_twice_buys_nothing(town: World, content: str, place: str) -> None:
    """A proxy may check the first, and a server buy by the last."""
    order = {name: json.dumps(part) for name, part in town.order().items()}
    headers = {"Authorization": f"Bearer {town.amara.token}"}
    async with nothing_moves(town.platform.database):
        answer = await town.http.request("POST", BUY, content=content % order, headers=headers)
    error = {"error": f"{place}: is given more than once."}
    assert (answer.status_code, answer.json()) == (422, error)


@pytest.mark.parametrize(
    ("purchase", "sentence"),
    [
        ({"receivers": []}, "purchase.receivers: must be a list of 1 to 100000 items."),
        ({"recievers": [{}]}, "purchase.recievers: is not known; did you mean receivers?"),
        ({"receiver": "07911 123456"}, "purchase.receiver: is not known; did you mean receivers?"),
        ({"send_date": "2026-01-05"}, "purchase.send_date: is not known; did you mean sendDate?"),
        (
            {"receivers": [{"phoneNumber": "07911 123456"}]},
            "purchase.receivers[0].phoneNumber: is not known; did you mean phone_number?",
        ),
        ({"quantity": 1.5}, "purchase.quantity: must be a whole number from 1 to 100000."),
    ],
)
async def test_a_slip_buys_nothing(town: World, purchase: dict[str, Any], sentence: str) -> None:
    async with nothing_moves(town.platform.database):
        answer = await town.call("POST", BUY, town.amara, town.order(**purchase))
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"receivers": [{"phone_number": "07911 123456"}]}, "receivers|purchase.receivers"),
        ({"recievers": []}, "recievers|purchase.receivers"),
        ({"quantity": 3}, "quantity|purchase.quantity"),
        ({"Message": "Hi"}, "Message|purchase.receivers[].message or purchase.message"),
        ({"reference": "x"}, "reference|payment.reference or purchase.reference"),
        ({"payment": {"quantity": 3}}, "payment.quantity|purchase.quantity"),
        ({"purchase": {"payment": {}}}, "purchase.payment|payment"),
        (
            {"purchase": {"phone_number": "07911 123456"}},
            "purchase.phone_number|purchase.receivers[].phone_number",
        ),
        (
            {"purchase": {"receivers": [{"title": "Hi"}]}},
            "purchase.receivers[0].title|purchase.title",
        ),
    ],
)
async def test_a_name_in_the_wrong_place_buys_nothing(
    town: World, changes: dict[str, Any], sentence: str
) -> None:
    order: dict[str, Any] = town.order()
    for name, change in changes.items():
        order[name] = {**order[name], **change} if name in order else change
    place, meant = sentence.split("|")
    async with nothing_moves(town.platform.database):
        answer = await town.call("POST", BUY, town.amara, order)
    error = {"error": f"{place}: is not known; did you mean {meant}?"}
    assert (answer.status_code, answer.json()) == (422, error)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/api/v2/products?perpage=5", "perpage: is not known; did you mean per_page?"),
        ("/api/v2/products?embed[]=brands", "embed.brands: is not known; did you mean brand?"),
        ("/api/v2/hugggs/sent?embed[]=mesage", "embed.mesage: is not known; did you mean message?"),
        ("/api/v2/products?embed[x]=brand", "embed[x]: is not known; did you mean embed?"),
        ("/api/v2/stores?brand_ids[]=1", "brand_ids[]: is not known; did you mean brand_id?"),
    ],
)
async def test_a_slip_in_a_question_is_refused_with_what_was_meant(
    town: World, path: str, sentence: str
) -> None:
    answer = await town.call("GET", path, town.amara)
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})
    assert (await town.call("GET", path)).status_code == 401, "a stranger hears nothing about queries"


async def test_ignored_fields_are_named_in_a_header(town: World) -> None:
    path = "/api/v2/products?max_price=500&embed[]=theme&platform=app"
    answer = await town.call("GET", path, town.amara)
    assert answer.status_code == 200
    assert answer.headers["huggg-ignored"] == "query.max_price, embed.theme"
    body = {
        **town.order(colour="red", receivers=[{"user_id": str(town.bo.id), "nickname": "Bo"}]),
        "v": 2,
    }
    bought = await town.call("POST", BUY, town.amara, body)
    assert bought.status_code == 201
    sentence = "body.purchase.colour, body.purchase.receivers[].nickname, body.v"
    assert bought.headers["huggg-ignored"] == sentence


async def test_ignored_parameters_of_routes_without_a_query_are_named_too(town: World) -> None:
    answer = await town.call("GET", "/api/v2/auth/me?verbose=1", town.amara)
    assert (answer.status_code, answer.headers["huggg-ignored"]) == (200, "query.verbose")


async def test_a_name_cannot_break_out_of_the_header(town: World) -> None:
    path = "/api/v2/products?a%0d%0aset-cookie:%20x=1&%C3%A9,b=2"
    answer = await town.call("GET", path, town.amara)
    assert answer.headers["huggg-ignored"] == "query.a%0D%0Aset-cookie%3A%20x, query.%C3%A9%2Cb"
    assert "set-cookie" not in answer.headers
