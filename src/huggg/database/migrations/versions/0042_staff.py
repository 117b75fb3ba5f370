"""Staff: roles at the till page, and PINs."""

from huggg.database.migrations.plain_sql import run

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    run(__file__)
