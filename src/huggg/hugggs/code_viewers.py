"""The people who may see the code of a huggg on its gift page, by the wish of its team."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.hugggs.claim import browser_fingerprint
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.store import queries
from huggg.identity.team import CodeViewers


def is_code_shown(viewers: CodeViewers, *, is_claimed: bool, is_claimers_browser: bool) -> bool:
    """Tell whether a browser that holds the link may see the code."""
    return viewers is CodeViewers.HOLDERS or not is_claimed or is_claimers_browser


async def may_see_code(database: Database, *, huggg_id: UUID, secret: str | None) -> bool:
    """Tell whether the browser that holds a link, and perhaps this secret, may see the code.

    Raises HugggNotFound.
    """
    browser = None if secret is None else browser_fingerprint(secret)
    row = await database.row(queries.code_viewers, huggg_id=huggg_id, browser=browser)
    if row is None:
        raise HugggNotFound
    return is_code_shown(
        CodeViewers(row["code_viewers"]),
        is_claimed=row["is_claimed"],
        is_claimers_browser=row["is_claimers_browser"],
    )


async def admit_browser(database: Database, *, huggg_id: UUID, secret: str) -> None:
    """Let one more browser see the code of a claimed huggg.

    The page calls this when the address that the huggg was sent to is confirmed in that browser, so that
    a claimer who lost the browser is not locked out.
    """
    browser = browser_fingerprint(secret)
    await database.rows(queries.admit_browser, huggg_id=huggg_id, browser=browser)
