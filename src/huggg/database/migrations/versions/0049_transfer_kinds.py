"""Transfer kinds: the kinds about a huggg and those about none, in one check."""

from huggg.database.migrations.plain_sql import run

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    run(__file__)
