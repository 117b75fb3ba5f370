"""Received: the number of hugggs that a user received long ago, for lists of very many."""

from huggg.database.migrations.plain_sql import run

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    run(__file__)
