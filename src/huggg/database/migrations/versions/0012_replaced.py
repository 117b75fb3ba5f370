"""Replaced codes: a code that ends before its huggg, or is disputed, gives way to another one."""

from huggg.database.migrations.plain_sql import run

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run(__file__)
