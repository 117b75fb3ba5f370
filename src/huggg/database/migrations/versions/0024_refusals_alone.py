"""Refusals alone: a failed payment keeps the kind of its refusal, and its status of HTTP no more."""

from huggg.database.migrations.plain_sql import run

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    run(__file__)
