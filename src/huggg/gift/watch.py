"""The watch: open pages wait for news of their gift, and one statement at a time asks for all of them.

A page waits in the task of its request: its alarm ends the wait, at news or after a while, and so does
its reader who leaves. So an open page costs a connection and a few kilobytes, and no statement.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

from huggg.database.pool import Database
from huggg.gift.store import queries
from huggg.gift.ticket import Watched
from huggg.http.web import Receive
from huggg.kit.chores import every

LOOK_SECONDS = 0.5
WAIT_SECONDS = 50.0
"""Seconds without news after which a page asks again: proxies close a connection idle for a minute."""

Alarms = set[asyncio.Timeout]


class GiftWatch:
    """The pages that wait in a process. One per process."""

    def __init__(self, database: Database, is_draining: Callable[[], bool]) -> None:
        """Take the database, and a way to tell that the process is about to stop."""
        self._database = database
        self._is_draining = is_draining
        self._waiting: defaultdict[Watched, Alarms] = defaultdict(set)
        self._news: Alarms = set()

    @property
    def waiting(self) -> int:
        """Count the pages that wait."""
        return sum(map(len, self._waiting.values()))

    async def wait(self, watched: Watched, receive: Receive, seconds: float = WAIT_SECONDS) -> bool:
        """Wait for a change of a gift; False after so many seconds, or when the reader left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds) as alarm:
                self._waiting[watched].add(alarm)
                try:
                    await _hung_up(receive)
                finally:
                    self._forget(watched, alarm)
        changed = alarm in self._news
        self._news.discard(alarm)
        return changed

    async def keep_looking(self) -> None:
        """Look for changes twice a second, until cancelled."""
        await every(LOOK_SECONDS, self.look, called="gift watch")

    async def look(self) -> None:
        """Wake the pages of gifts that have changed. Raises Unavailable."""
        if self._is_draining():
            self._wake(list(self._waiting), news=False)  # they ask another process
        if self._waiting:
            watched = list(self._waiting)
            rows = await self._database.rows(
                queries.changed,
                ids=[each.huggg_id for each in watched],
                versions=[each.version for each in watched],
            )
            self._wake([Watched(row["huggg_id"], row["version"]) for row in rows], news=True)

    def _wake(self, watched: list[Watched], *, news: bool) -> None:
        now = asyncio.get_running_loop().time()
        for each in watched:
            for alarm in self._waiting.get(each, ()):
                if news:
                    self._news.add(alarm)
                alarm.reschedule(now)

    def _forget(self, watched: Watched, alarm: asyncio.Timeout) -> None:
        alarms = self._waiting[watched]
        alarms.discard(alarm)
        if not alarms:
            del self._waiting[watched]


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
