from __future__ import annotations

import asyncio
from io import StringIO

from alembic.config import Config
from alembic.script import ScriptDirectory

from huggg.database.migrate import MIGRATIONS, newest_revision
from tests.support.schema import SCHEMA, dump


async def test_the_documented_schema_is_what_migrations_make() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == await asyncio.to_thread(dump)


def test_the_newest_file_is_the_end_of_the_chain() -> None:
    config = Config(output_buffer=StringIO())
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == newest_revision()
