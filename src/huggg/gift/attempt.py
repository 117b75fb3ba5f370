"""An attempt: a form that did not succeed, and the words about it on the page that comes back."""

from __future__ import annotations

from math import ceil

from msgspec import Struct

from huggg.hugggs.errors import (
    AlreadyThanked,
    CannotPick,
    ClaimLimitReached,
    HugggAlreadyCancelled,
    HugggAlreadyClaimed,
    HugggAlreadyExpired,
    HugggAlreadyPicked,
    HugggAlreadySpent,
    HugggNotPicked,
    HugggNotYetSent,
    HugggScheduled,
    NoChoice,
)
from huggg.hugggs.thank import THANKS_MAX
from huggg.kit.errors import Invalid, Malformed, TooManyRequests
from huggg.languages.language import Language
from huggg.redemptions.errors import (
    CannotRedeem,
    HugggAlreadyRedeemed,
    HugggCancelled,
    HugggExpired,
    HugggHeld,
    WrongPin,
)
from huggg.refusal import Refusal
from huggg.vouchers.errors import (
    CancelledHuggg,
    ExpiredWithoutVoucher,
    IssuerRefused,
    IssuerSilent,
    NoIssuer,
    PoolEmpty,
    RedeemedWithoutVoucher,
    SegmentDiffers,
    SegmentNeeded,
    SegmentOfAnotherProduct,
)

CONFLICT, INVALID, TOO_MANY, UNAVAILABLE = 409, 422, 429, 503
MINUTE_SECONDS = 60

STALE_REFUSALS = (
    RedeemedWithoutVoucher,
    CancelledHuggg,
    ExpiredWithoutVoucher,
    SegmentDiffers,
    HugggNotYetSent,
    HugggNotPicked,
    HugggAlreadyPicked,
    NoChoice,
    HugggScheduled,
    HugggAlreadyClaimed,
    HugggAlreadySpent,
    HugggAlreadyCancelled,
    HugggAlreadyExpired,
    AlreadyThanked,
    HugggAlreadyRedeemed,
    HugggCancelled,
    HugggExpired,
)
"""Refusals of a form whose gift changed after its page was shown: the page as it is now says so."""


class Attempt(Struct, frozen=True):
    """The words about a form: `problem` stands at its field, `notice` above all; `status` for HTTP."""

    status: int = 200
    notice: str = ""
    problem: str = ""
    choice: str = ""  # the choice that was made, to be shown again
    thanks: str = ""  # the thank-you that was written
    thanks_problem: str = ""


NO_ATTEMPT = Attempt()


def code_attempt(refusal: Refusal, language: Language, choice: str) -> Attempt:
    """Say why there is no code to show. Raises a refusal that is no matter of the code."""
    say = language.say
    match refusal:
        case Malformed() | Invalid() | SegmentNeeded() | SegmentOfAnotherProduct():
            return Attempt(INVALID, say("Choose where you will use it."))
        case PoolEmpty():
            notice = say("No code is left there just now. Choose another place, or try later.")
            return Attempt(CONFLICT, notice, choice=choice)
        case IssuerSilent():
            notice = say("The shop's system does not answer yet. Try again in a moment.")
            return Attempt(UNAVAILABLE, notice, choice=choice)
        case NoIssuer() | IssuerRefused():
            notice = say("The shop gives no code just now. Ask the sender for help.")
            return Attempt(CONFLICT, notice, choice=choice)
    raise refusal


def pick_attempt(refusal: Refusal, language: Language) -> Attempt:
    """Say why a product was not picked. Raises a refusal that is no matter of the pick."""
    match refusal:
        case CannotPick():
            return Attempt(CONFLICT, language.say("This one is not on offer any more. Choose another."))
        case Malformed() | Invalid():
            return Attempt(INVALID, language.say("Choose one of these gifts."))
    raise refusal


def claim_attempt(refusal: Refusal, language: Language) -> Attempt:
    """Say why a gift cannot be accepted. Raises a refusal that is no matter of the claim."""
    if isinstance(refusal, ClaimLimitReached):
        notice = language.say("You have as many of these gifts as one person may accept.")
        return Attempt(CONFLICT, notice)
    raise refusal


def thanks_attempt(refusal: Refusal, language: Language, text: str) -> Attempt:
    """Say why a thank-you was not taken. Raises a refusal that is no matter of the thanks."""
    if not isinstance(refusal, Malformed | Invalid):
        raise refusal
    problem = language.say("Write up to %(number)s characters.", number=THANKS_MAX)
    return Attempt(INVALID, thanks_problem=problem, thanks=text)


def pin_attempt(refusal: Refusal, language: Language, choice: str) -> Attempt:
    """Say why a PIN did not redeem. Raises a refusal that is no matter of the PIN."""
    match refusal:
        case Malformed() | Invalid() | WrongPin() | CannotRedeem():
            problem = language.say("This is not the PIN of that shop. Check the shop, and try again.")
            return Attempt(INVALID, problem=problem, choice=choice)
        case HugggHeld():
            notice = language.say("A till is busy with this gift just now. Try again in a minute.")
            return Attempt(CONFLICT, notice, choice=choice)
        case TooManyRequests():
            problem = language.say_many(
                "Too many wrong PINs. Try again in a minute.",
                "Too many wrong PINs. Try again in %(number)s minutes.",
                ceil(refusal.wait_seconds / MINUTE_SECONDS),
            )
            return Attempt(TOO_MANY, problem=problem, choice=choice)
    raise refusal
