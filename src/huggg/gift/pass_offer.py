"""The offer of wallet passes on a page that shows a code: a port, which `passes/` implements."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from huggg.gift.present import ShownCode
from huggg.gift.visit import Visit


class PassLinks(Struct, frozen=True):
    """The addresses that save a gift in a wallet; empty where there is no offer."""

    apple: str = ""
    google: str = ""


NO_PASSES = PassLinks()


class PassOffer(Protocol):
    """Makes passes for gifts whose code is shown."""

    async def links(self, visit: Visit, shown_code: ShownCode, user_agent: str) -> PassLinks:
        """Give the addresses for the wallets of a reader's device. Raises Unavailable."""
