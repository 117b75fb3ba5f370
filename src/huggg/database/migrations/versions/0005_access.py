"""Access: roles, subteams, API keys, and lists of one's own."""

from huggg.database.migrations.plain_sql import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run(__file__)
