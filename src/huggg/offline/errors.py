"""Refusals of offline scans."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class ScanNotFound(Refusal):
    """The merchant has no such scan, or the scan is no conflict."""

    kind = Kind.NOT_FOUND
    sentence = "offline scan not found"


class AlreadySettled(Refusal):
    """The conflict was settled before, by another decision."""

    kind = Kind.CONFLICT
    sentence = "offline scan already settled."
