"""The one row of many that a statement changes, and the states in which it changes nothing.

The cases stand in the file of their noun, beside its other guards.
"""

from __future__ import annotations

import asyncpg
import pytest

from tests.storage import (
    test_catalogue_guards,
    test_demo_guards,
    test_ends,
    test_identity_row_guards,
    test_job_guards,
    test_key_guards,
    test_offline_guards,
    test_payment_guards,
    test_redemption_guards,
    test_rotation_guards,
    test_voucher_guards,
)
from tests.support.guards import Guarded, Row, acting, stopped

CASES = [
    *test_catalogue_guards.CASES,
    *test_demo_guards.CASES,
    *test_ends.CASES,
    *test_identity_row_guards.CASES,
    *test_job_guards.CASES,
    *test_key_guards.CASES,
    *test_offline_guards.CASES,
    *test_payment_guards.CASES,
    *test_redemption_guards.CASES,
    *test_rotation_guards.CASES,
    *test_voucher_guards.CASES,
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
