"""Forgetting totals: a role that may delete no row of theirs gives hugggs to receivers."""

from huggg.database.migrations.plain_sql import run

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    run(__file__)
