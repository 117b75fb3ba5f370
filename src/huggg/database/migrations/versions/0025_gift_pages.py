"""Gift pages: the PINs of stores, the codes that brands want drawn, and the version of a page."""

from huggg.database.migrations.plain_sql import run

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    run(__file__)
