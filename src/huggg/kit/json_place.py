"""A place in a JSON document, as refusals name it."""

from __future__ import annotations

Place = tuple[str | int, ...]
"""The way down from the top: names into objects, numbers into lists."""


def written(place: Place) -> str:
    """Write a place the way a programmer would: `embedded.stores[7].latitude`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(steps).lstrip(".")
