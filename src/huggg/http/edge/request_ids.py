"""The id of a request: the caller's, or one of ours."""

from __future__ import annotations

import re
from itertools import count
from secrets import token_hex

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


class RequestIds:
    """Gives each request an id: the one it came with, if that is harmless, or one of ours."""

    def __init__(self) -> None:
        self._process = token_hex(6)
        self._numbers = count(1)

    def name(self, request_id: bytes) -> str:
        """Give a request its id. Ours are a process's name and a number: unique, and no secret."""
        if request_id and REQUEST_ID.fullmatch(request_id):
            return request_id.decode("ascii")
        return f"{self._process}-{next(self._numbers):x}"
