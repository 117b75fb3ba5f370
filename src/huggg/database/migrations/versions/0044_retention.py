"""Retention: a team's data about people are erased some days after the end of each huggg."""

from huggg.database.migrations.plain_sql import run

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    run(__file__)
