"""Deliveries: messages to people, their state, and their readers' wishes."""

from huggg.database.migrations.plain_sql import run

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    run(__file__)
