"""The pages of groups in words, in the language of their reader."""

from __future__ import annotations

from math import ceil
from typing import Any

from markupsafe import Markup
from msgspec import Struct

from huggg.gift.gift import PageState
from huggg.gift.notes import Note, note_of
from huggg.gift.present import PLACES_MAX, days_left, local_day, monogram
from huggg.gift.visit import GroupVisit
from huggg.groups.group import GroupState
from huggg.kit.errors import TooManyRequests
from huggg.languages.language import Language

INVALID, TOO_MANY = 422, 429
MINUTE_SECONDS = 60


class AddressAttempt(Struct, frozen=True):
    """An address that was typed, and the problem with it; `status` for HTTP."""

    status: int = 200
    address: str = ""
    problem: str = ""
    wait_seconds: int = 0


NOTHING_TYPED = AddressAttempt()


class Step(Struct, frozen=True):
    """A step of a person on the way to a huggg; a `button` without text is none."""

    state: str
    title: str
    text: str
    button: str = ""
    action: str = ""  # the path that the button posts to
    address: str = ""


def group_values(visit: GroupVisit, *, attempt: AddressAttempt, places: Markup) -> dict[str, Any]:
    """Collect the values for `group.html.j2` of a group with a free huggg."""
    group, offering, language = visit.group, visit.offering, visit.language
    assert group.free is not None  # noqa: S101 - the group is open
    today = local_day(visit.now, offering.time_zone)
    has_more = len(offering.places) > PLACES_MAX
    return {
        "path": visit.path,
        "group": group,
        "offering": offering,
        "look": visit.look,
        "monogram": monogram(offering.brand),
        "claim_day": language.day(group.free.claim_day),
        "last_day": language.day(group.free.last_day),
        "days_left": days_left(group.free.claim_day, today),
        "places": places,
        "more_places": len(offering.places) if has_more else 0,
        "attempt": attempt,
    }


def group_note(visit: GroupVisit) -> Note:
    """Write why a group has no huggg to take."""
    group, language, say = visit.group, visit.language, visit.language.say
    match group.state(visit.now):
        case GroupState.SCHEDULED if group.free is not None:
            day = language.day(local_day(group.free.sent_at, visit.offering.time_zone))
            return note_of(PageState.SCHEDULED, language, day=day)
        case GroupState.OVER if group.over_since is not None:
            text = say("The last day to take one was %(day)s.", day=language.day(group.over_since))
            return Note(PageState.EXPIRED, say("This link has ended"), f"{text} {_link_hint(language)}")
        case GroupState.CANCELLED:
            text = say("Their sender took back those that were left.")
            return Note(PageState.CANCELLED, say("These gifts were cancelled"), text)
    note = note_of(PageState.NONE_LEFT, language)
    return Note(note.state, note.title, f"{note.text} {_link_hint(language)}")


def _link_hint(language: Language) -> str:
    return language.say("If you took one, its link is in your mail.")


def mail_step(language: Language) -> Step:
    """Tell a person that a mail is on its way."""
    say = language.say
    return Step(
        "mail sent",
        say("Look into your mail"),
        say("A message with a link is on its way. Open the link to get your gift. It may be in spam."),
    )


def confirm_step(language: Language, *, address: str, action: str, has_one: bool) -> Step:
    """Ask a person for the tap that takes a huggg, or leads to the one that the person has."""
    say = language.say
    if has_one:
        title, text = say("You have your gift"), say("This address took one already. Here it is again.")
        return Step("taken", title, text, say("Open your gift"), action, address)
    title, text = say("One more tap"), say("Then the gift is yours. Each person gets one.")
    return Step("confirm", title, text, say("Take the gift"), action, address)


def bad_address_attempt(language: Language, address: str) -> AddressAttempt:
    """Say that a text is no address."""
    problem = language.say("Write your whole e-mail address, with the part behind the @.")
    return AddressAttempt(INVALID, address, problem)


def limited_attempt(language: Language, refusal: TooManyRequests, address: str) -> AddressAttempt:
    """Say when another address may be typed."""
    problem = language.say_many(
        "Too many addresses were typed here. Try again in a minute.",
        "Too many addresses were typed here. Try again in %(number)s minutes.",
        ceil(refusal.wait_seconds / MINUTE_SECONDS),
    )
    return AddressAttempt(TOO_MANY, address, problem, ceil(refusal.wait_seconds) or 1)
