"""The roll call: the processes that run, the keys they hold, and since when a key is in use."""

from huggg.database.migrations.plain_sql import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run(__file__)
