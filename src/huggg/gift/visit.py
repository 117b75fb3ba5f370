"""A visit: a reader before one gift."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from huggg.gift.gift import ShownGift
from huggg.gift.offering import Offering
from huggg.languages.language import Language


class Visit(Struct, frozen=True):
    """The gift of a link as it was at an instant, its offering, and the language of its reader."""

    path: str
    gift: ShownGift
    offering: Offering
    language: Language
    now: datetime
    may_show: bool  # the code, to this reader
