"""Every class of refusals there is, found by importing all of the code."""

from __future__ import annotations

import importlib
import pkgutil

import huggg
from huggg.refusal import Refusal

NOT_FOR_IMPORT = ("__main__", ".migrations.")


def all_refusals() -> list[type[Refusal]]:
    """Find the classes below Refusal."""
    for module in pkgutil.walk_packages(huggg.__path__, "huggg."):
        if not any(part in module.name for part in NOT_FOR_IMPORT):
            importlib.import_module(module.name)
    refusals, waiting = list[type[Refusal]](), [Refusal]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        refusals += [refusal for refusal in below if refusal.__module__.startswith("huggg.")]
    return refusals


def documented_refusals() -> list[type[Refusal]]:
    """Find those that name a kind themselves; the others are cases of one of these."""
    return [refusal for refusal in all_refusals() if "kind" in vars(refusal)]
