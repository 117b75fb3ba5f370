"""What every answer says, to whoever may keep it or guess at what it is."""

from __future__ import annotations

AS_TYPED = (b"x-content-type-options", b"nosniff")
"""Browsers take an answer for what it says it is, and never for a page."""

KEPT_NOWHERE = (b"cache-control", b"no-store")
"""On answers that say nothing else: they hold codes and people, or say that somebody was refused."""
