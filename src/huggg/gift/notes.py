"""Notes: the texts of gift pages that show no gift."""

from __future__ import annotations

from msgspec import Struct

from huggg.gift.gift import OVER, PageState
from huggg.languages.language import Language


class Note(Struct, frozen=True):
    """The fault or the news, and the next step of its reader."""

    state: str
    title: str
    text: str
    over: bool = False  # a browser keeps nothing of the gift


def note_of(state: PageState, language: Language, *, day: str = "") -> Note:
    """Write the note of a state; `day` is that on which a scheduled gift opens."""
    title, text = _texts(state, language, day)
    return Note(state, title, text, over=state in OVER)


def _texts(state: PageState, language: Language, day: str) -> tuple[str, str]:
    say = language.say
    match state:
        case PageState.SCHEDULED:
            return (
                say("Something is on its way"),
                say("This link opens on %(day)s. Come back then.", day=day),
            )
        case PageState.MOVED:
            return (
                say("This gift has a new link"),
                say("Its sender moved it. Look for a newer message, or ask the sender."),
            )
        case PageState.AWAY:
            return (
                say("We cannot reach your gift just now"),
                say("It is safe, and nothing is lost. Wait a moment, then try again."),
            )
        case PageState.NONE_LEFT:
            return (
                say("All of these gifts are taken"),
                say("Others were faster this time. Ask the sender for another one."),
            )
        case _:
            return (
                say("We cannot find this gift"),
                say("The link may be mistyped or cut off. Open it from the message that you got."),
            )


def busy_note(language: Language) -> Note:
    """Write the note for a reader at an address from which many wrong links came."""
    say = language.say
    return Note(
        "busy",
        say("One moment, please"),
        say("Many wrong links came from your network. This page tries again by itself."),
    )
