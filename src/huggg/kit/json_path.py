"""A path in a JSON document, as refusals name it."""

from __future__ import annotations

JsonPath = tuple[str | int, ...]
"""The steps down from the top: names into objects, numbers into lists."""


def path_text(path: JsonPath) -> str:
    """Write a path the way a programmer would: `embedded.stores[7].latitude`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).lstrip(".")
