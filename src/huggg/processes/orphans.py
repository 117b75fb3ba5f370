"""Orphans: a worker whose supervisor was killed stops itself.

Workers share one listening socket, so orphans would hold the port against the next start, and go on
serving requests by the old release.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.process import BaseProcess


def stop_when_orphaned() -> None:
    """Watch the parent, if this process is a worker; once it is gone, end as on SIGTERM.

    The parent holds one end of a pipe, which the kernel closes however the parent dies. So nothing is
    polled, and the thread sleeps as long as the parent lives.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_outlive, args=(parent,), name="orphans", daemon=True).start()


def _outlive(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
