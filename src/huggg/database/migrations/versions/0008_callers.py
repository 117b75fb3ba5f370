"""Callers: what few have is looked for only with those who can have it."""

from huggg.database.migrations.plain_sql import run

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run(__file__)
