"""Letters to buyers, teams and operators: receipts, alarms, and the confirmation of an address."""

from __future__ import annotations

from msgspec import Struct

from huggg.languages.language import Language
from huggg.notifications.gift_letters import greeting
from huggg.notifications.letter import Button, Letter


class PurchaseFacts(Struct, frozen=True, kw_only=True):
    """A purchase as its buyer gets a receipt of it."""

    name: str | None  # the buyer's
    title: str | None
    product: str
    quantity: int
    amount: int  # pence


def bought_letter(purchase: PurchaseFacts, reader: Language) -> Letter:
    """Confirm a purchase to its buyer."""
    say = reader.say
    return _receipt(
        purchase,
        reader,
        subject=say("Receipt: %(product)s", product=purchase.product),
        sentence=reader.say_many(
            "You bought %(number)s gift for %(amount)s: %(product)s.",
            "You bought %(number)s gifts for %(amount)s: %(product)s.",
            purchase.quantity,
            amount=reader.money(purchase.amount),
            product=purchase.product,
        ),
    )


def sent_letter(purchase: PurchaseFacts, reader: Language) -> Letter:
    """Tell a buyer that the gifts of a purchase are sent."""
    return _receipt(
        purchase,
        reader,
        subject=reader.say("Sent: %(product)s", product=purchase.product),
        sentence=reader.say_many(
            "Your gift is on its way: %(product)s.",
            "Your %(number)s gifts are on their way: %(product)s.",
            purchase.quantity,
            product=purchase.product,
        ),
    )


def money_back_letter(purchase: PurchaseFacts, reader: Language) -> Letter:
    """Tell a buyer that the value of unspent gifts came back."""
    return _receipt(
        purchase,
        reader,
        subject=reader.say("Money came back: %(amount)s", amount=reader.money(purchase.amount)),
        sentence=reader.say_many(
            "%(number)s gift ended unspent, and %(amount)s came back to you: %(product)s.",
            "%(number)s gifts ended unspent, and %(amount)s came back to you: %(product)s.",
            purchase.quantity,
            amount=reader.money(purchase.amount),
            product=purchase.product,
        ),
    )


def wallet_low_letter(wallet: str, *, available: int, level: int, reader: Language) -> Letter:
    """Warn a team that a wallet fell below its level; both amounts are in pence."""
    return _alarm(
        reader,
        subject=reader.say("The wallet %(wallet)s runs low", wallet=wallet),
        sentence=reader.say(
            "The wallet %(wallet)s has %(left)s left, which is less than %(level)s.",
            wallet=wallet,
            left=reader.money(available),
            level=reader.money(level),
        ),
    )


def pool_low_letter(pool: str, *, level: int, reader: Language) -> Letter:
    """Warn an operator that a pool of codes fell to its level."""
    return _alarm(
        reader,
        subject=reader.say("The pool %(pool)s runs low", pool=pool),
        sentence=reader.say(
            "The pool %(pool)s has no more than %(level)s codes left.", pool=pool, level=level
        ),
    )


def dead_jobs_letter(count: int, *, kinds: str, reader: Language) -> Letter:
    """Warn an operator of jobs that no attempt could do."""
    return _alarm(
        reader,
        subject=reader.say("Jobs need an operator"),
        sentence=reader.say_many(
            "%(number)s job could not be done: %(kinds)s. See `huggg job list --dead`.",
            "%(number)s jobs could not be done: %(kinds)s. See `huggg job list --dead`.",
            count,
            kinds=kinds,
        ),
    )


def confirmation_letter(product: str, *, link: str, reader: Language) -> Letter:
    """Ask a person to confirm an e-mail address before it gets a gift."""
    say = reader.say
    return Letter(
        language=reader.tag,
        subject=say("Confirm your e-mail address: %(product)s", product=product),
        paragraphs=(
            greeting(None, reader),
            say(
                "This address asked for a gift: %(product)s. Confirm it, and the gift is yours.",
                product=product,
            ),
        ),
        link=Button(say("Confirm this address"), link),
        small=(say("If you did not ask for it, do nothing: without the link no gift is taken."),),
    )


def readmission_letter(product: str, *, link: str, reader: Language) -> Letter:
    """Let the receiver of a claimed gift see its code in another browser."""
    say = reader.say
    return Letter(
        language=reader.tag,
        subject=say("Your gift in another browser: %(product)s", product=product),
        paragraphs=(
            greeting(None, reader),
            say(
                "The code of your gift was asked for in another browser: %(product)s."
                " Open this link there.",
                product=product,
            ),
        ),
        link=Button(say("Use this browser"), link),
        small=(
            say("The link is good for a day."),
            say("If you did not ask for it, do nothing: without the link the code stays hidden."),
        ),
    )


def _receipt(purchase: PurchaseFacts, reader: Language, *, subject: str, sentence: str) -> Letter:
    title = (reader.say("Order: %(title)s", title=purchase.title),) if purchase.title else ()
    return Letter(
        language=reader.tag,
        subject=subject,
        paragraphs=(greeting(purchase.name, reader), sentence, *title),
    )


def _alarm(reader: Language, *, subject: str, sentence: str) -> Letter:
    return Letter(language=reader.tag, subject=subject, paragraphs=(greeting(None, reader), sentence))
