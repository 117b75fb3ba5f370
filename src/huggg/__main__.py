"""`huggg`, and `python -m huggg`: the process is made ready, the commands are built, one of them runs.

Imports take most of a second, in which Ctrl-C ends the process as it ends any other, without a
traceback. A shell may start a process without one of its three streams; the next opened file or socket
would take the place of a missing one, so the null device takes it first. A letter that the encoding of
the output lacks is written as an escape. On a narrow terminal help is text without boxes, which would
cut the names of options.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from io import TextIOWrapper

STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
BOXES_WIDTH_MIN = 60


def main() -> None:
    """Run one command."""
    _fill_missing_streams()
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")
    if shutil.get_terminal_size().columns < BOXES_WIDTH_MIN:
        os.environ.setdefault("TYPER_USE_RICH", "0")
    interrupt = signal.getsignal(signal.SIGINT)
    if interrupt == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from huggg import cli  # noqa: PLC0415 - see above

    cli.build_command()
    signal.signal(signal.SIGINT, interrupt)
    cli.main()


def _fill_missing_streams() -> None:
    for name, mode in STREAMS:
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123


if __name__ == "__main__":
    main()
