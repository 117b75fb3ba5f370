"""Choices: products that stand for several others, and hugggs whose receiver picks one of them."""

from huggg.database.migrations.plain_sql import run

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    run(__file__)
