"""Themes: text is readable in all of them, and no file of an operator is served as it came."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from uuid import UUID

import pytest
from PIL import Image, ImageDraw

from huggg.gift.look import PageLook, look_of
from huggg.gift.offering import Offering
from huggg.gift.symbols import Symbology
from huggg.kit.errors import Invalid
from huggg.themes.colours import NIGHT, PAPER, Colours, colours_from
from huggg.themes.picture import ROOMS, PictureUse, encode_picture
from huggg.themes.theme import (
    ChosenColours,
    Pictures,
    Theme,
    check_contrast,
    check_id,
    check_label,
    colours_chosen,
)

PLUM = colours_from("#6b2fb3")


OFFERING = Offering(
    product="Any hot drink", description="", instructions="", is_for_adults=False, brand_id=UUID(int=9),
    brand="Harbour Roast", website="", coverage="", integration_id=5, symbology=Symbology.QR,
    has_offline_codes=False,
    time_zone="Europe/London", colours=colours_from("#0b6b5d"), pictures=Pictures("b.webp", "c.webp"),
    segments=(), places=(), shops=(), options=(),
)  # fmt: skip


def picture(width: int, height: int, kind: str = "PNG", mode: str = "RGB") -> bytes:
    body = BytesIO()
    Image.radial_gradient("L").resize((width, height)).convert(mode).save(body, kind)
    return body.getvalue()


# Colours


PAIRS = [
    (ChosenColours("#ffe100", ink="#ffffff"), "ink: #ffffff on #ffe100, the theme's ground,", "1.31"),
    (
        ChosenColours(accent="#ffe100"),
        "accent: #ffe100 on #ffffff, the page in the light scheme,",
        "1.31",
    ),
    (
        ChosenColours(accent="#767676"),
        "accent: #767676 on #f6f3fa, tinted parts of the page in the light scheme,",
        "4.13",
    ),
    (
        ChosenColours(night_accent="#6b2fb3"),
        "night_accent: #6b2fb3 on #17151b, the page in the dark scheme,",
        "2.31",
    ),
    (
        ChosenColours(night_accent="#808080"),
        "night_accent: #808080 on #211e28, tinted parts of the page in the dark scheme,",
        "4.15",
    ),
]


@pytest.mark.parametrize(("chosen", "pair", "ratio"), PAIRS)
def test_colours_in_which_a_text_is_hard_to_read_are_refused(
    chosen: ChosenColours, pair: str, ratio: str
) -> None:
    with pytest.raises(Invalid) as refused:
        colours_chosen(chosen, PLUM)
    assert str(refused.value) == f"{pair} has a contrast of {ratio}:1, and text needs 4.5:1."


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        (ChosenColours(ground="plum"), "ground: must be a colour like #6b2fb3."),
        (ChosenColours(ink="#12345"), "ink: must be a colour like #6b2fb3."),
        (ChosenColours(accent='#abc;"'), "accent: must be a colour like #6b2fb3."),
        (ChosenColours(night_accent=""), "night_accent: must be a colour like #6b2fb3."),
    ],
)
def test_a_text_that_is_no_colour_is_refused(chosen: ChosenColours, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        colours_chosen(chosen, PLUM)
    assert str(refused.value) == says


def test_a_ratio_just_below_the_least_is_not_rounded_up_to_it() -> None:
    with pytest.raises(Invalid, match=r"4\.49:1"):
        check_contrast(Colours("#677988", "#ffffff", PLUM.accent, PLUM.night_accent))


def test_a_new_theme_needs_a_ground_and_the_other_colours_follow_from_it() -> None:
    with pytest.raises(Invalid, match=r"^ground: is required for a new theme\.$"):
        colours_chosen(ChosenColours(ink="#fff"), None)
    assert colours_chosen(ChosenColours(ground="#FFE100"), None) == colours_from("#ffe100")


def test_colours_that_are_not_chosen_stay_unless_the_ground_is_new() -> None:
    before = Colours("#0b6b5d", "#ffffff", "#7a3e9d", "#c39bf5")
    changed = colours_chosen(ChosenColours(accent="#1f5aa8"), before)
    assert changed == Colours("#0b6b5d", "#ffffff", "#1f5aa8", "#c39bf5")
    assert colours_chosen(ChosenColours(ground="#a63d2f"), before) == colours_from("#a63d2f")


@pytest.mark.parametrize("theme_id", ["", "a b", "-a", "a/b", "ä", "a" * 65, "a\n"])
def test_an_id_that_no_purchase_can_name_is_refused(theme_id: str) -> None:
    with pytest.raises(Invalid, match=r"^id: "):
        check_id(theme_id)


@pytest.mark.parametrize("label", ["", "  ", "a\x1b[1m", "a" * 81])
def test_a_label_that_cannot_be_printed_is_refused(label: str) -> None:
    with pytest.raises(Invalid, match=r"^label: "):
        check_label(label)


# Pictures


@pytest.mark.parametrize("use", PictureUse)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_is_drawn_anew_within_its_room(use: PictureUse, kind: str) -> None:
    encoded = encode_picture(picture(700, 500, kind), use)
    assert len(encoded.body) <= ROOMS[use].bytes_max
    with Image.open(BytesIO(encoded.body)) as drawn:
        assert drawn.format == "WEBP"
        assert drawn.size == ((960, 272) if use is PictureUse.COVER else (192, 137))
    assert encoded == encode_picture(picture(700, 500, kind), use)
    assert re.fullmatch(r"[0-9a-f]{32}\.webp", encoded.name)


def test_a_picture_full_of_detail_is_drawn_smaller() -> None:
    body = BytesIO()
    Image.effect_noise((1920, 1080), 80).save(body, "PNG")
    encoded = encode_picture(body.getvalue(), PictureUse.COVER)
    assert len(encoded.body) <= ROOMS[PictureUse.COVER].bytes_max
    with Image.open(BytesIO(encoded.body)) as drawn:
        assert drawn.size == (480, 136)


def test_a_picture_keeps_its_transparency_and_nothing_about_its_maker() -> None:
    image, body = Image.new("RGBA", (64, 64)), BytesIO()
    ImageDraw.Draw(image).ellipse((8, 8, 56, 56), fill="#0b6b5d")
    exif = Image.Exif()
    exif[0x010F] = "Camera of Amara"
    image.save(body, "PNG", exif=exif)
    assert b"Amara" in body.getvalue()
    encoded = encode_picture(body.getvalue(), PictureUse.LOGO)
    assert b"Amara" not in encoded.body
    with Image.open(BytesIO(encoded.body)) as drawn:
        assert drawn.convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


UNREADABLE = "logo: must be a picture (PNG, JPEG, WebP or GIF) that can be read."
MANY_PIXELS = "logo: must have at most 40 million pixels."


def bomb(side: int) -> bytes:
    body = BytesIO()
    Image.new("1", (side, side)).save(body, "PNG")
    return body.getvalue()


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (lambda: SVG, UNREADABLE),
        (lambda: b"", UNREADABLE),
        (lambda: picture(64, 64)[:300], UNREADABLE),
        (
            lambda: picture(8, 8, "TIFF"),
            UNREADABLE,
        ),
        (lambda: b"\0" * 10_000_001, "logo: must be a file of at most 10 MB."),
        (lambda: bomb(6_400), MANY_PIXELS),
        (lambda: bomb(10_000), MANY_PIXELS),
        (lambda: bomb(14_000), UNREADABLE),
    ],
)
def test_a_file_that_is_no_picture_is_refused(file: Callable[[], bytes], says: str) -> None:
    with pytest.raises(Invalid) as refused:
        encode_picture(file(), PictureUse.LOGO)
    assert str(refused.value) == says


# The look of a page


def test_a_page_has_the_senders_theme_and_the_logos_of_both() -> None:
    theme = Theme(UUID(int=1), "spring", "Spring", PLUM, Pictures("a.webp", None))
    assert look_of(OFFERING, theme) == PageLook(
        PLUM, cover="/pictures/c.webp", sender_logo="/pictures/a.webp", brand_logo="/pictures/b.webp"
    )
    covered = Theme(UUID(int=1), "spring", "Spring", PLUM, Pictures(None, "d.webp"))
    assert look_of(OFFERING, covered).cover == "/pictures/d.webp"
    assert look_of(OFFERING, covered).sender_logo == ""


def test_a_page_without_a_theme_has_the_look_of_its_brand() -> None:
    look = look_of(OFFERING, None)
    assert look.colours == OFFERING.colours
    assert (look.cover, look.sender_logo, look.brand_logo) == (
        "/pictures/c.webp",
        "",
        "/pictures/b.webp",
    )


def test_the_grounds_of_both_schemes_are_those_of_the_pages() -> None:
    assert (PAPER, NIGHT) == ("#ffffff", "#17151b")
