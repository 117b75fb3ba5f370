"""Why a huggg was not handed over, in the published words where there are some."""

from __future__ import annotations

from huggg.kit.errors import Refusal


class HugggNotFound(Refusal):
    """No such id or shortcode, or not the caller's to see. Published without a full stop."""

    sentence = "huggg not found"


class HugggAlreadyClaimed(Refusal):
    """Somebody was there before: it belongs to another receiver."""

    sentence = "huggg already claimed."
