"""Codes by product: the shown offline codes of a brand are found without those of all others."""

from huggg.database.migrations.plain_sql import run

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    run(__file__)
