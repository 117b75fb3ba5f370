"""The settings of a process, read from its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from huggg.notifications.smtp import read_smtp_url
from huggg.notifications.twilio import read_twilio_url
from huggg.settings import values
from huggg.settings.table import DEFAULT_HOST, DEFAULT_PORT, SETTINGS
from huggg.settings.values import SettingError

PREFIX = "HUGGG_"
PORT_MAX = 65535


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of all settings, parsed."""

    data_dir: Path
    database_url: str | None
    keys: str | None
    base_url: str | None
    hosts: frozenset[str]
    launch_url: str
    card_processor: str | None
    stripe_key: str | None
    stripe_webhook_secret: str | None
    stripe_url: str | None
    smtp_url: str | None
    mail_from: str
    sms_url: str | None
    operator_email: str | None
    apple_pass_file: Path | None
    apple_push_url: str | None
    google_pass_file: Path | None
    google_pass_issuer: str | None
    google_pass_url: str | None
    worker: str
    worker_port: int
    connections_max: int
    log_level: str
    caller_requests_max: int
    address_requests_max: int
    login_failures_max: int
    misses_max: int
    metrics_dir: Path | None
    requests_at_once_max: int
    caller_at_once_max: int
    drain_seconds: int
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    private_addresses: tuple[IPv4Network | IPv6Network, ...]


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read all settings. Raises SettingError, which names the first unusable one."""
    texts = {s.name: environment.get(s.name) or s.default for s in SETTINGS}
    base_url = texts["HUGGG_BASE_URL"].rstrip("/") or None
    address = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"
    if texts["HUGGG_CARD_PROCESSOR"] == "stripe" and not texts["HUGGG_STRIPE_KEY"]:
        raise SettingError("HUGGG_STRIPE_KEY is unset, and HUGGG_CARD_PROCESSOR is stripe.")
    values.both_or_neither(texts, "HUGGG_GOOGLE_PASS_FILE", "HUGGG_GOOGLE_PASS_ISSUER")
    launch_url = texts["HUGGG_LAUNCH_URL"].rstrip("/") or base_url or address
    return Settings(
        data_dir=Path(texts["HUGGG_DATA_DIR"]).expanduser().absolute(),
        database_url=texts["HUGGG_DATABASE_URL"] or None,
        keys=texts["HUGGG_KEYS"] or None,
        base_url=base_url,
        hosts=values.hosts(texts, "HUGGG_HOSTS"),
        launch_url=launch_url,
        card_processor=values.one_of(texts, "HUGGG_CARD_PROCESSOR", ("", "fake", "stripe")) or None,
        stripe_key=texts["HUGGG_STRIPE_KEY"] or None,
        stripe_webhook_secret=texts["HUGGG_STRIPE_WEBHOOK_SECRET"] or None,
        stripe_url=texts["HUGGG_STRIPE_URL"].rstrip("/") or None,
        smtp_url=values.channel_url(
            texts, "HUGGG_SMTP_URL", read_smtp_url, "smtp://user:password@host:587"
        ),
        mail_from=values.mail_from(texts, launch_url),
        sms_url=values.channel_url(
            texts, "HUGGG_SMS_URL", read_twilio_url, "twilio://SID:token@host?from=+44…"
        ),
        operator_email=values.email(texts, "HUGGG_OPERATOR_EMAIL"),
        apple_pass_file=values.file(texts, "HUGGG_APPLE_PASS_FILE"),
        apple_push_url=texts["HUGGG_APPLE_PUSH_URL"].rstrip("/") or None,
        google_pass_file=values.file(texts, "HUGGG_GOOGLE_PASS_FILE"),
        google_pass_issuer=values.digits(texts, "HUGGG_GOOGLE_PASS_ISSUER"),
        google_pass_url=texts["HUGGG_GOOGLE_PASS_URL"].rstrip("/") or None,
        worker=values.one_of(texts, "HUGGG_WORKER", ("inside", "apart")),
        worker_port=values.whole(texts, "HUGGG_WORKER_PORT", at_most=PORT_MAX),
        connections_max=values.whole(texts, "HUGGG_CONNECTIONS_MAX", at_least=3),
        log_level=values.one_of(texts, "HUGGG_LOG_LEVEL", ("debug", "info", "warning", "error")),
        caller_requests_max=values.whole(texts, "HUGGG_CALLER_REQUESTS_MAX"),
        address_requests_max=values.whole(texts, "HUGGG_ADDRESS_REQUESTS_MAX"),
        login_failures_max=values.whole(texts, "HUGGG_LOGIN_FAILURES_MAX"),
        misses_max=values.whole(texts, "HUGGG_MISSES_MAX"),
        metrics_dir=Path(texts["HUGGG_METRICS_DIR"]) if texts["HUGGG_METRICS_DIR"] else None,
        requests_at_once_max=values.whole(texts, "HUGGG_REQUESTS_AT_ONCE_MAX"),
        caller_at_once_max=values.whole(texts, "HUGGG_CALLER_AT_ONCE_MAX", at_least=1),
        drain_seconds=values.whole(texts, "HUGGG_DRAIN_SECONDS"),
        trusted_proxies=values.networks(texts, "HUGGG_TRUSTED_PROXIES"),
        private_addresses=values.networks(texts, "HUGGG_PRIVATE_ADDRESSES"),
    )


OF_COMMANDS = frozenset({"HUGGG_CLIENT_SECRET"})
"""Variables that a command itself reads, in place of a secret typed at a terminal."""


def unknown_settings(environment: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """Name the variables that look like settings and are none, each with its likely setting."""
    setting_names = [
        name.removeprefix(PREFIX) for name in (*(each.name for each in SETTINGS), *OF_COMMANDS)
    ]
    names = [name.removeprefix(PREFIX) for name in sorted(environment) if name.startswith(PREFIX)]
    suggestions = {
        name: get_close_matches(name, setting_names, n=1) for name in names if name not in setting_names
    }
    return {PREFIX + name: PREFIX + close[0] if close else None for name, close in suggestions.items()}
