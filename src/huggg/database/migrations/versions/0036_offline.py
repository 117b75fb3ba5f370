"""Offline: rules of brands, and the codes that were shown."""

from huggg.database.migrations.plain_sql import run

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    run(__file__)
