"""Routes: the one that a path leads to, and those that cannot be."""

from __future__ import annotations

import re
from typing import Any

import pytest

from huggg.http.dispatch import Dispatcher
from huggg.http.operation import Operation
from huggg.http.route import Route, RouteTree, get, patch, post
from huggg.http.web import Request, Response


def operation(name: str) -> Operation:
    return Operation(id=name, tag="", summary="", answer=None)


@get("/hugggs/sent", operation=operation("sent"))
async def sent() -> Response:
    return Response(b"")


@get("/hugggs/{huggg_id}", operation=operation("huggg"))
async def huggg(huggg_id: str) -> Response:
    return Response(huggg_id.encode())


@patch("/hugggs/{huggg_id}/redemptions/{redemption_id}", operation=operation("unredeem"))
async def unredeem(huggg_id: str, redemption_id: str) -> Response:
    return Response(f"{huggg_id} {redemption_id}".encode())


ROUTES = [sent, huggg, unredeem]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/hugggs/sent", ("sent", {})),
        ("/hugggs/sent/", ("sent", {})),
        ("//hugggs//sent", ("sent", {})),
        ("/hugggs/abc", ("huggg", {"huggg_id": "abc"})),
        ("/hugggs/sent/redemptions", None),
        ("/hugggs/a/redemptions/b", ("unredeem", {"huggg_id": "a", "redemption_id": "b"})),
        ("/hugggs/a/redemptions/", None),
        ("/hugggs", None),
        ("/hugggs/a/b", None),
        ("/", None),
        ("", None),
        ("hugggs", None),
    ],
)
def test_a_path_leads_to_one_route_or_to_none(path: str, expected: tuple[str, Any] | None) -> None:
    reached = RouteTree(ROUTES).find(path)
    if reached is None:
        assert expected is None
        return
    node, values = reached
    [method] = {*node.methods} - {"HEAD"}
    route, names = node.methods[method]
    assert node.methods.get("HEAD") == node.methods.get("GET")
    assert (route.operation.id, dict(zip(names, values, strict=True))) == expected


async def authenticated(_: Request, looking: Any) -> Any:  # noqa: ARG001 - never asked
    raise AssertionError


@get("/one", operation=operation("one"))
async def takes_what_nobody_has(tool: object) -> Response:
    return Response(str(tool).encode())


@get("/{other}", operation=operation("one"))
async def leaves_what_its_path_has() -> Response:
    return Response(b"")


@post("/hugggs/sent", operation=operation("sent"))
async def is_called_like_another() -> Response:
    return Response(b"")


@get("/hugggs/{other_id}", operation=operation("other"))
async def answers_where_another_does(other_id: str) -> Response:
    return Response(other_id.encode())


@pytest.mark.parametrize(
    "route",
    [
        takes_what_nobody_has,
        leaves_what_its_path_has,
        is_called_like_another,
        answers_where_another_does,
    ],
)
def test_a_route_that_cannot_be_is_found_out_at_the_start(route: Route) -> None:
    with pytest.raises(TypeError):
        Dispatcher([*ROUTES, route], {}, authenticated)


def test_a_function_whose_parameters_go_by_name_is_no_route() -> None:
    async def by_name(*, caller: object) -> Response:
        return Response(str(caller).encode())

    async def any_number(*parts: str) -> Response:
        return Response(" ".join(parts).encode())

    for function in (by_name, any_number):
        with pytest.raises(TypeError, match="by its name only"):
            get("/one", operation=operation("one"))(function)


@pytest.mark.parametrize("name", ["caller", "body", "request", "lookup"])
def test_a_tool_cannot_pass_for_a_part_of_the_request(name: str) -> None:
    with pytest.raises(TypeError):
        Dispatcher(ROUTES, {name: object()}, authenticated)


def test_those_that_can_be_are_taken_up() -> None:
    Dispatcher(ROUTES, {}, authenticated)


def test_an_encoded_slash_is_part_of_its_word_where_the_decoded_path_leads_nowhere() -> None:
    tree = RouteTree(ROUTES)
    reached = tree.find("/hugggs/a/b", b"/hugggs/a%2fb")
    assert reached is not None
    assert reached[1] == ["a/b"]
    reached = tree.find("/hugggs/sent", b"/hugggs%2Fsent")
    assert reached == tree.find("/hugggs/sent")
    assert tree.find("/hugggs/a/b", b"/hugggs%2Fa/b") is None
    assert tree.find("/hugggs/a/b", b"/hugggs/a/b") is None


def test_a_placeholder_takes_only_the_texts_of_its_pattern() -> None:
    three, four = {"code": re.compile("[a-z]{3}")}, {"code": re.compile("[a-z]{4}")}

    @get("/{code}", operation=operation("code"), only=three)
    async def code(code: str) -> Response:
        return Response(code.encode())

    @get("/{code}/places", operation=operation("places"), only=three)
    async def places(code: str) -> Response:
        return Response(code.encode())

    @get("/{code}/mail/{token}", operation=operation("mail"), only=three)
    async def mail(code: str, token: str) -> Response:
        return Response(f"{code} {token}".encode())

    @get("/{code}/others", operation=operation("others"), only=four)
    async def others(code: str) -> Response:
        return Response(code.encode())

    tree = RouteTree([code, places, mail])
    assert [tree.find(path) is None for path in ("/abc", "/abc/places")] == [False, False]
    assert [tree.find(path) for path in ("/abcd", "/ABC", "/.env", "/abcd/places")] == [None] * 4
    assert [tree.find(path) is None for path in ("/abc/mail/A_1-", "/abcd/mail/abc")] == [False, True]
    with pytest.raises(TypeError, match="takes other texts than the routes beside it"):
        RouteTree([code, others])
