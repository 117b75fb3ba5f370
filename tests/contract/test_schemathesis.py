"""Schemathesis: the API holds the promises of its own document, for every caller and request.

No server error, no status or shape that is not documented, nothing accepted that the document forbids.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from huggg.identity.permissions import PERMISSIONS, Standing
from huggg.server.routes import ROUTES
from huggg.settings.settings import Settings
from huggg.wallets.top_up import top_up
from tests.support.cast import cast_team
from tests.support.openapi import described
from tests.support.processes import Server, environment_of, serving
from tests.support.world import Person, World

COMMAND = Path(sys.executable).with_name("schemathesis")
CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES_MAX = int(os.environ.get("HUGGG_TESTS_EXAMPLES", "5"))
SECONDS_MAX = 240

SEED = 20261128
"""One seed for every run, so that a change meets the same requests as the change before it.

A value of the wrong type can look right on the wire: an object in place of `embed[]` becomes texts. A
random seed makes such a request now and then, and reports it as accepted.
"""

EXAMPLE_WALLET = "0e2d7c1a-3f57-4a0d-9a06-4f7b3c1d2e90"
EXAMPLE_PRODUCT = "9358edae-2f40-4b5f-b5b1-588f96341d4b"


@pytest.fixture
async def world(world: World) -> World:
    await top_up(world.platform.database, wallet_id=world.wallet, amount=1_000_000_00)
    return world


@pytest.fixture
async def server(world: World, settings: Settings, tmp_path: Path) -> AsyncIterator[Server]:  # noqa: ARG001 - the world has to be there first
    environment = environment_of(settings) | {"HUGGG_MISSES_MAX": "1000000"}  # a fuzzer guesses all day
    async with serving(environment, tmp_path) as server:
        yield server


async def write_document(world: World, folder: Path, caller: Person | str) -> tuple[Path, Path]:
    """Write the document with a wallet and a product that exist, and the ids of existing rows."""
    document = described().document.decode()
    document = document.replace(EXAMPLE_WALLET, str(world.wallet))
    document = document.replace(EXAMPLE_PRODUCT, str(world.coffee))
    (folder / "openapi.json").write_text(document)
    hugggs = [await world.buy(quantity=1, message="Hello") for _ in range(8)]
    if isinstance(caller, Person):
        hugggs.append(await world.buy(receivers=[{"user_id": str(caller.id)}]))
    values = {
        "hugggs": [each[0][key] for each in hugggs for key in ("id", "shortcode")],
        "transactions": [each[0]["transaction_id"] for each in hugggs],
        "teams": [await cast_team(world, world.amara)],
    }
    lists = "".join(
        f"\n[dictionaries.{name}]\nvalues = {msgspec.json.encode(ids).decode()}\n"
        for name, ids in values.items()
    )
    (folder / "schemathesis.toml").write_text(CONFIG.read_text() + lists)
    return folder / "openapi.json", folder / "schemathesis.toml"


async def fuzz(
    server: Server, folder: Path, caller: Person | str, document: Path, config: Path, *options: str
) -> tuple[int | None, str]:
    """Run it with a real token; gives its exit code and its output."""
    token = caller if isinstance(caller, str) else caller.token
    run = await asyncio.create_subprocess_exec(
        *(COMMAND, "--no-color", "--config-file", config, "run", document, "--url", server.url),
        *("--header", f"Authorization: Bearer {token}", "--checks", "all", "--workers", "1"),
        *("--seed", str(SEED)),
        *("--max-examples", str(EXAMPLES_MAX), "--continue-on-failure", "--warnings", "off", *options),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(run.communicate(), SECONDS_MAX)
    return run.returncode, output.decode()


def operations_of(standing: Standing) -> list[str]:
    """Name the operations for a kind of caller; the public ones, which heed no token, for programs.

    The others answer 403 before they read a request, which the tests of access see to.
    """
    described_ids = {route.operation.id for route in ROUTES if not route.operation.is_page}
    return [
        name
        for name in sorted(described_ids)
        if standing in PERMISSIONS[name].standings
        or (PERMISSIONS[name].public and standing is Standing.CLIENT)
    ]


def only(operations: Sequence[str]) -> list[str]:
    """Write the options that choose operations."""
    return [word for name in operations for word in ("--include-operation-id", name)]


@pytest.mark.timeout(SECONDS_MAX + 30)
@pytest.mark.parametrize("kind", ["a program", "a buyer", "a till"])
async def test_the_api_is_what_its_document_says(
    world: World, server: Server, tmp_path: Path, kind: str
) -> None:
    callers: dict[str, tuple[Person | str, Standing]] = {
        "a program": (world.client_token, Standing.CLIENT),
        "a buyer": (world.amara, Standing.CUSTOMER),
        "a till": (world.till, Standing.MERCHANT),
    }
    caller, standing = callers[kind]
    document, config = await write_document(world, tmp_path, caller)
    code, output = await fuzz(server, tmp_path, caller, document, config, *only(operations_of(standing)))
    assert code == 0, output
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in output


async def test_a_document_that_lies_is_found_out(world: World, server: Server, tmp_path: Path) -> None:
    """A missing status, a field of another type, and a body that is forbidden and taken all the same."""
    document, config = await write_document(world, tmp_path, world.amara)
    lies = msgspec.json.decode(document.read_bytes())
    del lies["paths"]["/api/v2/hugggs/{huggg_id}"]["get"]["responses"]["404"]
    lies["components"]["schemas"]["Wallet"]["properties"]["available"]["type"] = "string"
    lies["components"]["schemas"]["SearchBody"]["properties"]["size"]["maximum"] = 5
    lies["paths"]["/api/v2/search"]["post"]["parameters"] = []  # a made-up cursor is refused before that
    document.write_bytes(msgspec.json.encode(lies))
    lied_about = only(["showHuggg", "listWallets", "searchHugggs"])
    code, output = await fuzz(server, tmp_path, world.amara, document, config, *lied_about)
    assert code == 1
    for failure in (
        "Undocumented status code: 1",
        "Response violates schema: 1",
        "Schema-violating request accepted: 1",
    ):
        assert failure in output, output
