"""The ways into a demo world, as its front page lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from huggg.demo.brands import BRANDS
from huggg.front.log_ins import LogIn

GIFTS = {
    "accept": "A gift to accept",
    "code": "A gift with a code",
    "choice": "A gift to choose",
    "group": "Gifts for a group",
}


def log_ins_of(world: Mapping[str, Any]) -> list[LogIn]:
    """List them: programs first, then people in the order of a huggg's life."""
    return [
        *(LogIn(GIFTS[purpose], link, link=link) for purpose, link in world["links"].items()),
        LogIn("Client", world["client_secret"], world["client_id"]),
        LogIn("Program of the team (API key)", world["api_key"]),
        *(LogIn(holder, way["password"], way["username"]) for holder, way in _people(world)),
    ]


def _people(world: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "Buyer", world["buyer"]
    yield "Recipient", world["recipient"]
    brands = {brand.id: brand.name for brand in BRANDS}
    for merchant in world["merchants"]:
        yield f"Till of {brands[merchant['brand_id']]}", merchant
    yield "Operator", world["operator"]
