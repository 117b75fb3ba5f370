"""Counting purchases: a server of an earlier release sells on while its role lacks rights on totals."""

from huggg.database.migrations.plain_sql import run

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    run(__file__)
