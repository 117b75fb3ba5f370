"""The operation of a page: how it is named in permissions, logs and metrics."""

from __future__ import annotations

from huggg.http.operation import Operation


def page_operation(
    id: str,  # noqa: A002 - Operation's
    summary: str,
    *,
    keepable: bool = False,
    from_anywhere: bool = False,
) -> Operation:
    """Declare the operation of a page.

    `keepable` for a page that is the same for every reader; `from_anywhere` for a form that programs and
    other sites may send, because its address is a secret that allows it.
    """
    return Operation(
        id=id,
        tag="Pages",
        summary=summary,
        answer=str,
        is_page=True,
        keepable=keepable,
        from_anywhere=from_anywhere,
    )
