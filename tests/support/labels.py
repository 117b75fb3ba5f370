"""The labels of purchases, opened, and as an older release keeps them."""

from __future__ import annotations

from uuid import UUID

from huggg.kit.platform import Platform
from huggg.people.labels import Labels, labels_of
from tests.support.sql import sql


async def kept_labels(platform: Platform) -> dict[UUID, Labels]:
    """Open the labels of all purchases."""
    rows = await sql(platform.database, "SELECT * FROM order_labels")
    return {
        row["transaction_id"]: labels_of(platform.vault, row, transaction_id=row["transaction_id"])
        for row in rows
    }


async def label_in_clear(platform: Platform, labels: Labels) -> None:
    """Label all purchases as a server of an older release does."""
    await sql(
        platform.database,
        "UPDATE transactions SET title = $1, tags = $2, reason_code = $3",
        labels.title,
        list(labels.tags),
        labels.reason_code,
    )
