"""The command line: `huggg …`. A command translates options and output; the nouns do the work."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from types import FrameType
from typing import Annotated, NoReturn

import asyncpg
import typer
from typer.core import TyperGroup

from huggg.cli.api_keys import api_key
from huggg.cli.brands import brand, location, segment
from huggg.cli.cards import card, payment
from huggg.cli.catalogue import catalogue
from huggg.cli.choices import choice
from huggg.cli.clients import client
from huggg.cli.codes import codes
from huggg.cli.devices import device
from huggg.cli.hugggs import huggg, transaction
from huggg.cli.issuers import issuer
from huggg.cli.jobs import job
from huggg.cli.logins import session, token
from huggg.cli.mail import mail
from huggg.cli.mistakes import PlainMistakes
from huggg.cli.offline_conflicts import offline_conflict
from huggg.cli.offline_rules import offline_rule
from huggg.cli.people import person
from huggg.cli.postgres import PASS_ARGUMENTS_ON, postgres
from huggg.cli.refund_policies import refund_policy
from huggg.cli.running import DATABASE_LOST, demo, serve, worker
from huggg.cli.sealing_keys import sealing_key
from huggg.cli.staff import staff
from huggg.cli.teams import team
from huggg.cli.themes import theme
from huggg.cli.upkeep import doctor, migrate, seed
from huggg.cli.users import user
from huggg.cli.wallets import wallet
from huggg.database.durability import UnsafeDatabaseError
from huggg.database.embedded import EmbeddedPostgresError
from huggg.database.migrate import NotTheOwnerError, TableInUseError, WrongSchemaError
from huggg.database.positions import RestoredElsewhereError
from huggg.database.rights import GRANTS, LackingRightsError
from huggg.keys.adopt import KeyNotEverywhereError
from huggg.keys.load import BadKeysError
from huggg.refusal import Refusal
from huggg.settings.values import SettingError

REPORTED_ERRORS = (
    Refusal,
    SettingError,
    BadKeysError,
    EmbeddedPostgresError,
    WrongSchemaError,
    NotTheOwnerError,
    TableInUseError,
    LackingRightsError,
    RestoredElsewhereError,
    UnsafeDatabaseError,
    KeyNotEverywhereError,
    asyncpg.PostgresError,
    OSError,
)
"""Errors that are printed as one line without a traceback: their text is enough for an operator."""

SIGNALLED = 128
"""The exit code of a command that a signal ended, to which shells add the number of the signal."""


def _print_version(requested: bool) -> None:  # noqa: FBT001 - as options are given
    if requested:
        typer.echo(f"huggg {version('huggg')}")
        raise typer.Exit


def _with_version(
    *,
    _: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help="Print the release."),
    ] = False,
) -> None:
    """Take the options that precede any command."""


def build_cli() -> typer.Typer:
    """Assemble all commands."""
    app = typer.Typer(
        name="huggg",
        cls=PlainMistakes,
        callback=_with_version,
        help="A self-hostable digital-gifting platform that speaks the huggg API v2.",
        context_settings={"help_option_names": ["--help", "-h"]},
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for command in (serve, worker, migrate, seed, demo, doctor):
        app.command()(command)
    app.command(context_settings=PASS_ARGUMENTS_ON)(postgres)
    at_merchants = (catalogue, brand, choice, segment, location, device, offline_rule, offline_conflict)
    for_buyers = (
        huggg,
        transaction,
        codes,
        issuer,
        sealing_key,
        theme,
        wallet,
        refund_policy,
        card,
        payment,
    )
    callers = (client, api_key, user, staff, person, team, session, token)
    for group in (*at_merchants, *for_buyers, mail, job, *callers):
        app.add_typer(group)
    for old, new, group in (("key", "api-key", api_key), ("keys", "sealing-key", sealing_key)):
        app.add_typer(group, name=old, callback=_notice_of(old, new), hidden=True)
    return app


def _notice_of(old: str, new: str) -> Callable[[], None]:
    def notice() -> None:
        typer.echo(f"huggg: `huggg {old}` is now called `huggg {new}`.", err=True)

    return notice


@cache
def build_command() -> TyperGroup:
    """Build the command that reads the words, once: it inspects the signatures of all commands."""
    return typer.main.get_group(build_cli())


def main() -> None:
    """Run one command; an expected failure is one line on standard error and exit code 1.

    The code is another one where the embedded database does not start.
    """
    _leave_on_signals()
    try:
        with _written_out():
            build_command()()
    except REPORTED_ERRORS as error:
        print(f"huggg: {_sentence(error)}", file=sys.stderr)  # noqa: T201 - this is the command line
        sys.exit(DATABASE_LOST if isinstance(error, EmbeddedPostgresError) else 1)


@contextmanager
def _written_out() -> Iterator[None]:
    """Write the rest of the output while its failure can be told; a reader that left needs none."""
    try:
        yield
    finally:
        try:
            sys.stdout.flush()
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the end
            if error.errno != errno.EPIPE:
                raise


def _leave_on_signals() -> None:
    """Turn SIGTERM and SIGHUP into exits, so that no command leaves the embedded database behind.

    A command that serves has handlers of its own. A signal that is ignored, as under `nohup`, stays so.
    """
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, _leave)


def _leave(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(SIGNALLED + number)


def _sentence(error: Exception) -> str:
    """Strip the number from an operating system's message, and name the remedy of lacking rights."""
    if isinstance(error, OSError) and error.strerror is not None:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    if isinstance(error, asyncpg.DataError) and isinstance(error.__cause__, UnicodeEncodeError):
        return "A value has bytes that are not UTF-8."
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return f"{error}. {GRANTS}"
    return str(error)
