"""Chance, for tests that look for cases that their authors did not think of."""

from __future__ import annotations

import os
import random
import secrets


def dice() -> random.Random:
    """Make dice whose seed is shown when the test fails; `SEED` in the environment throws it again."""
    seed = int(os.environ.get("SEED") or secrets.randbelow(2**32))
    print(f"SEED={seed}")  # noqa: T201
    return random.Random(seed)  # noqa: S311 - nothing is kept secret by it
