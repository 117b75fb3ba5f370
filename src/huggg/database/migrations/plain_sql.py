"""Run the `.sql` file that lies beside a revision."""

from __future__ import annotations

from pathlib import Path

from alembic import context

LOCK_TIMEOUT = "SET LOCAL lock_timeout = '2s'"
"""A migration that cannot get its lock gives up, rather than queue every redemption behind it."""


def run(revision_file: str) -> None:
    """Emit the revision's SQL as it is written, under a lock timeout."""
    emit = context.get_context().impl.static_output
    emit(f"{LOCK_TIMEOUT};\n")
    emit(Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8"))
