"""Sealed people: names, usernames and numbers move from columns in clear into a sealed one."""

from huggg.database.migrations.plain_sql import run

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    run(__file__)
