"""The data of events about callers: their logins, roles, keys, devices and teams."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from huggg.events.data import EventData


class Reason(EventData, frozen=True):
    """The reason of an operator or a rule."""

    reason: str


class DeviceAt(EventData, frozen=True):
    """The location of a device of the till page."""

    brand_id: UUID
    location_id: str


class ThemeNamed(EventData, frozen=True):
    """A theme of the team, by its id."""

    theme: str


class RoleSet(EventData, frozen=True):
    """The role that a user has from now on."""

    role: str | None


class TeamPolicySet(EventData, frozen=True):
    """The people who see the codes of the team's claimed hugggs."""

    code_viewers: str  # holders or claimer


class TeamRetentionSet(EventData, frozen=True):
    """The days after the end of a huggg for which the data about its people are kept; null for ever."""

    keep_days: int | None


class TeamMessagesSet(EventData, frozen=True):
    """The language of messages to the team's receivers, and the slots of SMS reminders."""

    language: str | None
    legacy_sms: bool


class KeyCreated(EventData, frozen=True):
    """The scopes of an API key; null: no limit beyond its user's role."""

    scopes: list[str] | None


class SecretRotated(EventData, frozen=True):
    """The last instant at which the secret before still opens."""

    previous_until: datetime | None
