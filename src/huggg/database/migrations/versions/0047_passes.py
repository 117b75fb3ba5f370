"""Passes: the codes of gifts in the wallets of phones, and the phones that are told of changes."""

from huggg.database.migrations.plain_sql import run

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    run(__file__)
