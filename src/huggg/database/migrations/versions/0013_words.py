"""Words: each message with the list of its words, split by rules of our own."""

from huggg.database.migrations.plain_sql import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run(__file__)
