"""Unshown codes: those that no answer had go back to their pool when their huggg ends."""

from huggg.database.migrations.plain_sql import run

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    run(__file__)
