"""Looks: who is behind a token, and who honours a product, for any statement that wants to know."""

from huggg.database.migrations.plain_sql import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run(__file__)
