"""Totals: the numbers of a sender's purchases and hugggs, kept as they are bought."""

from huggg.database.migrations.plain_sql import run

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    run(__file__)
