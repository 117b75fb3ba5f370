"""The diagrams of `docs/lifecycles.md` have the states and events of the code, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from huggg.events.kinds import KINDS
from huggg.holds.hold import HoldState
from huggg.hugggs.huggg import State
from huggg.hugggs.lifecycle import TRANSITIONS
from huggg.payments.payment import PaymentState

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/lifecycles.md").read_text(encoding="utf-8")
SCHEMA = (ROOT / "docs/reference/schema.sql").read_text(encoding="utf-8")

SECTION = re.compile(r"^## (?P<name>.+)\n(?P<text>(?:(?!^## ).*\n)*)", re.MULTILINE)
DIAGRAM = re.compile(r"^```mermaid\nstateDiagram-v2\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ARROW = re.compile(r"^    (?P<start>\S+) --> (?P<end>[^\s:]+)(?:: (?P<label>.+))?$", re.MULTILINE)
EVENT = re.compile(r"[a-z_]+\.[a-z_]+")

DIAGRAMS = {match["name"]: "".join(DIAGRAM.findall(match["text"])) for match in SECTION.finditer(PAGE)}
OF_A_LIFE = (
    "huggg.redeemed",
    "huggg.unredeemed",
    "huggg.held",
    "huggg.released",
    "huggg.claimed",
    "voucher.generated",
    "payment.",
)


ROW = re.compile(r"^\| (\w+) \| ([\w, ]+) \| (\w+) \| `([a-z_.]+)` \|$", re.MULTILINE)


def states(name: str) -> set[str]:
    arrows = ARROW.findall(DIAGRAMS[name])
    return {state for start, end, _ in arrows for state in (start, end)} - {"[*]"}


def columns(table: str) -> set[str]:
    """Name the columns of a table that hold an instant at which its rows change."""
    (text,) = re.findall(rf"CREATE TABLE public\.{table} \((.*?)^\);", SCHEMA, re.DOTALL | re.MULTILINE)
    return set(re.findall(r"^    (\w+)_(?:at|until) timestamp", text, re.MULTILINE))


def test_each_noun_of_the_page_has_a_diagram_whose_lines_are_all_read() -> None:
    assert list(DIAGRAMS) == ["Huggg", "Redemption", "Hold", "Voucher", "Payment"]
    for name, diagram in DIAGRAMS.items():
        assert len(ARROW.findall(diagram)) == len(diagram.splitlines()) > 0, name


def test_a_huggg_and_a_payment_have_the_states_of_their_enums() -> None:
    assert states("Huggg") == set(State)
    assert states("Payment") == set(PaymentState)
    assert states("Hold") == set(HoldState)


def test_the_diagram_of_a_huggg_has_the_transitions_of_the_table_and_no_others() -> None:
    drawn = {
        (start, end, label)
        for start, end, label in ARROW.findall(DIAGRAMS["Huggg"])
        if EVENT.fullmatch(label) and start != "[*]"
    }
    assert drawn == {(row.before, row.after, row.event) for row in TRANSITIONS}


def test_the_page_says_who_makes_each_change_and_where_the_value_goes() -> None:
    rows = set(ROW.findall(PAGE))
    assert rows == {
        (row.change, ", ".join(sorted(row.parties)), row.money, row.event) for row in TRANSITIONS
    }


def test_a_redemption_and_a_code_have_the_states_of_their_columns() -> None:
    assert states("Redemption") - {"live"} == columns("redemptions") - {"created", "updated"}
    of_codes = {"reserved" if column == "lease" else column for column in columns("codes") - {"valid"}}
    assert states("Voucher") - {"free", "requested", "refused"} == of_codes


@pytest.mark.parametrize("name", DIAGRAMS)
def test_every_state_but_the_first_is_reached_and_every_event_exists(name: str) -> None:
    arrows = ARROW.findall(DIAGRAMS[name])
    assert states(name) == {end for _, end, _ in arrows} - {"[*]"}
    assert {label for _, _, label in arrows if EVENT.fullmatch(label)} <= set(KINDS)


def test_the_page_names_every_event_that_changes_a_huggg_or_a_payment() -> None:
    changing = {kind for kind in KINDS if kind.startswith(OF_A_LIFE)}
    assert changing <= set(EVENT.findall(PAGE))
