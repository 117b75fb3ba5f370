"""The schema as PostgreSQL tells it, for `docs/reference/schema.sql`. `make schema` writes it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import tempfile
from pathlib import Path

from huggg.database.embedded import start_embedded
from huggg.database.migrate import migrate

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "schema.sql"

HEAD = (
    "-- What `huggg migrate` makes of an empty database. Written by `make schema`, checked by a test.\n"
)

# Versions, session settings and the dump's own random marks say nothing about the schema.
NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)\n", re.MULTILINE)


def dump() -> str:
    """Migrate an empty embedded database and describe it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # passable for the account that PostgreSQL runs as under root
        return _dump(Path(folder))


def _dump(folder: Path) -> str:
    with start_embedded(folder) as server:
        asyncio.run(migrate(server.url))
        command = [str(server.binaries / "pg_dump"), "--schema-only", "--no-owner", server.url]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return HEAD + re.sub(r"\n{3,}", "\n\n", NOISE.sub("", text)).rstrip() + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(dump(), encoding="utf-8")
