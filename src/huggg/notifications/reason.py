"""Reasons: the words of a mail server or provider, without the addresses and numbers that they repeat.

A reason is kept in clear, in rows, events and logs, where no address may be.
"""

from __future__ import annotations

import re

LENGTH_MAX = 300

_ADDRESS = re.compile(r"[^\s<>@:;,]+@[^\s<>@:;,]+")
_NUMBER = re.compile(r"\+?\d[\d\s()-]{6,}\d")


def plain_reason(words: str) -> str:
    """Write a reason on one line, its addresses and numbers replaced.

    Control characters become blanks: the database keeps no NUL, and a terminal obeys an escape.
    """
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())
    return _NUMBER.sub("[number]", _ADDRESS.sub("[address]", line))[:LENGTH_MAX]
