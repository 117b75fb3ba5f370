"""Jobs: one queue of due work, in place of a lease on each payment and each issuance."""

from huggg.database.migrations.plain_sql import run

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    run(__file__)
