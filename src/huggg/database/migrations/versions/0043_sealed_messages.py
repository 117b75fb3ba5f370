"""Sealed messages: the texts of purchases and the plans of payments are sealed under person keys."""

from huggg.database.migrations.plain_sql import run

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    run(__file__)
