"""Group links: one address for many people, each of whom takes one huggg of a purchase."""

from huggg.database.migrations.plain_sql import run

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    run(__file__)
