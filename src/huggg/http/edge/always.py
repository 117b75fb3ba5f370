"""Headers of every answer: against caches, and against guesses at its type."""

from __future__ import annotations

AS_TYPED = (b"x-content-type-options", b"nosniff")
"""A browser must not guess an answer's type, or it could take text for a page."""

KEPT_NOWHERE = (b"cache-control", b"no-store")
"""The default of `Cache-Control`: answers hold codes, personal data or refusals."""
