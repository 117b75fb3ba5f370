"""The steps to a gift's code in another browser, in the language of their reader."""

from __future__ import annotations

from huggg.gift.group_present import Step
from huggg.languages.language import Language


def mailed_step(language: Language) -> Step:
    """Tell a person that a mail is on its way, and not to which address."""
    say = language.say
    return Step(
        "mail sent",
        say("Look into your mail"),
        say("A link is on its way to the address that this gift was sent to. Open it in this browser."),
    )


def unmailed_step(language: Language) -> Step:
    """Tell a person the way to the code of a gift that was sent to no address."""
    say = language.say
    return Step(
        "no address",
        say("We have no address for this gift"),
        say("Ask its sender to send it to your e-mail address. Then try again here."),
    )


def tap_step(language: Language, *, action: str) -> Step:
    """Ask a person for the tap that admits the browser."""
    say = language.say
    return Step(
        "confirm",
        say("One more tap"),
        say("Then the code is shown in this browser, too."),
        say("Use this browser"),
        action,
    )
