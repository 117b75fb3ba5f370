"""Wallet entries: the author, reason and reference of money moved by hand."""

from huggg.database.migrations.plain_sql import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run(__file__)
