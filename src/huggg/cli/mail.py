"""`mail bounce`: mail servers hand reports over."""

from __future__ import annotations

from pathlib import Path

import typer

from huggg.cli.whole_files import read_file
from huggg.kit.errors import Invalid
from huggg.kit.platform import Platform
from huggg.notifications.reports import ReportEffect, record_bounce
from huggg.server.process import run_with_platform

REPORT_BYTES_MAX = 32 * 1000 * 1000
"""Bytes of a report, which may bring the whole mail back."""

mail = typer.Typer(name="mail", help="Mail that huggg sent.", no_args_is_help=True)


@mail.callback()
def _group() -> None:
    """Keep the name of the only command."""


@mail.command()
def bounce() -> None:
    """Take a whole mail from standard input that came to a return path of this installation.

    A report that mail did not arrive moves the message to bounced, and its huggg is not reminded of any
    more. A delay, or an answer by a machine, changes nothing.
    """
    report = read_file(Path("-"), bytes_max=REPORT_BYTES_MAX)
    if len(report) > REPORT_BYTES_MAX:
        raise Invalid("The mail is larger than 32 MB.")

    async def act(platform: Platform) -> ReportEffect:
        return await record_bounce(platform, report)

    effect = run_with_platform(act)
    if effect.state is None:
        typer.echo("The mail changes the state of no message.")
    else:
        typer.echo(f"Message {effect.delivery_id}: {effect.state}.")
