"""Print: the gifts of a purchase, or one of them, as sheets to hand over on paper."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from asyncpg import Record
from msgspec import Meta

from huggg.database.pool import Database
from huggg.http.web import Response
from huggg.hugggs.huggg import HugggCodes
from huggg.hugggs.message_text import huggg_message
from huggg.hugggs.store import sealed_for
from huggg.kit.codes import Vault
from huggg.kit.offload import in_slow_thread
from huggg.languages.language import language
from huggg.notifications.errors import NothingToPrint
from huggg.notifications.gift_letters import Gift
from huggg.notifications.sheet import GIFTS_MAX, sheets_pdf
from huggg.notifications.store import queries
from huggg.people.personal_data import personal_from

PDF = "application/pdf"
PdfFile = Annotated[str, Meta(description="A PDF file.", examples=["%PDF-1.7"])]
POSITION_MAX = 2**31


async def print_gifts(
    database: Database,
    vault: Vault,
    transaction_id: UUID,
    *,
    launch_url: str,
    huggg_id: UUID | None = None,
    page: int = 1,
) -> bytes:
    """Typeset the gifts of a purchase that can still be used, GIFTS_MAX to a file, or one of them.

    Raises NothingToPrint.
    """
    first = 1 if huggg_id else (page - 1) * GIFTS_MAX + 1
    rows = await database.rows(
        queries.to_print,
        transaction_id=transaction_id,
        huggg_id=huggg_id,
        first=first,
        last=POSITION_MAX if huggg_id else first + GIFTS_MAX - 1,
    )
    if not rows:
        raise NothingToPrint
    gifts = [_gift(row, vault, launch_url) for row in rows]
    return await in_slow_thread(partial(sheets_pdf, gifts, language(rows[0]["team_language"])))


def pdf_response(pdf: bytes, name: str) -> Response:
    """Answer with a file that browsers show, and keep under a name."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(pdf, media_type=PDF, headers=headers)


def _gift(row: Record, vault: Vault, launch_url: str) -> Gift:
    codes = HugggCodes.unpacked(vault.open(row["codes"], bound_to=sealed_for(row["huggg_id"])))
    return Gift(
        product=row["product"],
        brand=row["brand"],
        sender=None,
        name=(personal_from(vault, row).name or None) if row["id"] else None,
        message=huggg_message(vault, row),
        link=f"{launch_url}/{codes.shortcode}",
        last_day=row["expiry_date"],
    )
