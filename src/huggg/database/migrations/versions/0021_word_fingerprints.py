"""Word fingerprints: messages are found by keyed fingerprints of their words."""

from huggg.database.migrations.plain_sql import run

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    run(__file__)
