"""Why a huggg was not handed over, in the published words where there are some."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class HugggNotFound(Refusal):
    """No such id or shortcode, not the caller's to see, or not yet. Published without a full stop."""

    kind = Kind.NOT_FOUND
    sentence = "huggg not found"


class HugggNotYetSent(Refusal):
    """Its day has not come; only its sender hears so, to any other caller it is not there yet."""

    kind = Kind.CONFLICT
    sentence = "huggg is scheduled and cannot be redeemed yet."


class HugggAlreadyClaimed(Refusal):
    """Somebody was there before: it belongs to another receiver."""

    kind = Kind.CONFLICT
    sentence = "huggg already claimed."
