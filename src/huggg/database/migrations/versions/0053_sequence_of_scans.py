"""Sequences of scans: a huggg's moves tell the scans of its former links from those of its link."""

from huggg.database.migrations.plain_sql import run

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    run(__file__)
