"""Claims: a receiver takes a huggg, as often as the purchase's limit lets one person."""

from huggg.database.migrations.plain_sql import run

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    run(__file__)
