"""The data of events about brands, their locations and the catalogue."""

from __future__ import annotations

from msgspec import Struct

from huggg.events.data import EventData


class LocationNamed(EventData, frozen=True):
    """A location of the brand."""

    location: str


class SymbologySet(EventData, frozen=True):
    """The symbology in which the brand's codes are drawn from now on."""

    symbology: str


class OfflineRuleSet(EventData, frozen=True):
    """The allowance of each of the brand's devices, value in pence, and the bearer of losses."""

    scans: int
    value: int
    hours: int
    losses: str


class ImportCount(Struct, frozen=True):
    """The entities of one sort that an import wrote, and those that it left as they were."""

    created: int
    updated: int
    unchanged: int


class CatalogueImported(EventData, frozen=True):
    """The rows that an import wrote, by sort."""

    brands: ImportCount
    products: ImportCount
    stores: ImportCount
    segments: ImportCount
    locations: ImportCount
    adjustment_codes: ImportCount
    choices: ImportCount
