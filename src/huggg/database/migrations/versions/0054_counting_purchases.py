"""Counting purchases: an older server, whose role has no rights on the totals yet, sells on."""

from huggg.database.migrations.plain_sql import run

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    run(__file__)
