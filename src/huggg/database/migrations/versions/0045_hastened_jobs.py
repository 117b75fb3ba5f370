"""Jobs that are hastened while an attempt is under way."""

from huggg.database.migrations.plain_sql import run

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    run(__file__)
