"""The states of a delivery, and the decision about one just before it leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.notifications.delivery import (
    BEFORE,
    Channel,
    DeliveryKind,
    DeliveryState,
    state_after,
)
from huggg.notifications.verdict import (
    PATIENCE,
    Contact,
    Handover,
    Verdict,
    decide_handover,
)

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
KIND, STATE = DeliveryKind, DeliveryState

REPORTS = st.lists(st.sampled_from(sorted(STATE)))


@given(REPORTS)
def test_no_order_of_reports_moves_a_message_away_from_delivered_or_revives_it(
    reports: list[DeliveryState],
) -> None:
    state = STATE.QUEUED
    for report in reports:
        before, state = state, state_after(state, report)
        if before in (STATE.DELIVERED, STATE.SUPPRESSED):
            assert state is before
        assert state is not STATE.QUEUED or before is STATE.QUEUED


@given(REPORTS)
def test_reports_in_any_order_end_alike_where_one_says_delivered(reports: list[DeliveryState]) -> None:
    state = STATE.QUEUED
    for report in (*reports, STATE.DELIVERED):
        state = state_after(state, report)
    assert state is STATE.DELIVERED or STATE.SUPPRESSED in reports


def test_every_state_says_what_it_may_follow() -> None:
    assert set(BEFORE) == set(STATE)


def decided(kind: DeliveryKind, contact: Contact = Contact(), **facts: Any) -> Handover:  # noqa: B008
    known = {"has_address": True, "is_begun": False, "since": NOW, "now": NOW, **facts}
    channel = known.pop("channel", Channel.EMAIL)
    return decide_handover(kind, channel, contact, **known)


@pytest.mark.parametrize(
    ("kind", "contact", "facts", "expected"),
    [
        (KIND.GIFT, Contact(), {}, Handover(Verdict.HAND_OVER)),
        (KIND.GIFT, Contact(), {"has_address": False}, Handover(Verdict.SUPPRESS, "no address")),
        (
            KIND.GIFT,
            Contact(),
            {"is_readable": False, "is_begun": True},
            Handover(Verdict.FAIL, "its address does not open"),
        ),
        (KIND.GIFT, Contact(is_dead=True), {}, Handover(Verdict.SUPPRESS, "bounced")),
        (KIND.CONFIRMATION, Contact(is_dead=True), {}, Handover(Verdict.HAND_OVER)),
        (KIND.GIFT, Contact(unwanted=("reminder",)), {}, Handover(Verdict.HAND_OVER)),
        (
            KIND.REMINDER,
            Contact(unwanted=("reminder",)),
            {},
            Handover(Verdict.SUPPRESS, "unsubscribed"),
        ),
        (KIND.GIFT, Contact(), {"is_begun": True}, Handover(Verdict.HAND_OVER)),
        (
            KIND.REMINDER,
            Contact(),
            {"is_begun": True},
            Handover(Verdict.FAIL, "its outcome is unknown"),
        ),
        (KIND.REMINDER, Contact(), {"is_begun": True, "channel": Channel.SMS}, Handover(Verdict.VERIFY)),
        (
            KIND.GIFT,
            Contact(),
            {"is_begun": True, "channel": Channel.SMS, "since": NOW - PATIENCE - timedelta(seconds=1)},
            Handover(Verdict.FAIL, "its outcome is unknown"),
        ),
        (KIND.GIFT, Contact(), {"since": NOW - PATIENCE}, Handover(Verdict.HAND_OVER)),
        (
            KIND.GIFT,
            Contact(),
            {"since": NOW - PATIENCE - timedelta(seconds=1)},
            Handover(Verdict.FAIL, "no channel took it in time"),
        ),
    ],
)
def test_a_message_leaves_only_while_it_has_a_meaning(
    kind: DeliveryKind, contact: Contact, facts: dict[str, Any], expected: Handover
) -> None:
    assert decided(kind, contact, **facts) == expected
