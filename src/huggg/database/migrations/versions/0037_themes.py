"""Themes: the looks of gift pages, and the pictures of themes and brands."""

from huggg.database.migrations.plain_sql import run

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    run(__file__)
