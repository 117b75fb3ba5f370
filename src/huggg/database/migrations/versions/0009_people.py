"""People: one name each, however it is written; secrets that overlap; locations taken out of use."""

from huggg.database.migrations.plain_sql import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run(__file__)
