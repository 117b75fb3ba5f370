"""Which user, client, login or key a statement of identity changes, and that it changes no other."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from huggg.identity.lock_out import queries
from tests.support.guards import Guarded, Row, acting, stopped
from tests.support.rows import AT

ONE = UUID(int=1)
REVOKED: Row = {"revoked_at": AT}
NAMED: Row = {"username": "bo@example.test", "username_key": "bo@example.test"}
OTHER: Row = {"id": 11, "username": "al@example.test", "username_key": "al@example.test"}

CASES = [
    Guarded(
        queries.revoke_session,
        "sessions",
        {},
        {"session_id": ONE, "reason": "logged out"},
        [{"id": 11}],
        {"ended before": REVOKED},
    ),
    Guarded(
        queries.revoke_key,
        "api_keys",
        {},
        {"id": ONE},
        [{"id": 11, "user_id": 12, "fingerprint": "\\x02"}],
        {"ended before": REVOKED},
    ),
    Guarded(
        queries.set_client_active,
        "clients",
        {},
        {"client_id": "shop", "active": False, "event_subject": ONE},
        [{"id": "app"}],
    ),
    Guarded(
        queries.rotate_secret,
        "clients",
        {},
        {
            "client_id": "shop",
            "secret_fingerprint": b"\2",
            "overlap": timedelta(0),
            "event_subject": ONE,
        },
        [{"id": "app"}],
    ),
    Guarded(
        queries.set_user_active,
        "users",
        {},
        {"user_id": ONE, "username": None, "username_key": None, "active": False},
        [{"id": 11}],
    ),
    Guarded(
        queries.set_role,
        "users",
        {**NAMED, "password_hash": "x"},
        {**NAMED, "role": "admin"},
        [OTHER],
    ),
]


@pytest.mark.parametrize("case", acting(CASES))
async def test_a_statement_changes_the_row_that_is_asked_for(
    tables: asyncpg.Connection, case: Guarded
) -> None:
    await case.acts_on_its_row_only(tables)


@pytest.mark.parametrize(("case", "by"), stopped(CASES))
async def test_a_statement_changes_nothing_of_a_row(
    tables: asyncpg.Connection, case: Guarded, by: Row
) -> None:
    await case.is_stopped(tables, by)
