"""Redeem codes: each huggg is found by the code that its holder reads out, too."""

from huggg.database.migrations.plain_sql import run

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run(__file__)
