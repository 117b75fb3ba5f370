"""Orphans: a worker whose supervisor was killed stops itself.

Workers share one listening socket, so those that outlived their supervisor would hold the port
against the next start, and go on serving yesterday's release to whom the kernel hands them.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.process import BaseProcess


def stop_when_orphaned() -> None:
    """Watch over the parent, if this process is a worker; once it is gone, end as on SIGTERM.

    The kernel tells: the parent holds one end of a pipe, which closes with it, however it dies. So
    nothing is polled, and the thread sleeps for as long as all is well.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_outlive, args=(parent,), name="orphans", daemon=True).start()


def _outlive(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
