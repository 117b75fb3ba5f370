"""Views: a huggg as it is shown, and the caller's columns of a lookup under names of their own."""

from huggg.database.migrations.plain_sql import run

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    run(__file__)
