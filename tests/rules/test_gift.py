"""The gift page's rules: its state and steps, its colours, its words; no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from huggg.gift.gift import PageState, Show, ShownGift, Steps, page_state, steps_of, way_to_show
from huggg.gift.notes import note_of
from huggg.gift.offering import Place, town_in
from huggg.gift.present import by_town, days_left, monogram
from huggg.gift.symbols import FORMATS, Symbology, draw, spaced
from huggg.hugggs.huggg import Huggg, HugggCodes
from huggg.identity.team import CodeViewers
from huggg.kit.ids import new_id
from huggg.languages.language import language
from huggg.themes.colours import (
    INKS,
    NIGHT,
    NIGHT_TINT,
    PALETTE,
    PAPER,
    TEXT_CONTRAST_MIN,
    TINT,
    colours_from,
    colours_of,
    contrast,
    read_colour,
)

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
ID = new_id()

HUGGG = Huggg(
    id=ID, transaction_id=ID, sender_id=ID, receiver_id=None, product_id=ID, message_id=None,
    voucher_id=None, redemption_id=None, theme_id="default", type="", expiry_date=date(2026, 7, 1),
    expires_at=LATER, created_at=EARLIER, updated_at=EARLIER, sent_at=EARLIER, assigned_at=None,
    assigned_client=None, viewed_at=None, viewed_client=None, cancelled_at=None, image_url=None,
    choice_id=None, codes=HugggCodes("jcsk2df4sphbgl7f", "k4t92z"),
)  # fmt: skip


def huggg(**changes: Any) -> Huggg:
    return msgspec.structs.replace(HUGGG, **changes)


def gift(**changes: Any) -> ShownGift:
    return ShownGift(huggg(**changes), b"", None, "Acorn", None, None, CodeViewers.HOLDERS, False, 1)


@dataclass(frozen=True, slots=True)
class Case:
    changes: dict[str, Any]
    opened: PageState
    with_code: PageState  # by a reader who asked for the code


SPENT, CANCELLED, OVER, CLAIMED, AHEAD = (
    {"redemption_id": ID},
    {"cancelled_at": EARLIER},
    {"expires_at": NOW},
    {"assigned_at": EARLIER},
    {"sent_at": LATER},
)

STATES = [
    Case({}, PageState.WAITING, PageState.CODE_SHOWN),
    Case({"receiver_id": ID}, PageState.WAITING, PageState.CODE_SHOWN),
    Case(CLAIMED, PageState.CLAIMED, PageState.CODE_SHOWN),
    Case(AHEAD, PageState.SCHEDULED, PageState.SCHEDULED),
    Case(AHEAD | CLAIMED, PageState.SCHEDULED, PageState.SCHEDULED),
    Case(OVER, PageState.EXPIRED, PageState.EXPIRED),
    Case(OVER | CLAIMED, PageState.EXPIRED, PageState.EXPIRED),
    Case(CANCELLED, PageState.CANCELLED, PageState.CANCELLED),
    Case(CANCELLED | OVER | AHEAD, PageState.CANCELLED, PageState.CANCELLED),
    Case(SPENT, PageState.REDEEMED, PageState.REDEEMED),
    Case(SPENT | OVER | CLAIMED, PageState.REDEEMED, PageState.REDEEMED),
]


@pytest.mark.parametrize("case", STATES, ids=lambda case: f"{case.opened}: {' '.join(case.changes)}")
def test_a_page_has_one_state(case: Case) -> None:
    assert page_state(huggg(**case.changes), now=NOW) is case.opened
    assert page_state(huggg(**case.changes), now=NOW, code_shown=True) is case.with_code


@pytest.mark.parametrize(
    ("integration", "way", "once_chosen"),
    [
        (1, Show.CODE, Show.CODE),
        (2, Show.PIN, Show.PIN),
        (3, Show.CODE, Show.CODE),
        (4, Show.SEGMENT, Show.CODE),
        (5, Show.CODE, Show.CODE),
        (6, Show.CODE, Show.CODE),
        (9, Show.CODE, Show.CODE),
        (None, Show.PIN, Show.PIN),
    ],
)
def test_an_integration_has_its_way_to_show_a_gift(
    integration: int | None, way: Show, once_chosen: Show
) -> None:
    assert way_to_show(gift(), integration) is way
    assert way_to_show(gift(voucher_id=ID), integration) is once_chosen


@pytest.mark.parametrize(
    ("state", "integration", "steps"),
    [
        (PageState.WAITING, 5, Steps(show=Show.CODE, claim=True)),
        (PageState.WAITING, 4, Steps(claim=True)),
        (PageState.WAITING, 2, Steps(claim=True)),
        (PageState.CLAIMED, 5, Steps(show=Show.CODE, thank=True)),
        (PageState.CLAIMED, 4, Steps(show=Show.SEGMENT, thank=True)),
        (PageState.CLAIMED, 2, Steps(show=Show.PIN, thank=True)),
        (PageState.CODE_SHOWN, 5, Steps(thank=True)),
        (PageState.REDEEMED, 5, Steps(thank=True)),
        (PageState.SCHEDULED, 5, Steps()),
        (PageState.CANCELLED, 5, Steps()),
        (PageState.EXPIRED, 5, Steps()),
        (PageState.MOVED, 5, Steps()),
    ],
)
def test_a_state_offers_the_steps_that_its_gift_still_has(
    state: PageState, integration: int, steps: Steps
) -> None:
    assert steps_of(gift(), state, integration, may_show=True) == steps


def test_a_reader_who_may_not_see_the_code_is_not_offered_it() -> None:
    assert steps_of(gift(), PageState.CLAIMED, 5, may_show=False) == Steps(thank=True)


def test_a_sender_is_thanked_once() -> None:
    thanked = msgspec.structs.replace(gift(), thanked=True)
    assert steps_of(thanked, PageState.REDEEMED, 5, may_show=True) == Steps()


# Colours


@pytest.mark.parametrize("colour", [*PALETTE, "#ffe100", "#000000", "#ffffff", "#767676", "#00ff00"])
def test_text_is_readable_in_every_colour_of_a_brand(colour: str) -> None:
    colours = colours_from(colour)
    assert contrast(colours.ink, colours.ground) >= TEXT_CONTRAST_MIN
    assert colours.ink in INKS
    for ground in (PAPER, TINT):
        assert contrast(colours.accent, ground) >= TEXT_CONTRAST_MIN
    for ground in (NIGHT, NIGHT_TINT):
        assert contrast(colours.night_accent, ground) >= TEXT_CONTRAST_MIN
    assert contrast(NIGHT, colours.night_accent) >= TEXT_CONTRAST_MIN  # the text on buttons at night


def test_a_readable_colour_stays_as_it_is() -> None:
    assert colours_from("#1f5aa8").accent == "#1f5aa8"
    assert contrast("#000000", "#ffffff") == 21.0
    assert contrast("#ffffff", "#ffffff") == 1.0


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#A1b2C3", "#a1b2c3"),
        (" a1b2c3 ", "#a1b2c3"),
        ("#abc", "#aabbcc"),
        ("red", None),
        ("#a1b2c", None),
        ('#abc;"><', None),
        ("", None),
        (None, None),
    ],
)
def test_a_colour_of_the_catalogue_is_read_or_none(text: str | None, colour: str | None) -> None:
    assert read_colour(text) == colour


def test_a_brand_without_a_colour_always_has_the_same_one() -> None:
    assert colours_of(UUID(int=9), "") == colours_of(UUID(int=9), "teal") == colours_from(PALETTE[1])


# Codes


@pytest.mark.parametrize(
    ("symbology", "text"),
    [
        *((symbology, "4006381333931") for symbology in Symbology),
        (Symbology.QR, "jcsk2df4sphbgl7f"),
        (Symbology.CODE_128, "jcsk2df4sphbgl7f"),
        (Symbology.DATA_MATRIX, "KX00-9QPLM2"),
    ],
)
def test_a_code_is_drawn_as_its_brand_wants(symbology: Symbology, text: str) -> None:
    picture = draw(text, symbology)
    assert picture.symbology is symbology
    assert picture.path.startswith("M")
    assert picture.width >= picture.height


@pytest.mark.parametrize("text", ["4006381333930", "400638133393", "KX00-9QPLM2"])
def test_a_text_that_a_symbology_cannot_hold_is_drawn_as_qr(text: str) -> None:
    assert draw(text, Symbology.EAN_13).symbology is Symbology.QR


def test_bars_too_fine_for_a_phone_are_drawn_as_qr() -> None:
    assert draw("K" * 20, Symbology.CODE_128).symbology is Symbology.CODE_128
    assert draw("K" * 21, Symbology.CODE_128).symbology is Symbology.QR
    assert draw("7" * 40, Symbology.CODE_128).symbology is Symbology.CODE_128
    assert draw("K" * 300, Symbology.PDF_417).symbology is Symbology.PDF_417
    assert draw("K" * 900, Symbology.PDF_417).symbology is Symbology.QR


def test_many_bars_turn_on_a_plain_screen() -> None:
    assert draw("4006381333931", Symbology.EAN_13).turns is False
    assert draw("jcsk2df4sphbgl7f", Symbology.CODE_128).turns is True
    assert draw("jcsk2df4sphbgl7f", Symbology.QR).turns is False


def test_every_symbology_has_its_format() -> None:
    assert set(FORMATS) == set(Symbology)


def test_codes_are_set_for_reading_aloud() -> None:
    assert spaced("4006381333931") == "4006 3813 3393 1"
    assert spaced("K4T92Z", 3) == "K4T 92Z"
    assert spaced("KX00-9QPLM2") == "KX00-9QPLM2"


# Words


def test_days_are_counted_in_the_last_week_only() -> None:
    day = date(2026, 7, 10)
    assert [days_left(day, date(2026, 7, n)) for n in (2, 3, 9, 10, 11)] == [None, 7, 1, 0, None]


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Harbour Roast", "HR"),
        ("Kettle & Finch", "KF"),
        ("any coffee place", "AC"),
        ("Zed", "Z"),
        ("&", ""),
        ("", ""),
    ],
)
def test_a_brand_without_a_picture_has_its_initials(name: str, initials: str) -> None:
    assert monogram(name) == initials


@pytest.mark.parametrize(
    ("name", "town"),
    [
        ("Harbour Roast (Bath)", "Bath"),
        ("Harbour Roast, Bath", "Bath"),
        ("The Mill, Quay Street, Leeds", "Leeds"),
        ("Harbour Roast", ""),
        ("Tea (to go) bar", ""),
        ("()", ""),
    ],
)
def test_the_town_of_a_store_is_found_in_its_name(name: str, town: str) -> None:
    assert town_in(name) == town


def test_places_are_listed_by_town() -> None:
    quay, mill, hut = (
        Place("Quay", "Bath", "", None, None),
        Place("Mill", "Bath", "", 53.8, -1.5),
        Place("Hut", "Leeds", "", None, None),
    )
    assert by_town((quay, mill, hut)) == [("Bath", [quay, mill]), ("Leeds", [hut])]
    assert quay.directions == ""
    assert mill.directions.endswith("/directions?route=%3B53.80000%2C-1.50000")


@pytest.mark.parametrize("tag", ["en", "cy", "de", "es", "fr"])
def test_every_state_without_a_gift_has_words_in_every_language(tag: str) -> None:
    states = [*PageState]
    notes = {state: note_of(state, language(tag), day="1 July") for state in states}
    assert all(note.title and note.text for note in notes.values())
    assert notes[PageState.UNKNOWN].over
    assert not notes[PageState.AWAY].over
    assert "1 July" in notes[PageState.SCHEDULED].text
