"""A wallet's service does not take the news of a pass: not now, or never."""

from __future__ import annotations

from huggg.jobs.job import Hopeless
from huggg.refusal import Unavailable


class PassServiceAway(Unavailable):
    """Apple or Google does not answer, or not as agreed. The text says how."""

    sentence = ""


class PassNewsRefused(Hopeless):
    """Apple or Google refused the news, and would refuse it again. The text has the reason."""
