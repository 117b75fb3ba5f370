"""`huggg`, and `python -m huggg`: the process is made ready, the commands are built, one of them runs.

Imports take most of a second, in which Ctrl-C ends the process as it ends any other, without a
traceback. A shell may start a process without one of its three streams; the next opened file or socket
would take the place of a missing one, so the null device takes it first.
"""

from __future__ import annotations

import os
import signal
import sys

STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def main() -> None:
    """Run one command."""
    _fill_missing_streams()
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
