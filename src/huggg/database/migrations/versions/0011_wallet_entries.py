"""Wallet entries: who moved money by hand, why, and under which reference."""

from huggg.database.migrations.plain_sql import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run(__file__)
