"""Slots: limits of the requests that are under way at once in a process, and of those of one caller.

A request holds a slot while the process works on it, and none while its body is still to come or its
answer is being read. The number of slots keeps the process from being slow for all callers; the shares
keep it open while one caller, or one address, sends more than its share.

A slot counts for a caller before the token is looked up. A token that was valid lately counts for its
caller at once. Another token counts for itself and for its address, so that a caller who invents tokens
wins nothing; and requests with unknown tokens have at most half of the slots. Log-ins, which are slow by
design, count for their address, and for their client once it has proved its identity. Slow operations,
such as searches, count for their caller and, all callers together, for a share of their own.
"""

from __future__ import annotations

from collections.abc import Hashable

from huggg.refusal import Busy

Holders = tuple[tuple[Hashable, int], ...]
"""The names that a slot counts for, and how many slots each of them may hold."""

OF_ONE_ADDRESS = 2
"""The share of one address's unknown tokens, as a multiple of a caller's share."""

OF_LOGINS = 4
"""Log-ins have a share of their own: this part of a caller's."""

OF_SLOW = 4
"""Slow operations of all callers together have this part of the slots."""

REMEMBERED = 4096
"""Tokens whose callers are remembered; twice as many at most."""


class TooManyAtOnce(Busy):
    """The limit of requests under way is reached; one more would slow all of them down."""


class Slots:
    """The slots of one process."""

    def __init__(self, slots: int, share: int) -> None:
        """Have so many slots, and a caller's share of them; 0 slots for any number."""
        self._slots = slots
        self._share = share
        self._login_share = max(1, share // OF_LOGINS)
        self._strangers: Holders = (("strangers", max(1, slots // 2)),)
        self.slow: Holders = (("slow", max(1, slots // OF_SLOW)),)
        self._held: dict[Hashable, int] = {}
        self._taken = 0
        self._callers: dict[int, str] = {}
        self._callers_before: dict[int, str] = {}

    def of_request(self, address: str, token: bytes, *, logs_in: bool) -> Slot:
        """Give the slot of a request, not taken yet, by the `token` that it came with."""
        if not self._slots:
            return UNLIMITED
        if logs_in:
            return Slot(self, ((("log in", address), self._login_share), *self._strangers))
        token_hash = hash(token)  # no token is kept
        caller = self._callers.get(token_hash) or self._callers_before.get(token_hash)
        if caller is not None and token:
            return Slot(self, ((caller, self._share),), token_hash, caller)
        of_token = ((address, token_hash), self._share)
        of_address = (address, OF_ONE_ADDRESS * self._share)
        return Slot(self, (of_token, of_address, *self._strangers), token_hash)

    def of_caller(self, caller: str, token_hash: int) -> Holders:
        """Remember the caller of a token, and give the holders of its slots from now on."""
        if self._callers.get(token_hash) != caller:
            if len(self._callers) >= REMEMBERED:
                self._callers, self._callers_before = {}, self._callers
            self._callers[token_hash] = caller
        return ((caller, self._share),)

    def of_client(self, client: str, address: str) -> Holders:
        """Give the holders of the slots of a client's log-ins."""
        return ((("log in", address, client), self._login_share), *self._strangers)

    def take(self, holders: Holders) -> bool:
        """Take a slot, if there is one for each of these."""
        counts = self._held
        if self._taken >= self._slots:
            return False
        for holder, most in holders:
            if counts.get(holder, 0) >= most:
                return False
        for holder, _ in holders:
            counts[holder] = counts.get(holder, 0) + 1
        self._taken += 1
        return True

    def give_back(self, holders: Holders) -> None:
        """Give a slot back."""
        counts = self._held
        for holder, _ in holders:
            remaining = counts[holder] - 1
            if remaining:
                counts[holder] = remaining
            else:
                del counts[holder]
        self._taken -= 1


class Slot:
    """One request's slot, taken or not."""

    __slots__ = ("_caller", "_holders", "_slots", "_taken", "_token_hash")

    def __init__(
        self, slots: Slots, holders: Holders, token_hash: int = 0, caller: str | None = None
    ) -> None:
        self._slots = slots
        self._holders = holders
        self._token_hash = token_hash
        self._caller = caller
        self._taken = False

    def take(self) -> bool:
        """Take the slot. False: too many are taken."""
        self._taken = self._slots.take(self._holders)
        return self._taken

    def release(self) -> None:
        """Give the slot back, if it was taken."""
        if self._taken:
            self._taken = False
            self._slots.give_back(self._holders)

    def belongs_to(self, caller: str) -> None:
        """Count it for the caller from now on. Raises TooManyAtOnce."""
        if caller != self._caller:
            self._caller = caller
            self._count_for(self._slots.of_caller(caller, self._token_hash))

    def logs_in(self, client: str, address: str) -> None:
        """Count it for a client's log-ins from now on. Raises TooManyAtOnce."""
        self._count_for(self._slots.of_client(client, address))

    def is_slow(self) -> None:
        """Count it for the slow operations, too. Raises TooManyAtOnce."""
        self._count_for((*self._holders, *self._slots.slow))

    def _count_for(self, holders: Holders) -> None:
        self.release()
        self._holders = holders
        if not self.take():
            raise TooManyAtOnce


class _Unlimited(Slot):
    """The slot of a request that needs none."""

    __slots__ = ()

    def take(self) -> bool:
        """Take nothing, and succeed."""
        return True

    def belongs_to(self, caller: str) -> None:
        """Count nothing."""

    def logs_in(self, client: str, address: str) -> None:
        """Count nothing."""

    def is_slow(self) -> None:
        """Count nothing."""


UNLIMITED = _Unlimited(Slots(0, 0), ())
