"""Holds, and the facts that tills tell about their sales."""

from huggg.database.migrations.plain_sql import run

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    run(__file__)
