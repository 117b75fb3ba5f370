"""Coding: large answers are compressed for callers that accept gzip, in a thread and once per tag.

Only answers that may be cached come here. Others can hold a code, a token or personal data beside text
that the caller chose, and the length of a compressed answer would reveal one by the other (BREACH).
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections import OrderedDict

BYTES_MIN = 2048
"""Less fits in two packets as it is."""

LEVEL = 1
"""Ids are most of a list and get no smaller: more effort costs five times as much for a tenth less."""

GZIP = 16 + zlib.MAX_WBITS

ALOOF_FROM = 32 * 1024
"""Bytes; fewer are compressed in less time than it takes to hand them to a thread."""

CACHE_BYTES_MAX = 4 * 1024 * 1024
"""Bytes of compressed answers that a process keeps: some hundred large ones."""

_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE | re.ASCII)


def takes_gzip(accepted: str) -> bool:
    """Tell whether a caller takes gzip at least as gladly as no coding: RFC 9110, 12.5.3.

    `accepted` is the lines of `Accept-Encoding` joined by commas.
    """
    weights: dict[str, float] = {}
    for item in accepted.split(","):
        coding, *parameters = item.lower().split(";")
        name = coding.strip().removeprefix("x-")
        weights[name] = min(_weight(parameters), weights.get(name, 1.0))
    others = weights.get("*", 0.0)
    gzip = weights.get("gzip", others)
    return gzip > 0 and gzip >= weights.get("identity", others)


def _weight(parameters: list[str]) -> float:
    """Read `q`. One that cannot be read is none: a plain answer is always understood."""
    for parameter in map(str.strip, parameters):
        if parameter.startswith("q"):
            weight = _WEIGHT.fullmatch(parameter)
            return float(weight[1]) if weight else 0.0
    return 1.0


class CompressedAnswers:
    """Compressed answers by their tag, the latest ones. One per process."""

    def __init__(self, bytes_max: int = CACHE_BYTES_MAX) -> None:
        """Keep so many bytes."""
        self._bytes_max = bytes_max
        self._bytes = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    async def of(self, tag: str, body: bytes) -> bytes:
        """Compress a body, or return the earlier result."""
        packed = self._kept.get(tag)
        if packed is not None:
            self._kept.move_to_end(tag)
            return packed
        small = len(body) < ALOOF_FROM
        packed = compressed(body) if small else await asyncio.to_thread(compressed, body)
        self._keep(tag, packed)
        return packed

    def _keep(self, tag: str, packed: bytes) -> None:
        if tag not in self._kept:
            self._kept[tag] = packed
            self._bytes += len(packed)
        while self._bytes > self._bytes_max:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest)


def compressed(body: bytes) -> bytes:
    """Compress, to the same bytes for the same body."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    return packer.compress(body) + packer.flush()
