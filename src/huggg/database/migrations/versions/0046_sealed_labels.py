"""Labels of purchases, sealed, and an end for confirmations."""

from huggg.database.migrations.plain_sql import run

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    run(__file__)
