"""Next last day: hugggs that have another last day once they are claimed or chosen."""

from huggg.database.migrations.plain_sql import run

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    run(__file__)
