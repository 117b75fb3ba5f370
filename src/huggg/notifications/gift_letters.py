"""The letters and texts about one huggg: the gift itself, and reminders of it."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from huggg.languages.language import Language
from huggg.notifications.letter import Button, Letter


class Gift(Struct, frozen=True, kw_only=True):
    """A huggg as its receiver is told of it."""

    product: str
    brand: str
    sender: str | None
    name: str | None  # the receiver's
    message: str | None
    link: str
    last_day: date


def gift_letter(gift: Gift, reader: Language, *, unsubscribe: str) -> Letter:
    """Tell a receiver of a gift. `unsubscribe` is an address."""
    say = reader.say
    return Letter(
        language=reader.tag,
        subject=say("%(sender)s sent you a gift: %(product)s", **_placeholders(gift, reader)),
        paragraphs=(
            greeting(gift.name, reader),
            say(
                "%(sender)s sent you a gift: %(product)s, from %(brand)s.", **_placeholders(gift, reader)
            ),
        ),
        quote=gift.message,
        link=Button(say("Open your gift"), gift.link),
        small=(_valid_until(gift, reader), _keep_link(reader)),
        unsubscribe=Button(say("Reminders of your gifts"), unsubscribe),
    )


def reminder_letter(gift: Gift, reader: Language, *, ends_soon: bool, unsubscribe: str) -> Letter:
    """Remind a receiver of a gift, which waits or ends soon. `unsubscribe` is an address."""
    say, words = reader.say, _placeholders(gift, reader)
    if ends_soon:
        subject = say("Your gift ends on %(day)s: %(product)s", **words)
        sentence = say("Your gift from %(sender)s, %(product)s, ends soon.", **words)
    else:
        subject = say("Your gift is waiting: %(product)s", **words)
        sentence = say("Your gift from %(sender)s, %(product)s, is waiting for you.", **words)
    return Letter(
        language=reader.tag,
        subject=subject,
        paragraphs=(greeting(gift.name, reader), sentence),
        quote=gift.message,
        link=Button(say("Open your gift"), gift.link),
        small=(_valid_until(gift, reader), _keep_link(reader)),
        unsubscribe=Button(say("Stop these reminders"), unsubscribe),
    )


def gift_text(gift: Gift, reader: Language) -> str:
    """Tell a receiver of a gift, in an SMS."""
    return reader.say(
        "%(sender)s sent you a gift: %(product)s. Open it until %(day)s: %(link)s",
        **_placeholders(gift, reader),
        link=gift.link,
    )


def reminder_text(gift: Gift, reader: Language) -> str:
    """Remind a receiver of a gift, in an SMS."""
    return reader.say(
        "Your gift from %(sender)s, %(product)s, is waiting until %(day)s: %(link)s",
        **_placeholders(gift, reader),
        link=gift.link,
    )


def greeting(name: str | None, reader: Language) -> str:
    """Greet a reader, by name if it is known."""
    return reader.say("Hello %(name)s,", name=name) if name else reader.say("Hello,")


def _placeholders(gift: Gift, reader: Language) -> dict[str, str]:
    return {
        "sender": gift.sender or reader.say("A friend"),
        "product": gift.product,
        "brand": gift.brand,
        "day": reader.day(gift.last_day),
    }


def _valid_until(gift: Gift, reader: Language) -> str:
    return reader.say("You can use it until the end of %(day)s.", day=reader.day(gift.last_day))


def _keep_link(reader: Language) -> str:
    return reader.say("Keep the link to yourself: the first person who uses it has the gift.")
