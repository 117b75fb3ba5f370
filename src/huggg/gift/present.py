"""The values of a gift's template: facts turned into words, in the language of their reader."""

from __future__ import annotations

from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from huggg.gift.attempt import NO_ATTEMPT, Attempt
from huggg.gift.gift import PageState, Steps, steps_of
from huggg.gift.look import picture_address
from huggg.gift.offering import Place
from huggg.gift.options import Option
from huggg.gift.symbols import Picture, Symbology, draw, spaced
from huggg.gift.visit import Visit
from huggg.hugggs.huggg import REDEEM_CODE_SYMBOLS
from huggg.hugggs.thank import THANKS_MAX
from huggg.vouchers.voucher import Voucher

SOON_DAYS = 7
"""Days before its last one from which a gift says how many are left."""

PLACES_MAX = 12
"""Places on the gift's own page; the others have a page of their own, so that this one stays light."""


class ShownCode(Struct, frozen=True):
    """The code of a gift, as its page shows it to a reader who asked for it."""

    picture: Picture
    code: str
    pin: str = ""
    redeem_code: str = ""
    ends_at: datetime | None = None  # where it ends before the gift does
    offline: Picture | None = None  # the code for a till without a network


def words_of(visit: Visit, *, ticket: str) -> dict[str, str]:
    """Write the words on a page that belong to one gift, in the language of its reader."""
    gift, language = visit.gift, visit.language
    redemption, zone = gift.redemption, visit.offering.time_zone
    return {
        "path": visit.path,
        "ticket": ticket,
        "ends": str(int(gift.huggg.expires_at.timestamp() * 1000)),
        "sender": gift.sender,
        "message": gift.message or "",
        "last_day": language.day(gift.huggg.expiry_date),
        "spent_at": language.instant(_local(redemption.at, zone)) if redemption else "",
        "spent_where": redemption.location if redemption else "",
    }


class Facts(Struct, frozen=True):
    """The facts about one gift that decide which words its page has."""

    steps: Steps
    may_show: bool
    is_opened: bool
    is_thanked: bool
    days_left: int | None


def facts_of(visit: Visit, state: PageState) -> Facts:
    """Collect the facts about a gift in a state."""
    gift, offering = visit.gift, visit.offering
    today = local_day(visit.now, offering.time_zone)
    return Facts(
        steps=steps_of(gift, state, offering.integration_id, may_show=visit.may_show),
        may_show=visit.may_show,
        is_opened=gift.huggg.viewed_at is not None,
        is_thanked=gift.thanked,
        days_left=days_left(gift.huggg.expiry_date, today),
    )


def gift_values(
    visit: Visit,
    state: PageState,
    facts: Facts,
    *,
    shown_code: ShownCode | None = None,
    attempt: Attempt = NO_ATTEMPT,
) -> dict[str, Any]:
    """Collect the values for `gift.html.j2`, except for the words of `words_of`."""
    offering = visit.offering
    return {
        "state": state,
        "offering": offering,
        "look": visit.look,
        "steps": facts.steps,
        "may_show": facts.may_show,
        "is_opened": facts.is_opened,
        "is_thanked": facts.is_thanked,
        "days_left": facts.days_left,
        "thanks_max": THANKS_MAX,
        "monogram": monogram(offering.brand),
        "shops": offering.shops,
        "options": [_option_values(option) for option in offering.options],
        "notice": attempt.notice,
        "problem": attempt.problem,
        "choice": attempt.choice,
        "thanks": attempt.thanks,
        "thanks_problem": attempt.thanks_problem,
        **_code_values(visit, shown_code),
    }


def _option_values(option: Option) -> dict[str, Any]:
    brand = option.brand
    return {
        "id": option.product_id,
        "product": option.product,
        "brand": brand.name,
        "logo": picture_address(brand.pictures.logo),
        "monogram": monogram(brand.name),
        "colours": brand.colours,
    }


def _code_values(visit: Visit, shown_code: ShownCode | None) -> dict[str, Any]:
    if shown_code is None:
        return {}
    last_day = ""
    if shown_code.ends_at is not None:
        last_day = visit.language.day(local_day(shown_code.ends_at, visit.offering.time_zone))
    return {
        "picture": shown_code.picture,
        "code": shown_code.code,
        "code_text": spaced(shown_code.code),
        "pin": shown_code.pin,
        "redeem_code": spaced(shown_code.redeem_code.upper(), REDEEM_CODE_SYMBOLS // 2),
        "code_ends": last_day,
        "offline_picture": shown_code.offline,
    }


def code_of_voucher(visit: Visit, voucher: Voucher) -> ShownCode:
    """Show the code of a voucher, which the brand's till knows."""
    ends_sooner = voucher.expires_at < visit.gift.huggg.expires_at
    return ShownCode(
        picture=draw(voucher.code, visit.offering.symbology),
        code=voucher.code,
        pin=voucher.pin,
        ends_at=voucher.expires_at if ends_sooner else None,
    )


def code_of_huggg(visit: Visit, offline_code: str | None) -> ShownCode:
    """Show the huggg's own codes, with which a till calls this server, and its offline code."""
    codes = visit.gift.huggg.codes
    return ShownCode(
        picture=draw(codes.shortcode, visit.offering.symbology),
        code=codes.shortcode,
        redeem_code=codes.redeem_code,
        offline=None if offline_code is None else draw(offline_code, Symbology.QR),
    )


def monogram(name: str) -> str:
    """Take the initials of the first two words of a name that begin with a letter or digit."""
    return "".join(word[0] for word in name.split() if word[0].isalnum())[:2].upper()


def days_left(last_day: date, today: date) -> int | None:
    """Count the days after today, in the last week of a gift; None before that week, or after it."""
    days = (last_day - today).days
    return days if 0 <= days <= SOON_DAYS else None


def by_town(places: tuple[Place, ...]) -> list[tuple[str, list[Place]]]:
    """Group places, which are in the order of their towns."""
    return [
        (town, list(places_of_town))
        for town, places_of_town in groupby(places, key=lambda place: place.town)
    ]


def scheduled_day(visit: Visit) -> str:
    """Write the day on which a scheduled gift opens."""
    return visit.language.day(local_day(visit.gift.huggg.sent_at, visit.offering.time_zone))


def _local(at: datetime, time_zone: str) -> datetime:
    return at.astimezone(ZoneInfo(time_zone))


def local_day(at: datetime, time_zone: str) -> date:
    """Give the day of an instant where a brand is."""
    return _local(at, time_zone).date()
