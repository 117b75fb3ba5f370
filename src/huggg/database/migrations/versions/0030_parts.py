"""Parts: hugggs in the order of update, the redeemed, the cancelled and the others apart."""

from huggg.database.migrations.plain_sql import run

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    run(__file__)
