"""The table of settings, from which `docs/reference/settings.md` is checked."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080


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
        "Failed log-ins a minute of a person, or thirty times as many of programs; 0 for any number.",
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
