"""Places: where each store is, and where it is shown."""

from huggg.database.migrations.plain_sql import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run(__file__)
