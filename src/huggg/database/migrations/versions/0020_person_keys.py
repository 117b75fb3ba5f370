"""Person keys: the facts about a person are sealed under a key that erasing destroys."""

from huggg.database.migrations.plain_sql import run

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    run(__file__)
