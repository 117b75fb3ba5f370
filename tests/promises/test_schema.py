"""The schema is the committed one, its revisions a chain, its big tables as decision 6 has them."""

from __future__ import annotations

import asyncio
import re
from io import StringIO

from alembic.config import Config
from alembic.script import ScriptDirectory

from huggg.database.migrate import MIGRATIONS, newest_revision
from tests.support.schema import SCHEMA, dump

TEXT = SCHEMA.read_text(encoding="utf-8")
ADDED = r"ALTER TABLE ONLY public\.(\w+)\s+ADD CONSTRAINT \w+ "

BIG = {"hugggs", "transactions", "events", "jobs", "deliveries", "payments"}
"""Tables that grow with each purchase and are not about one huggg."""

LOOKUPS = {"codes", "moved_links", "passes", "shortcodes"}
"""Tables that find a huggg: their keys are all that the caller knows, and no key has the huggg's id."""


def about_one_huggg() -> set[str]:
    tables = re.findall(r"CREATE TABLE public\.(\w+) \((.*?)\n\)", TEXT, re.DOTALL)
    return {name for name, columns in tables if re.search(r"^ +huggg_id ", columns, re.MULTILINE)}


async def test_the_documented_schema_is_what_migrations_make() -> None:
    assert await asyncio.to_thread(dump) == TEXT, "after a migration was added: make schema"


def test_the_newest_file_is_the_end_of_the_chain() -> None:
    config = Config(output_buffer=StringIO())
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == newest_revision()


def test_no_foreign_key_leaves_or_reaches_a_big_table() -> None:
    big = BIG | about_one_huggg()
    ends = re.findall(rf"{ADDED}FOREIGN KEY .* REFERENCES public\.(\w+)", TEXT)
    assert ends
    assert [end for end in ends if big & set(end)] == []


def test_the_primary_key_of_a_table_about_one_huggg_has_the_hugggs_id() -> None:
    keys = dict(re.findall(rf"{ADDED}PRIMARY KEY \((.*)\)", TEXT))
    without = {name for name in about_one_huggg() if "huggg_id" not in keys[name].split(", ")}
    assert without == LOOKUPS
