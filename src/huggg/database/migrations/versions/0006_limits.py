"""Limits: buckets of tokens that all server processes share."""

from huggg.database.migrations.plain_sql import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run(__file__)
