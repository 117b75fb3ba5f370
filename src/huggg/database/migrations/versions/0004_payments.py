"""Cards and payments, and the further options of a purchase."""

from huggg.database.migrations.plain_sql import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run(__file__)
