"""Alembic decides which revisions are missing and writes their SQL; `migrate.py` runs it.

Only the offline mode exists: alembic never connects, so there is one driver and one connection, and
the whole upgrade is one transaction under one lock.
"""

from __future__ import annotations

from alembic import context

context.configure(dialect_name="postgresql", target_metadata=None)
context.run_migrations()
