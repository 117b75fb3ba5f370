"""Refusals: a payment that came to nothing keeps the kind of its refusal, not a status of HTTP."""

from huggg.database.migrations.plain_sql import run

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run(__file__)
