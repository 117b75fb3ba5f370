"""`job list`, `job show`, `job retry`, `job drop`: the queue of jobs for an operator."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from asyncpg import Record

from huggg.cli.tables import JSON, print_row, print_rows
from huggg.jobs import queue
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform

job = typer.Typer(name="job", help="The queue of jobs: due work that is not done.", no_args_is_help=True)

KIND = Annotated[str, typer.Argument(metavar="KIND", help="The kind, such as payment.settle.")]
SUBJECT = Annotated[
    UUID, typer.Argument(metavar="SUBJECT", help="The id of the job's subject, such as a payment.")
]


@job.command("list")
def list_(
    kind: Annotated[str | None, typer.Option(help="Only jobs of this kind.")] = None,
    *,
    dead: Annotated[bool, typer.Option("--dead", help="Only dead letters.")] = False,
    as_json: JSON = False,
) -> None:
    """Show the jobs in the queue, the longest due first and dead letters last, up to 1,000."""

    async def act(platform: Platform) -> list[Record]:
        return await queue.jobs(platform.database, kind=kind, dead=dead)

    columns = ("kind", "subject_id", "state", "due_at", "attempts", "failure")
    empty = "No job is dead." if dead else "Every job is done."
    print_rows(run_with_platform(act), columns, as_json=as_json, empty=empty)


@job.command()
def show(kind: KIND, subject_id: SUBJECT, *, as_json: JSON = False) -> None:
    """Show all that the queue knows of a job."""

    async def act(platform: Platform) -> Record:
        return await queue.job(platform.database, kind, subject_id)

    print_row(run_with_platform(act), as_json=as_json)


@job.command()
def retry(kind: KIND, subject_id: SUBJECT) -> None:
    """Make a job due at once, a dead letter too, with its full number of attempts."""

    async def act(platform: Platform) -> None:
        await queue.retry(platform.database, kind, subject_id)

    run_with_platform(act)


@job.command()
def drop(kind: KIND, subject_id: SUBJECT) -> None:
    """Take a job out of the queue. Its subject stays as it is."""

    async def act(platform: Platform) -> None:
        await queue.drop(platform.database, kind, subject_id)

    run_with_platform(act)
