"""Settings: each has a name, a default and a sentence, and is read once from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from huggg.kit.email import clean_email
from huggg.kit.errors import Invalid
from huggg.notifications.mail import read_mail_sender
from huggg.notifications.outbox import OUTBOX
from huggg.notifications.smtp import read_smtp_url
from huggg.notifications.twilio import read_twilio_url

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080
PREFIX = "HUGGG_"
WHOLE_MAX = 1_000_000_000
PORT_MAX = 65535
HOST_NAME = re.compile(r"[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\]")


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable, as `docs/reference/settings.md` lists it."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting("HUGGG_DATA_DIR", "./var", "The directory of the embedded database and the key file."),
    Setting(
        "HUGGG_DATABASE_URL",
        "",
        "A PostgreSQL 15 to 18 of your own; unset, an embedded one is started in the data directory.",
    ),
    Setting(
        "HUGGG_KEYS",
        "",
        "Numbered keys that seal codes, `1:<base64 of 32 bytes>,2:…`; unset, a key file is made.",
    ),
    Setting(
        "HUGGG_BASE_URL",
        "",
        "The API's public address, for links in lists; unset, the address that the caller connected to.",
    ),
    Setting(
        "HUGGG_HOSTS",
        "",
        "Host names that a caller may put into links while HUGGG_BASE_URL is unset.",
    ),
    Setting(
        "HUGGG_LAUNCH_URL",
        "",
        "The address of share links; unset, the base URL, or else the listening address.",
    ),
    Setting(
        "HUGGG_CARD_PROCESSOR",
        "",
        "The processor of cards: stripe, or fake, which moves no money; unset, huggg takes no cards.",
    ),
    Setting("HUGGG_STRIPE_KEY", "", "The secret key of the Stripe account."),
    Setting(
        "HUGGG_STRIPE_WEBHOOK_SECRET",
        "",
        "The secret with which Stripe signs its calls to /webhooks/stripe; unset, they are refused.",
    ),
    Setting("HUGGG_STRIPE_URL", "", "The address of Stripe's API; unset, Stripe's own."),
    Setting(
        "HUGGG_SMTP_URL",
        "",
        "The mail server, `smtp://user:password@host:587` or `smtps://…`; `outbox:` keeps mail in the"
        " data directory; unset, huggg sends no mail.",
    ),
    Setting(
        "HUGGG_MAIL_FROM",
        "",
        "The address that mail comes from, `Name <address>`; unset, `huggg` at the host of share links.",
    ),
    Setting(
        "HUGGG_SMS_URL",
        "",
        "The provider of SMS, `twilio://SID:token@api.twilio.com?from=+44…`; `outbox:` keeps them in the"
        " data directory; unset, huggg sends no SMS.",
    ),
    Setting(
        "HUGGG_OPERATOR_EMAIL",
        "",
        "The address of alarms to the operator, about pools and jobs; unset, there are none.",
    ),
    Setting(
        "HUGGG_APPLE_PASS_FILE",
        "",
        "The PEM file of the pass type: its certificate, Apple's certificate, and the key; unset, there"
        " are no passes for Apple Wallet.",
    ),
    Setting("HUGGG_APPLE_PUSH_URL", "", "The address of Apple's push service; unset, Apple's own."),
    Setting(
        "HUGGG_GOOGLE_PASS_FILE",
        "",
        "The key file of the account that issues passes; unset, there are none for Google Wallet.",
    ),
    Setting("HUGGG_GOOGLE_PASS_ISSUER", "", "The number of the issuer of passes for Google Wallet."),
    Setting("HUGGG_GOOGLE_PASS_URL", "", "The address of Google's wallet service; unset, Google's own."),
    Setting(
        "HUGGG_WORKER",
        "inside",
        "Where workers run: inside each server process, or apart, as `huggg worker`.",
    ),
    Setting(
        "HUGGG_WORKER_PORT",
        "8081",
        "The port at which `huggg worker` serves its health and metrics; 0 for any free port.",
    ),
    Setting("HUGGG_CONNECTIONS_MAX", "10", "Database connections of each server process."),
    Setting("HUGGG_LOG_LEVEL", "info", "debug, info, warning or error."),
    Setting(
        "HUGGG_CALLER_REQUESTS_MAX",
        "120000",
        "Requests a minute of one caller: a user, a client on its own, an API key; 0 for any number.",
    ),
    Setting(
        "HUGGG_ADDRESS_REQUESTS_MAX",
        "240000",
        "Requests a minute from one address, with a valid token or without; 0 for any number.",
    ),
    Setting(
        "HUGGG_LOGIN_FAILURES_MAX",
        "10",
        "Failed log-ins a minute from one address, or with one account; 0 for any number.",
    ),
    Setting(
        "HUGGG_MISSES_MAX",
        "1000",
        "Look-ups by code a minute that find nothing before guessers take turns; 0 for any number.",
    ),
    Setting(
        "HUGGG_METRICS_DIR",
        "",
        "The directory through which workers share their figures; unset, a temporary directory.",
    ),
    Setting(
        "HUGGG_REQUESTS_AT_ONCE_MAX",
        "2048",
        "Requests under way in one process; further ones are answered 503; 0 for any number.",
    ),
    Setting(
        "HUGGG_CALLER_AT_ONCE_MAX",
        "256",
        "Requests under way of one caller in one process, so that other callers are still served.",
    ),
    Setting(
        "HUGGG_DRAIN_SECONDS",
        "2",
        "Seconds to keep serving after SIGTERM, while /health/ready answers 503.",
    ),
    Setting(
        "HUGGG_TRUSTED_PROXIES",
        "",
        "Addresses and networks of trusted proxies, separated by commas, for X-Forwarded-For.",
    ),
    Setting(
        "HUGGG_PRIVATE_ADDRESSES",
        "",
        "Private networks that the URLs of customers may lead to, separated by commas.",
    ),
)


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


class SettingError(Exception):
    """A setting has an unusable value; the message names the setting and the accepted values."""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read all settings. Raises SettingError, which names the first unusable one."""
    values = {s.name: environment.get(s.name) or s.default for s in SETTINGS}
    base_url = values["HUGGG_BASE_URL"].rstrip("/") or None
    here = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"
    if values["HUGGG_CARD_PROCESSOR"] == "stripe" and not values["HUGGG_STRIPE_KEY"]:
        raise SettingError("HUGGG_STRIPE_KEY is unset, and HUGGG_CARD_PROCESSOR is stripe.")
    launch_url = values["HUGGG_LAUNCH_URL"].rstrip("/") or base_url or here
    return Settings(
        data_dir=Path(values["HUGGG_DATA_DIR"]).expanduser().absolute(),
        database_url=values["HUGGG_DATABASE_URL"] or None,
        keys=values["HUGGG_KEYS"] or None,
        base_url=base_url,
        hosts=_hosts(values, "HUGGG_HOSTS"),
        launch_url=launch_url,
        card_processor=_one_of(values, "HUGGG_CARD_PROCESSOR", ("", "fake", "stripe")) or None,
        stripe_key=values["HUGGG_STRIPE_KEY"] or None,
        stripe_webhook_secret=values["HUGGG_STRIPE_WEBHOOK_SECRET"] or None,
        stripe_url=values["HUGGG_STRIPE_URL"].rstrip("/") or None,
        smtp_url=_channel(values, "HUGGG_SMTP_URL", read_smtp_url, "smtp://user:password@host:587"),
        mail_from=_mail_from(values, launch_url),
        sms_url=_channel(values, "HUGGG_SMS_URL", read_twilio_url, "twilio://SID:token@host?from=+44…"),
        operator_email=_email(values, "HUGGG_OPERATOR_EMAIL"),
        apple_pass_file=_file(values, "HUGGG_APPLE_PASS_FILE"),
        apple_push_url=values["HUGGG_APPLE_PUSH_URL"].rstrip("/") or None,
        google_pass_file=_file(values, "HUGGG_GOOGLE_PASS_FILE"),
        google_pass_issuer=values["HUGGG_GOOGLE_PASS_ISSUER"] or None,
        google_pass_url=values["HUGGG_GOOGLE_PASS_URL"].rstrip("/") or None,
        worker=_one_of(values, "HUGGG_WORKER", ("inside", "apart")),
        worker_port=_whole(values, "HUGGG_WORKER_PORT", at_most=PORT_MAX),
        connections_max=_whole(values, "HUGGG_CONNECTIONS_MAX", at_least=3),
        log_level=_one_of(values, "HUGGG_LOG_LEVEL", ("debug", "info", "warning", "error")),
        caller_requests_max=_whole(values, "HUGGG_CALLER_REQUESTS_MAX"),
        address_requests_max=_whole(values, "HUGGG_ADDRESS_REQUESTS_MAX"),
        login_failures_max=_whole(values, "HUGGG_LOGIN_FAILURES_MAX"),
        misses_max=_whole(values, "HUGGG_MISSES_MAX"),
        metrics_dir=Path(values["HUGGG_METRICS_DIR"]) if values["HUGGG_METRICS_DIR"] else None,
        requests_at_once_max=_whole(values, "HUGGG_REQUESTS_AT_ONCE_MAX"),
        caller_at_once_max=_whole(values, "HUGGG_CALLER_AT_ONCE_MAX", at_least=1),
        drain_seconds=_whole(values, "HUGGG_DRAIN_SECONDS"),
        trusted_proxies=_networks(values, "HUGGG_TRUSTED_PROXIES"),
        private_addresses=_networks(values, "HUGGG_PRIVATE_ADDRESSES"),
    )


OF_COMMANDS = frozenset({"HUGGG_CLIENT_SECRET"})
"""Variables that a command itself reads, in place of a secret typed at a terminal."""


def unknown_settings(environment: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """Name the variables that look like settings and are none, each with its likely setting."""
    known = [name.removeprefix(PREFIX) for name in (*(each.name for each in SETTINGS), *OF_COMMANDS)]
    names = [name.removeprefix(PREFIX) for name in sorted(environment) if name.startswith(PREFIX)]
    suggestions = {name: get_close_matches(name, known, n=1) for name in names if name not in known}
    return {PREFIX + name: PREFIX + close[0] if close else None for name, close in suggestions.items()}


def _whole(values: Mapping[str, str], name: str, *, at_least: int = 0, at_most: int = WHOLE_MAX) -> int:
    text = values[name]
    if not (text.isascii() and text.isdecimal()) or not at_least <= int(text) <= at_most:
        raise SettingError(f"{name} must be a whole number from {at_least} to {at_most}, not {text!r}.")
    return int(text)


def _channel(
    values: Mapping[str, str], name: str, read: Callable[[str], object], example: str
) -> str | None:
    """Check the address of a channel. It may hold a password, so a refusal does not repeat it."""
    if values[name] in ("", OUTBOX):
        return values[name] or None
    try:
        read(values[name])
    except ValueError:
        raise SettingError(f"{name} must be an address such as {example}, or {OUTBOX}") from None
    return values[name]


def _mail_from(values: Mapping[str, str], launch_url: str) -> str:
    given = values["HUGGG_MAIL_FROM"] or f"huggg <huggg@{urlsplit(launch_url).hostname}>"
    try:
        read_mail_sender(given)
    except ValueError:
        raise SettingError(f"HUGGG_MAIL_FROM must be `Name <address>`, not {given!r}.") from None
    return given


def _file(values: Mapping[str, str], name: str) -> Path | None:
    return Path(values[name]).expanduser().absolute() if values[name] else None


def _email(values: Mapping[str, str], name: str) -> str | None:
    try:
        return clean_email(values[name], name) if values[name] else None
    except Invalid:
        raise SettingError(f"{name} must be an e-mail address, not {values[name]!r}.") from None


def _networks(values: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    texts = [text.strip() for text in values[name].split(",") if text.strip()]
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError:
        raise SettingError(
            f"{name} must be addresses or networks such as 10.0.0.0/8, not {values[name]!r}."
        ) from None


def _hosts(values: Mapping[str, str], name: str) -> frozenset[str]:
    hosts = [text.strip().lower() for text in values[name].split(",") if text.strip()]
    if not all(HOST_NAME.fullmatch(host) for host in hosts):
        raise SettingError(f"{name} must be names such as api.example, not {values[name]!r}.")
    return frozenset(hosts)


def _one_of(values: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    if values[name] not in allowed:
        known = ", ".join(filter(None, allowed))
        raise SettingError(f"{name} must be one of {known}, not {values[name]!r}.")
    return values[name]
