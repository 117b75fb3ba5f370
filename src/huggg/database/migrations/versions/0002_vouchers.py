"""Vouchers: where their codes come from, and the codes that are waiting."""

from huggg.database.migrations.plain_sql import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run(__file__)
