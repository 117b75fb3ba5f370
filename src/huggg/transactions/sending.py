"""The requested sending of a purchase or a change: a day where the brand is, or an instant."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from typing import NamedTuple

from huggg.kit.clock import in_utc
from huggg.kit.errors import Invalid

EXAMPLES = ["2026-12-24", "2026-12-24T09:00:00Z"]

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class SendingDay(NamedTuple):
    """A day, which begins where the brand is, or an instant, or neither."""

    day: date | None = None
    at: datetime | None = None


def read_sending(text: str | None, field: str) -> SendingDay:
    """Read a day, or an instant with its offset. Raises Invalid, which names the field."""
    if text is None:
        return SendingDay()
    with suppress(ValueError):
        if _DAY.fullmatch(text):
            return SendingDay(day=date.fromisoformat(text))
        return SendingDay(at=in_utc(datetime.fromisoformat(text)))
    raise Invalid(f"{field}: must be a day like {EXAMPLES[0]}, or an instant like {EXAMPLES[1]}.")
