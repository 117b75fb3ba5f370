"""Shown codes: a refund policy says whether value returns although a merchant's code was shown."""

from huggg.database.migrations.plain_sql import run

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    run(__file__)
