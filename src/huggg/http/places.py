"""Places: how many requests may be under way at once in a process, and how many of them one caller's.

A request has a place while something is done for it, and none while its body is still to come or its
answer is being read. The whole number keeps the process from being slow for everybody; the shares keep
it open while one caller, or one address, asks for more than a few can ask for.

Whose a place is has to be known before a token is looked up. A token that opened something lately stands
for its caller at once. Another one stands for itself, and counts for its address as well, so that a
caller who invents tokens wins nothing; and all that are not known yet have at most half of the places.
Log-ins, which are slow by design, count for their address, and for their client once that has proved who
it is.
"""

from __future__ import annotations

from collections.abc import Hashable

from huggg.refusal import Busy

Holders = tuple[tuple[Hashable, int], ...]
"""For what a place counts, and how many places each of these may have."""

OF_ONE_ADDRESS = 2
"""How many times a caller's share strangers at one address have."""

OF_LOGINS = 4
"""Log-ins have a share of their own: this part of a caller's."""

REMEMBERED = 4096
"""Tokens whose callers are remembered; twice as many at most."""


class TooManyAtOnce(Busy):
    """The limit of requests under way is reached; one more would slow all of them down."""


class Places:
    """The places of one process."""

    def __init__(self, places: int, share: int) -> None:
        """Have so many places, and a caller's share of them; 0 places for any number."""
        self._places = places
        self._share = share
        self._login_share = max(1, share // OF_LOGINS)
        self._strangers: Holders = (("strangers", max(1, places // 2)),)
        self._held: dict[Hashable, int] = {}
        self._taken = 0
        self._callers: dict[int, str] = {}
        self._callers_before: dict[int, str] = {}

    def of_request(self, address: str, token: bytes, *, logs_in: bool) -> Place:
        """Find out whose place a request will take; `token` is all that it brings to be known by."""
        if not self._places:
            return ANYWHERE
        if logs_in:
            return Place(self, ((("log in", address), self._login_share), *self._strangers))
        mark = hash(token)  # no token is kept
        caller = self._callers.get(mark) or self._callers_before.get(mark)
        if caller is not None and token:
            return Place(self, ((caller, self._share),), mark, caller)
        own = ((address, mark), self._share)
        here = (address, OF_ONE_ADDRESS * self._share)
        return Place(self, (own, here, *self._strangers), mark)

    def of_caller(self, caller: str, mark: int) -> Holders:
        """Remember whose a token is, and give what its places count for from now on."""
        if self._callers.get(mark) != caller:
            if len(self._callers) >= REMEMBERED:
                self._callers, self._callers_before = {}, self._callers
            self._callers[mark] = caller
        return ((caller, self._share),)

    def of_client(self, client: str, address: str) -> Holders:
        """Give what the places of a client's log-ins count for."""
        return ((("log in", address, client), self._login_share), *self._strangers)

    def take(self, holders: Holders) -> bool:
        """Take a place, if there is one for each of these."""
        held = self._held
        if self._taken >= self._places:
            return False
        for holder, most in holders:
            if held.get(holder, 0) >= most:
                return False
        for holder, _ in holders:
            held[holder] = held.get(holder, 0) + 1
        self._taken += 1
        return True

    def give_back(self, holders: Holders) -> None:
        """Give a place back."""
        held = self._held
        for holder, _ in holders:
            left = held[holder] - 1
            if left:
                held[holder] = left
            else:
                del held[holder]
        self._taken -= 1


class Place:
    """One request's place, taken or not."""

    __slots__ = ("_caller", "_holders", "_mark", "_places", "_taken")

    def __init__(
        self, places: Places, holders: Holders, mark: int = 0, caller: str | None = None
    ) -> None:
        self._places = places
        self._holders = holders
        self._mark = mark
        self._caller = caller
        self._taken = False

    def take(self) -> bool:
        """Take it, unless too many are taken."""
        self._taken = self._places.take(self._holders)
        return self._taken

    def leave(self) -> None:
        """Give it back, if it was taken."""
        if self._taken:
            self._taken = False
            self._places.give_back(self._holders)

    def belongs_to(self, caller: str) -> None:
        """Count it for the caller from now on. Raises TooManyAtOnce."""
        if caller != self._caller:
            self._caller = caller
            self._count_for(self._places.of_caller(caller, self._mark))

    def logs_in(self, client: str, address: str) -> None:
        """Count it for a client's log-ins from now on. Raises TooManyAtOnce."""
        self._count_for(self._places.of_client(client, address))

    def _count_for(self, holders: Holders) -> None:
        self.leave()
        self._holders = holders
        if not self.take():
            raise TooManyAtOnce


class _Anywhere(Place):
    """The place of a request that needs none."""

    __slots__ = ()

    def take(self) -> bool:
        """Let it pass."""
        return True

    def belongs_to(self, caller: str) -> None:
        """Count it for nobody."""

    def logs_in(self, client: str, address: str) -> None:
        """Count it for nobody."""


ANYWHERE = _Anywhere(Places(0, 0), ())
