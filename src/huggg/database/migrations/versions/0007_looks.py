"""Look-ups: views of the caller of a token and of the merchants that honour a product."""

from huggg.database.migrations.plain_sql import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run(__file__)
