"""Keys for tests: drawn anew for every run, so none is worth anything."""

from __future__ import annotations

import secrets

TEST_KEYS = {1: secrets.token_bytes(32)}
