"""Ends: hugggs are sent, cancelled and expire, and their value returns to the buyer."""

from huggg.database.migrations.plain_sql import run

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    run(__file__)
