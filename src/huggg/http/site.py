"""The site: the address of this installation, and the relations that its lists can embed."""

from __future__ import annotations

from dataclasses import dataclass

from huggg.http.embedding import Embedding


@dataclass(frozen=True, slots=True)
class Site:
    """One per process, and on every request."""

    embedding: Embedding
    base_url: str | None = None  # of the API; None: see `base.py`
    hosts: frozenset[str] = frozenset()  # names that callers may reach it by then
