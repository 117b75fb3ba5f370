"""Offline scans: redemptions, or conflicts that a person settles."""

from huggg.database.migrations.plain_sql import run

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    run(__file__)
