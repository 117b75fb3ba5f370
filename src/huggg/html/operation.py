"""The operation of a page: how it is named in permissions, logs and metrics."""

from __future__ import annotations

from huggg.http.operation import Operation


def page_operation(id: str, summary: str, *, keepable: bool = False) -> Operation:  # noqa: A002 - Operation's
    """Declare the operation of a page; `keepable` for a page that is the same for every reader."""
    return Operation(id=id, tag="Pages", summary=summary, answer=str, is_page=True, keepable=keepable)
