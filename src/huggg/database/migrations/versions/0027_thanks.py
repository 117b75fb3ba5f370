"""Thanks: the few words that the holder of a huggg's link sends its sender."""

from huggg.database.migrations.plain_sql import run

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    run(__file__)
