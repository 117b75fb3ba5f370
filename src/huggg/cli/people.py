"""`person`: all that is kept on one person, shown, exported and erased."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer
from asyncpg import Record

from huggg.cli.asking import YES, confirm
from huggg.cli.tables import JSON, print_json, print_row
from huggg.kit.platform import Platform
from huggg.privacy.erase import erase_person
from huggg.privacy.export import export_person
from huggg.privacy.person import find_person, show_person
from huggg.server.process import run_with_platform

person = typer.Typer(name="person", help="The data that are kept on a person.", no_args_is_help=True)

PERSON = Annotated[
    str,
    typer.Argument(metavar="PERSON", help="An e-mail address, username, phone number or user's id."),
]


@person.command()
def show(address_or_id: PERSON, *, as_json: JSON = False) -> None:
    """Show a person's names and addresses, and the counts of data kept about them."""

    async def act(platform: Platform) -> dict[str, Any]:
        database, vault = platform.database, platform.vault
        return await show_person(database, vault, await find_person(database, vault, address_or_id))

    print_row(run_with_platform(act), as_json=as_json)


@person.command()
def export(address_or_id: PERSON) -> None:
    """Print all that is kept on a person as JSON."""

    async def act(platform: Platform) -> dict[str, Any]:
        database, vault = platform.database, platform.vault
        return await export_person(database, vault, await find_person(database, vault, address_or_id))

    print_json(run_with_platform(act))


@person.command()
def erase(
    address_or_id: PERSON,
    *,
    yes: YES = False,
) -> None:
    """Erase a person for good: name, addresses, number, messages, cards and log-ins.

    Money, counts and events stay, and name the person by id only.
    """

    async def act(platform: Platform) -> Record:
        person_id: UUID = await find_person(platform.database, platform.vault, address_or_id)
        if not yes:
            confirm(
                f"Erase {address_or_id}? No command brings the data back.",
                refusal=f"{address_or_id} was not erased: no command brings the data back.",
            )
        return await erase_person(platform.database, platform.vault, person_id)

    row = run_with_platform(act)
    typer.echo(
        f"Erased {row['id']}. Logins ended: {row['logins']}. Messages erased: {row['messages']}."
        " Back up the person keys again: an earlier copy of them still opens earlier backups."
    )
