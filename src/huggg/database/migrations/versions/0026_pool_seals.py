"""Pool seals: codes are drawn with their vouchers once every process opens such vouchers."""

from huggg.database.migrations.plain_sql import run

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    run(__file__)
