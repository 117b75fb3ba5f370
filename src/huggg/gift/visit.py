"""A visit: a reader before one gift, or before the link of a group."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from huggg.gift.gift import ShownGift
from huggg.gift.look import PageLook
from huggg.gift.offering import Offering
from huggg.groups.group import Group
from huggg.hugggs.reference import HugggReference, link_reference
from huggg.kit.codes import Vault
from huggg.languages.language import Language


class Visit(Struct, frozen=True):
    """The gift of a link as it was at an instant, with its look and the reader's language."""

    path: str
    gift: ShownGift
    offering: Offering
    look: PageLook
    language: Language
    now: datetime
    may_show: bool  # the code, to this reader

    def link(self, vault: Vault) -> HugggReference:
        """Refer to the gift by its link: after a move it finds nothing, unlike the id."""
        return link_reference(vault, self.gift.huggg.codes.shortcode)


class GroupVisit(Struct, frozen=True):
    """The group of a link as it was at an instant, with its look and the reader's language."""

    path: str
    group: Group
    offering: Offering
    look: PageLook
    language: Language
    now: datetime
