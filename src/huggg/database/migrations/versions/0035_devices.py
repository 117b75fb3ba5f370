"""Devices: browsers that a merchant's manager paired with a location."""

from huggg.database.migrations.plain_sql import run

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    run(__file__)
