"""Words for clerks: the till page tells each refusal with its next step.

The sentences of refusals are written for programs, and some are published to the letter. A redemption's
id keeps its refusal by that sentence alone, so the words go by sentences.
"""

from __future__ import annotations

from huggg.devices.errors import DeviceNotFound
from huggg.hugggs.errors import HugggNotFound, HugggNotYetSent
from huggg.kit.errors import TooManyRequests
from huggg.kit.idempotency import KeyReused, StillRunning
from huggg.offline.errors import AlreadySettled, ScanNotFound
from huggg.redemptions.errors import (
    AlreadyUnredeemed,
    CannotRedeem,
    CannotUnredeem,
    HugggAlreadyRedeemed,
    HugggCancelled,
    HugggExpired,
    HugggHeld,
    InvalidLocation,
    RedemptionIdUsed,
    RedemptionNotFound,
)
from huggg.refusal import Refusal
from huggg.staff.errors import StaffNotFound

FORM_USED = "This form was used for another sale. Load the page again, then scan the code again."

WORDS: dict[type[Refusal], str] = {
    HugggNotFound: (
        "No gift has this code. Ask the customer to open the gift's page, and scan the code there."
    ),
    CannotRedeem: (
        "This gift cannot be used in this shop, or its product is not picked yet."
        " Ask the customer to open the gift's page."
    ),
    HugggAlreadyRedeemed: "This gift is used already. Ask the customer to pay in another way.",
    HugggCancelled: "The sender cancelled this gift. Ask the customer to pay in another way.",
    HugggExpired: "The last day of this gift is over. Ask the customer to pay in another way.",
    HugggNotYetSent: "This gift is for a later day. Ask the customer to come back then.",
    HugggHeld: "Another till is taking this gift. End the sale there, or scan again in some minutes.",
    InvalidLocation: (
        "This gift cannot be used at this location. The gift's page says where it can be used."
    ),
    RedemptionIdUsed: FORM_USED,
    KeyReused: FORM_USED,
    AlreadyUnredeemed: "This redemption was taken back. Load the page again, then scan the code again.",
    StillRunning: "The first try is not answered yet. Wait a moment, then try again.",
    TooManyRequests: "Too many unknown codes were entered. Wait some minutes, then scan again.",
    CannotUnredeem: "This gift was redeemed elsewhere. Only staff of that place can take it back.",
    RedemptionNotFound: "There is no such redemption any more. Look for it in the list of the day.",
    ScanNotFound: "There is no such conflict at your locations. Load the page again.",
    AlreadySettled: "This conflict was settled before, by the other decision. Load the page again.",
    StaffNotFound: "There is no such member among your staff. Load the page again.",
    DeviceNotFound: "There is no such device, or it was revoked before.",
}

_BY_SENTENCE = {refusal.sentence: words for refusal, words in WORDS.items()}


def clerk_words(refusal: Refusal | str) -> str:
    """Tell a refusal, or the sentence of one, to a clerk; a sentence without other words stays."""
    return _BY_SENTENCE.get(str(refusal), str(refusal))
