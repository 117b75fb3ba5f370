"""A language: translations from its catalogue, and days, instants and money in its form."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency

FOLDER = Path(__file__).parent / "catalogues"

ENGLISH = "en"
NAMES = {ENGLISH: "English", "cy": "Cymraeg", "de": "Deutsch", "es": "Español", "fr": "Français"}
"""Every language that there are words of, by the name that its readers have for it."""

FORMS = {ENGLISH: "en_GB"}
"""The form of days and money of a tag that names no country."""

PENCE_OF_A_POUND = 100


class Language:
    """One language, in the form of one country. Only `language` makes one, once for each tag."""

    def __init__(self, tag: str, locale: Locale, translations: NullTranslations) -> None:
        self.tag = tag  # as an HTML document names it: `en`, `de-AT`
        self._locale = locale
        self._translations = translations

    @property
    def words(self) -> str:
        """Name the catalogue, without a country: a key of NAMES."""
        return self.tag.partition("-")[0]

    @property
    def direction(self) -> str:
        """Tell the direction of its script, as an HTML document names it: `ltr` or `rtl`."""
        direction: str = self._locale.text_direction
        return direction

    def say(self, text: str, /, **values: object) -> str:
        """Translate an English text, and put values in the places that it names: `%(name)s`."""
        translated = self._translations.gettext(text)
        return translated % values if values else translated

    def say_many(self, one: str, many: str, number: int, /, **values: object) -> str:
        """Translate a text about a number of things; both texts may name it: `%(number)s`."""
        return self._translations.ngettext(one, many, number) % {"number": number, **values}

    def day(self, day: date) -> str:
        """Write a day: `Friday, 4 December 2026`."""
        return _day(day, self._locale)

    def instant(self, at: datetime) -> str:
        """Write an instant, in the zone that it is in: `4 December 2026, 09:30`."""
        time = format_time(at, "short", locale=self._locale)
        return f"{format_date(at, 'long', locale=self._locale)}, {time}"

    def money(self, pence: int) -> str:
        """Write an amount of pence: `£3.50`, `3,50 £`."""
        return format_currency(Decimal(pence) / PENCE_OF_A_POUND, "GBP", locale=self._locale)


def language(tag: str | None) -> Language:
    """Find the language of a tag such as `cy` or `de-AT`; English where there are no words of it."""
    parts = (tag or ENGLISH).replace("_", "-").split("-")
    words = parts[0].lower()
    if words not in NAMES:
        return _language(ENGLISH)
    return _language("-".join([words, *(part.upper() for part in parts[1:2])]))


def accepted_language(header: str) -> Language:
    """Choose by `Accept-Language`: the reader's first choice that there are words of."""
    weighted = [_weighted(item) for item in header.split(",")]
    for tag, weight in sorted(weighted, key=lambda item: -item[1]):
        if weight > 0 and tag.partition("-")[0].lower() in NAMES:
            return language(tag)
    return language(None)


def _weighted(item: str) -> tuple[str, float]:
    tag, _, parameter = (part.strip() for part in item.partition(";"))
    try:
        return tag, float(parameter.removeprefix("q=")) if parameter else 1.0
    except ValueError:
        return tag, 0.0


@lru_cache(maxsize=1024)
def _day(day: date, locale: Locale) -> str:
    """Format a day once: the gifts of a purchase end on one day, and each letter names it thrice."""
    return format_date(day, "full", locale=locale)


@lru_cache(maxsize=64)
def _language(tag: str) -> Language:
    words, _, country = tag.partition("-")
    form = FORMS.get(words, words)
    if country:
        try:
            return Language(tag, Locale.parse(f"{words}_{country}"), _translations(words))
        except (UnknownLocaleError, ValueError):
            return _language(words)
    return Language(tag, Locale.parse(form), _translations(words))


@lru_cache(maxsize=len(NAMES))
def _translations(words: str) -> NullTranslations:
    """Read a catalogue. English has none: its texts are the keys."""
    if words == ENGLISH:
        return NullTranslations()
    compiled = BytesIO()
    with (FOLDER / f"{words}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=words))
    compiled.seek(0)
    return GNUTranslations(compiled)
