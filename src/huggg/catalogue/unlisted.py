"""The stores of a consolidated brand whose own list is blank.

The published page blanks that list and embeds the stores all the same. Embedded stores stand in the
order of first reference: the stores of the first brand, then those that only the second adds, and so on.
So a blank brand's own stores are the stretch between those that the brands before it account for and
those that the brands after it do. With this reading, embedding gives the same page again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from huggg.catalogue.shapes import ImportedBrand


def unlisted_stores(brands: Sequence[ImportedBrand], embedded: Iterable[str]) -> dict[str, list[str]]:
    """Find the stretch of each blank brand of a page.

    Of two blank brands with no other's stores between them the last one gets the stretch.
    """
    order = list(dict.fromkeys(embedded))
    positions = {store: number for number, store in enumerate(order)}
    stretches: dict[str, list[str]] = {}
    start = 0
    for number, brand in enumerate(brands):
        if brand.is_blank:
            rest = brands[number + 1 :]
            stretch = order[start : _limit(rest, positions, start)]
            stretches[brand.id] = stretch[: _end(stretch, rest)]
        start = max([start, *(positions[store] + 1 for store in brand.stores if store in positions)])
    return stretches


def _until_blank(rest: Sequence[ImportedBrand]) -> Iterable[ImportedBrand]:
    for brand in rest:
        if brand.is_blank:
            return
        yield brand


def _limit(rest: Sequence[ImportedBrand], positions: dict[str, int], start: int) -> int:
    """Find where the next blank brand begins: after the last store that those between refer to."""
    if not any(brand.is_blank for brand in rest):
        return len(positions)
    stores_between = (store for brand in _until_blank(rest) for store in brand.stores)
    return max([start, *(positions[store] + 1 for store in stores_between if store in positions)])


def _end(stretch: Sequence[str], rest: Sequence[ImportedBrand]) -> int:
    """Leave to the brands that follow as much as they would refer to in just this order."""
    references = dict.fromkeys(store for brand in _until_blank(rest) for store in brand.stores)
    rank = {store: number for number, store in enumerate(references)}
    end, next_rank = len(stretch), len(rank)
    while end and rank.get(stretch[end - 1], next_rank) < next_rank:
        end -= 1
        next_rank = rank[stretch[end]]
    return end
