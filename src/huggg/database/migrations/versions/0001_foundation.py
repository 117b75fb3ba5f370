"""The foundation: callers, catalogue, accounts, and the huggg from purchase to redemption."""

from huggg.database.migrations.plain_sql import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    run(__file__)
