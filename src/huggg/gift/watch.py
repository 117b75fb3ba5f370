"""The watch: open pages wait for news of their gift, and one statement at a time asks for all of them.

A page waits in the task of its request, until its reader leaves or the watch ends its wait, at news or
after a while. So an open page costs a connection and a few kilobytes, but no timer and no statement.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from huggg.database.pool import Database
from huggg.gift.store import queries
from huggg.gift.ticket import WatchedGift
from huggg.http.web import Receive
from huggg.kit.chores import every

POLL_SECONDS = 0.5
WAIT_SECONDS = 50.0
"""Seconds without news after which a page asks again: proxies close a connection idle for a minute."""


class OpenPage:
    """A page whose task waits, until some time of the loop."""

    __slots__ = ("_task", "changed", "until", "watched", "woken")

    def __init__(self, watched: WatchedGift, until: float) -> None:
        self.watched = watched
        self.until = until
        self.woken = False
        self.changed = False
        self._task = asyncio.current_task()

    def wake(self, *, changed: bool) -> None:
        """End the wait, by a cancellation that `GiftWatch.wait` takes back."""
        if not self.woken and self._task is not None:
            self.woken, self.changed = True, changed
            self._task.cancel()

    def is_cancelled(self) -> bool:
        """Tell whether the task was cancelled by another than the watch, who is owed a cancellation."""
        return not self.woken or self._task is None or self._task.uncancel() > 0


class GiftWatch:
    """The pages that wait in a process. One per process."""

    def __init__(self, database: Database, is_draining: Callable[[], bool]) -> None:
        """Take the database, and a way to tell that the process is about to stop."""
        self._database = database
        self._is_draining = is_draining
        self._pages: set[OpenPage] = set()

    @property
    def waiting(self) -> int:
        """Count the pages that wait."""
        return len(self._pages)

    async def wait(self, watched: WatchedGift, receive: Receive, seconds: float = WAIT_SECONDS) -> bool:
        """Wait for a change of a gift; False after so many seconds, or when the reader left."""
        page = OpenPage(watched, asyncio.get_running_loop().time() + seconds)
        self._pages.add(page)
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        except asyncio.CancelledError:
            if page.is_cancelled():
                raise
        finally:
            self._pages.discard(page)
        return page.changed

    async def keep_polling(self) -> None:
        """Ask for changes twice a second, until cancelled."""
        await every(POLL_SECONDS, self.poll, name="gift watch")

    async def poll(self) -> None:
        """Wake the pages of gifts that have changed, and those that waited long. Raises Unavailable."""
        now = asyncio.get_running_loop().time()
        draining = self._is_draining()  # then they ask another process
        for page in self._pages:
            if draining or page.until <= now:
                page.wake(changed=False)
        watched = list({page.watched for page in self._pages})
        if watched:
            ids, versions = [each.huggg_id for each in watched], [each.version for each in watched]
            rows = await self._database.rows(queries.changed, ids=ids, versions=versions)
            self._tell({WatchedGift(row["huggg_id"], row["version"]) for row in rows})

    def _tell(self, changes: set[WatchedGift]) -> None:
        for page in self._pages if changes else ():
            if page.watched in changes:
                page.wake(changed=True)
