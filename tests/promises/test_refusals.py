"""Every refusal has a status and a sentence; the published ones are spelt as they are published."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import huggg
from huggg.hugggs.errors import HugggNotFound
from huggg.kit.errors import Forbidden, Refusal, Unauthenticated
from huggg.redemptions.errors import (
    CannotRedeem,
    CannotUnredeem,
    HugggAlreadyRedeemed,
    HugggExpired,
    InvalidLocation,
    NoAdjustmentOnceRedeemed,
)
from huggg.server.errors import STATUS, refused

NOT_FOR_IMPORT = ("__main__", ".migrations.")

PUBLISHED: dict[type[Refusal], tuple[int, str]] = {
    Unauthenticated: (401, "Authentication failed."),
    Forbidden: (403, "Forbidden."),
    CannotRedeem: (403, "Cannot redeem this huggg."),
    CannotUnredeem: (403, "Cannot unredeem this huggg."),
    HugggNotFound: (404, "huggg not found"),
    HugggAlreadyRedeemed: (405, "huggg already redeemed."),
    HugggExpired: (405, "huggg is expired and cannot be redeemed."),
    NoAdjustmentOnceRedeemed: (422, "huggg already redeemed."),
    InvalidLocation: (422, "Invalid location."),
}
"""Copied from the published pages, full stops and all."""


def all_refusals(above: type[Refusal] = Refusal) -> list[type[Refusal]]:
    for module in pkgutil.walk_packages(huggg.__path__, "huggg."):
        if not any(part in module.name for part in NOT_FOR_IMPORT):
            importlib.import_module(module.name)
    found, waiting = [], [above]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        found += [kind for kind in below if kind.__module__.startswith("huggg.")]
    return found


def test_every_refusal_has_a_status_of_its_own_or_of_what_it_is_a_kind_of() -> None:
    kinds = all_refusals()
    assert len(kinds) > 25
    assert [kind for kind in kinds if not any(above in STATUS for above in kind.__mro__)] == []
    direct = [kind for kind in kinds if kind.__base__ is Refusal]
    assert [kind for kind in direct if kind not in STATUS] == []
    assert [kind for kind in STATUS if kind not in kinds] == []
    assert Refusal not in STATUS  # it would give every forgotten one a status


def test_every_refusal_is_a_status_of_refusals_and_says_why_it_exists() -> None:
    assert {status for status in STATUS.values() if not (400 <= status < 500 or status == 503)} == set()
    assert [kind for kind in all_refusals() if not kind.__doc__] == []


@pytest.mark.parametrize("kind", PUBLISHED)
def test_a_published_refusal_is_spelt_as_published(kind: type[Refusal]) -> None:
    status, sentence = PUBLISHED[kind]
    answer = refused(kind())
    assert answer.status == status
    assert answer.body == b'{"error":"' + sentence.encode() + b'"}'
