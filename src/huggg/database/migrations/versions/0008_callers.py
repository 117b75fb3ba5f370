"""Callers: lists that few callers have are read for those callers alone."""

from huggg.database.migrations.plain_sql import run

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run(__file__)
