"""Changes: days, receivers and labels of hugggs that have not ended."""

from huggg.database.migrations.plain_sql import run

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    run(__file__)
