"""A pass as a value: the facts that both wallets show, and whether it is void. No I/O."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from huggg.gift.gift import PageState, Show, page_state, way_to_show
from huggg.gift.offering import Place
from huggg.gift.symbols import Symbology, spaced
from huggg.gift.visit import Visit
from huggg.languages.language import Language
from huggg.themes.colours import Colours


class PassKind(StrEnum):
    """The wallets for which there are passes."""

    APPLE = "apple"
    GOOGLE = "google"


class PassState(StrEnum):
    """The states of a pass; in all but the first it is void."""

    LIVE = "live"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    ENDED = "ended"  # cancelled, or given to another receiver under a new link


_STATES = {
    PageState.WAITING: PassState.LIVE,
    PageState.CLAIMED: PassState.LIVE,
    PageState.REDEEMED: PassState.REDEEMED,
    PageState.EXPIRED: PassState.EXPIRED,
}

PLACES_MAX = 10
"""Places that a phone's lock screen may know a pass by: Apple's limit."""

_APPLE_DEVICE = re.compile(r"iPhone|iPad|iPod|Macintosh")


class GiftPass(Struct, frozen=True):
    """The facts of a pass. A void one has no code, and no words of people."""

    id: UUID
    state: PassState
    product: str
    brand: str
    brand_id: UUID
    sender: str
    message: str
    last_day: str
    ends_at: datetime
    code: str
    code_text: str  # as people read it aloud
    symbology: Symbology
    colours: Colours
    brand_logo: str  # the name of its picture, empty without one
    places: tuple[Place, ...]
    terms: str
    link: str
    labels: PassLabels

    @property
    def is_void(self) -> bool:
        """Tell whether a till takes it no more."""
        return self.state is not PassState.LIVE


class PassLabels(Struct, frozen=True):
    """The words on a pass, in its holder's language."""

    sender: str
    last_day: str
    message: str
    code: str
    terms: str
    link: str


def gift_pass(
    visit: Visit, pass_id: UUID, *, code: str, redeem_code: str, has_moved: bool, launch_url: str
) -> GiftPass:
    """Make the pass of a gift as it is now; of one that moved, the link is not told."""
    gift, offering = visit.gift, visit.offering
    state = _STATES.get(page_state(gift.huggg, now=visit.now), PassState.ENDED)
    if has_moved:
        state = PassState.ENDED
    is_live = state is PassState.LIVE
    return GiftPass(
        id=pass_id,
        state=state,
        product=offering.product,
        brand=offering.brand,
        brand_id=offering.brand_id,
        sender=gift.sender if is_live else "",
        message=(gift.message or "") if is_live else "",
        last_day=visit.language.day(gift.huggg.expiry_date),
        ends_at=gift.huggg.expires_at,
        code=code if is_live else "",
        code_text=spaced(redeem_code.upper() or code) if is_live else "",
        symbology=offering.symbology,
        colours=visit.look.colours,
        brand_logo=visit.offering.pictures.logo or "",
        places=tuple(place for place in offering.places if place.latitude is not None)[:PLACES_MAX],
        terms=offering.instructions or offering.description,
        link=f"{launch_url}{visit.path}" if is_live else "",
        labels=_labels(visit.language),
    )


def _labels(language: Language) -> PassLabels:
    say = language.say
    return PassLabels(
        sender=say("From"),
        last_day=say("Use by"),
        message=say("Message"),
        code=say("Code"),
        terms=say("Good to know"),
        link=say("Gift page"),
    )


def has_code(visit: Visit) -> bool:
    """Tell whether a gift is shown by a code; staff type a store's PIN on its page only."""
    return way_to_show(visit.gift, visit.offering.integration_id) is not Show.PIN


def kinds_for(user_agent: str) -> frozenset[PassKind]:
    """Name the wallets that a device may have: that of its maker alone, where the device tells it."""
    if "Android" in user_agent:
        return frozenset({PassKind.GOOGLE})
    if _APPLE_DEVICE.search(user_agent):
        return frozenset({PassKind.APPLE})
    return frozenset(PassKind)
