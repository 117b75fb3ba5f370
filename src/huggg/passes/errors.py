"""A wallet's service is away: the news of a pass is told later."""

from __future__ import annotations

from huggg.refusal import Unavailable


class PassServiceAway(Unavailable):
    """Apple or Google does not answer, or not as agreed. The text says how."""

    sentence = ""
