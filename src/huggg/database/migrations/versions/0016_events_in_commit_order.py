"""Events in the order in which they were committed, and how far each consumer has read them."""

from huggg.database.migrations.plain_sql import run

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run(__file__)
