"""Redeem codes are found by a hash index, which costs a purchase less than a B-tree."""

from huggg.database.migrations.plain_sql import run

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    run(__file__)
