"""Routes: functions that answer paths, and the tree that finds the route of a path.

A route's function gets the arguments that its parameters name: `request`, the `caller`, the `body`, a
part of the path, or one of the tools that the server was built with. A route that waits long without a
body takes `receive`, which tells that its caller hung up. A route about one entity has a function that
gets the same arguments and prepares the `lookup`. The dispatcher reads the caller in the statement of
the lookup, and passes the `lookup` to the route's function.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, signature
from itertools import chain
from typing import Any, Protocol
from urllib.parse import unquote

from huggg.http.operation import Operation
from huggg.http.web import Response

Answering = Callable[..., Awaitable[Response]]
"""A route's function, with the parameters that it names."""


class LookupWithCaller(Protocol):
    """A lookup whose statement can read a caller, too."""

    async def with_caller(self, token: bytes) -> Any:  # noqa: ANN401 - a row of any driver
        """Read the row of the lookup, with the caller of a token's fingerprint in it."""


ReadCaller = Callable[[bytes], Awaitable[Any]]
"""Reads the row of the caller whose token has this fingerprint, maybe along with other things."""

PrepareLookup = Callable[..., LookupWithCaller]
"""Prepares the lookup of the entity that a request names; raises Refusal for a name that cannot be."""

Patterns = Mapping[str, re.Pattern[str]]
"""The texts that placeholders take, by name; a path with another text has no route."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """A function, and where it answers; the first of its paths is the one to use."""

    method: str
    paths: tuple[str, ...]
    operation: Operation
    answer: Answering
    takes: tuple[str, ...]  # the names of its parameters, in their order
    lookup: PrepareLookup | None = None
    lookup_takes: tuple[str, ...] = ()
    only: Patterns = field(default_factory=dict)
    tools: Mapping[str, Any] = field(default_factory=dict)  # that both functions take, by name


def get(
    *paths: str,
    operation: Operation,
    lookup: PrepareLookup | None = None,
    only: Patterns | None = None,
) -> Callable[[Answering], Route]:
    """Answer GET with a function."""
    return _route("GET", paths, operation, lookup, only)


def post(
    *paths: str,
    operation: Operation,
    lookup: PrepareLookup | None = None,
    only: Patterns | None = None,
) -> Callable[[Answering], Route]:
    """Answer POST with a function."""
    return _route("POST", paths, operation, lookup, only)


def put(
    *paths: str, operation: Operation, lookup: PrepareLookup | None = None
) -> Callable[[Answering], Route]:
    """Answer PUT with a function."""
    return _route("PUT", paths, operation, lookup)


def patch(
    *paths: str, operation: Operation, lookup: PrepareLookup | None = None
) -> Callable[[Answering], Route]:
    """Answer PATCH with a function."""
    return _route("PATCH", paths, operation, lookup)


def delete(
    *paths: str, operation: Operation, lookup: PrepareLookup | None = None
) -> Callable[[Answering], Route]:
    """Answer DELETE with a function."""
    return _route("DELETE", paths, operation, lookup)


def _route(
    method: str,
    paths: tuple[str, ...],
    operation: Operation,
    lookup: PrepareLookup | None = None,
    only: Patterns | None = None,
) -> Callable[[Answering], Route]:
    def routed(answer: Answering) -> Route:
        return Route(
            method,
            paths,
            operation,
            answer,
            _parameters(answer),
            lookup,
            _parameters(lookup),
            only or {},
        )

    return routed


def _parameters(function: Callable[..., Any] | None) -> tuple[str, ...]:
    """List a function's parameters. Raises TypeError for one that cannot be passed by its position."""
    parameters = signature(function).parameters if function else {}
    for each in parameters.values():
        if each.kind is not Parameter.POSITIONAL_OR_KEYWORD:
            raise TypeError(f"{function} takes {each.name} by its name only, or any number of it")
    return tuple(parameters)


def first_words(routes: Iterable[Route]) -> frozenset[str]:
    """Collect the words that paths of routes begin with; a path without words has none."""
    words = (_words(path)[:1] for route in routes for path in route.paths)
    return frozenset(chain.from_iterable(words))


def placeholders(path: str) -> list[str]:
    """List the names in braces in a path."""
    return _PLACEHOLDER.findall(path)


@dataclass(slots=True)
class Node:
    """A node of the tree of paths: the routes of all paths with one beginning."""

    words: dict[str, Node] = field(default_factory=dict)
    anything: Node | None = None
    only: re.Pattern[str] | None = None  # of the words that lead to `anything`
    methods: dict[str, tuple[Route, Sequence[str]]] = field(default_factory=dict)  # and its placeholders
    allowed: str = ""  # the methods, as the `Allow` header lists them


class RouteTree:
    """All routes, by the words of their paths. A word goes before a placeholder."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Build the tree. Raises TypeError for two routes at one node."""
        self._root = Node()
        for route in routes:
            for path in route.paths:
                self._add(route, path)

    def _add(self, route: Route, path: str) -> None:
        node = self._root
        for word in _words(path):
            placeholder = _PLACEHOLDER.fullmatch(word)
            if placeholder is None:
                node = node.words.setdefault(word, Node())
            else:
                node = _below_placeholder(node, route.only.get(placeholder[1]), path)
        if route.method in node.methods:
            raise TypeError(f"{route.method} {path} is two routes")
        node.methods[route.method] = (route, placeholders(path))
        if route.method == "GET":  # the same to us; HTTP servers leave the body away
            node.methods["HEAD"] = node.methods["GET"]
        node.allowed = ", ".join(sorted({"OPTIONS", *node.methods}))

    def find(self, path: str, as_sent: bytes = b"") -> tuple[Node, list[str]] | None:
        """Find the node of a path, and the values of its placeholders; None for an unknown path.

        `path` is decoded. Where it is unknown, a slash that was sent as `%2F` is part of its word.
        """
        end = self._below(_words(path))
        if end is None and b"%2f" in as_sent.lower():
            return self._below([unquote(word) for word in _words(as_sent.decode("latin-1"))])
        return end

    def _below(self, words: list[str]) -> tuple[Node, list[str]] | None:
        node, values = self._root, []
        for word in words:
            below = node.words.get(word)
            if below is None:
                below = node.anything
                if below is None or (node.only is not None and node.only.fullmatch(word) is None):
                    return None
                values.append(word)
            node = below
        return (node, values) if node.methods else None


def _below_placeholder(node: Node, only: re.Pattern[str] | None, path: str) -> Node:
    """Go on below a placeholder. Raises TypeError for routes that differ in the texts it takes."""
    if node.anything is None:
        node.anything, node.only = Node(), only
    elif node.only != only:
        raise TypeError(f"{path} takes other texts than the routes beside it")
    return node.anything


def _words(path: str) -> list[str]:
    """Take a path apart; where clients put one slash too many, there is nothing between two."""
    return list(filter(None, path.split("/")))
