"""Keeping the order of a file across imports of other files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def kept_positions(
    order: Sequence[tuple[int, str]], current: Mapping[str, int], top: int
) -> dict[str, int]:
    """Give each id of `order`, pairs of rank and id, a position that keeps equal ranks in this order.

    Positions stay if they already keep it, so that importing a file again moves nothing. Otherwise all
    ids of the file move behind all others, above `top`.
    """
    fresh = {id_: top + number for number, (_, id_) in enumerate(order, start=1)}
    positions = {id_: current.get(id_, fresh[id_]) for _, id_ in order}
    ranked_positions = [(rank, positions[id_]) for rank, id_ in order]
    return positions if ranked_positions == sorted(ranked_positions) else fresh
