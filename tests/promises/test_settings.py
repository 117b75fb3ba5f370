"""Every setting is read, changes something, and is named when it makes no sense."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

import huggg
from huggg.settings.settings import Settings, read_settings, unknown_settings
from huggg.settings.table import SETTINGS
from huggg.settings.values import SettingError

GOOGLE = ("HUGGG_GOOGLE_PASS_FILE", "HUGGG_GOOGLE_PASS_ISSUER")
ANOTHER = {"HUGGG_GOOGLE_PASS_FILE": "/etc/other.json", "HUGGG_GOOGLE_PASS_ISSUER": "1"}

SOURCE = Path(huggg.__file__).parent

OTHERWISE = {
    "HUGGG_DATA_DIR": "/srv/huggg",
    "HUGGG_DATABASE_URL": "postgresql://db.example/huggg",
    "HUGGG_KEYS": "1:AAAA",
    "HUGGG_BASE_URL": "https://api.example",
    "HUGGG_HOSTS": "API.example, huggg",
    "HUGGG_LAUNCH_URL": "https://launch.example",
    "HUGGG_CARD_PROCESSOR": "fake",
    "HUGGG_STRIPE_KEY": "a key",
    "HUGGG_STRIPE_WEBHOOK_SECRET": "a secret",
    "HUGGG_STRIPE_URL": "https://stripe.example",
    "HUGGG_SMTP_URL": "smtps://user:secret@mail.example",
    "HUGGG_MAIL_FROM": "Gifts <gifts@mail.example>",
    "HUGGG_SMS_URL": "twilio://AC1:secret@api.twilio.example?from=+447700900123",
    "HUGGG_OPERATOR_EMAIL": "operator@mail.example",
    "HUGGG_WORKER": "apart",
    "HUGGG_WORKER_PORT": "0",
    "HUGGG_CONNECTIONS_MAX": "3",
    "HUGGG_LOG_LEVEL": "debug",
    "HUGGG_CALLER_REQUESTS_MAX": "60",
    "HUGGG_ADDRESS_REQUESTS_MAX": "0",
    "HUGGG_LOGIN_FAILURES_MAX": "3",
    "HUGGG_MISSES_MAX": "100",
    "HUGGG_APPLE_PASS_FILE": "/etc/huggg/pass.pem",
    "HUGGG_APPLE_PUSH_URL": "https://push.example",
    "HUGGG_GOOGLE_PASS_FILE": "/etc/huggg/account.json",
    "HUGGG_GOOGLE_PASS_ISSUER": "3388000000012345678",
    "HUGGG_GOOGLE_PASS_URL": "https://wallet.example",
    "HUGGG_METRICS_DIR": "/run/huggg",
    "HUGGG_REQUESTS_AT_ONCE_MAX": "8",
    "HUGGG_CALLER_AT_ONCE_MAX": "4",
    "HUGGG_DRAIN_SECONDS": "5",
    "HUGGG_TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::1",
    "HUGGG_PRIVATE_ADDRESSES": "10.1.0.0/16, fd00::/8",
}


def test_a_variable_that_is_no_setting_is_found_and_what_it_may_be_meant_for() -> None:
    environment = dict.fromkeys(("PATH", "HUGGG_DATABASE_URI", "HUGGG_KEYS", "HUGGG_XYLOPHONE"), "")
    assert unknown_settings(environment) == {
        "HUGGG_DATABASE_URI": "HUGGG_DATABASE_URL",
        "HUGGG_XYLOPHONE": None,
    }
    assert unknown_settings(dict.fromkeys(OTHERWISE, "")) == {}


def test_without_any_setting_the_defaults_hold() -> None:
    assert read_settings({}) == Settings(
        data_dir=Path.cwd() / "var",
        database_url=None,
        keys=None,
        base_url=None,
        hosts=frozenset(),
        launch_url="http://127.0.0.1:8080",
        card_processor=None,
        stripe_key=None,
        stripe_webhook_secret=None,
        stripe_url=None,
        smtp_url=None,
        mail_from="huggg <huggg@127.0.0.1>",
        sms_url=None,
        operator_email=None,
        apple_pass_file=None,
        apple_push_url=None,
        google_pass_file=None,
        google_pass_issuer=None,
        google_pass_url=None,
        worker="inside",
        worker_port=8081,
        connections_max=10,
        log_level="info",
        caller_requests_max=120_000,
        address_requests_max=240_000,
        login_failures_max=10,
        misses_max=1000,
        metrics_dir=None,
        requests_at_once_max=2048,
        caller_at_once_max=256,
        drain_seconds=2,
        trusted_proxies=(),
        private_addresses=(),
    )


def test_a_setting_that_is_empty_is_unset() -> None:
    assert read_settings({setting.name: "" for setting in SETTINGS}) == read_settings({})


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_every_setting_is_read(name: str) -> None:
    pair = {each: OTHERWISE[each] for each in GOOGLE if name in GOOGLE}
    others = read_settings(pair | {name: ANOTHER.get(name, "")})
    assert read_settings(pair | {name: OTHERWISE[name]}) != others


def test_every_setting_explains_itself_and_no_other_is_read_anywhere() -> None:
    known = {setting.name for setting in SETTINGS}
    assert len(known) == len(SETTINGS)
    assert [setting.name for setting in SETTINGS if not setting.help.endswith(".")] == []
    text = "".join(module.read_text() for module in SOURCE.rglob("*.py"))
    of_commands = set(re.findall(r'envvar="(\w+)"', text))  # another way to give an option
    assert set(re.findall(r"\bHUGGG_[A-Z_]+\b", text)) - of_commands == known


def settings_used() -> set[str]:
    """Name the attributes that the code takes from `settings` or `read_settings()`, and nothing else."""
    return {
        node.attr
        for path in SOURCE.rglob("*.py")
        if path.name != "settings.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        if re.fullmatch(r"(\w+\.)*_?settings|read_settings\(.*\)", ast.unparse(node.value))
    }


def test_every_setting_is_used() -> None:
    names = {field.name for field in fields(Settings)}
    assert len(names) == len(SETTINGS)
    assert names - settings_used() == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUGGG_CONNECTIONS_MAX", "0"),
        ("HUGGG_CONNECTIONS_MAX", "2"),
        ("HUGGG_CONNECTIONS_MAX", "-1"),
        ("HUGGG_CONNECTIONS_MAX", "ten"),
        ("HUGGG_CONNECTIONS_MAX", "1.5"),
        ("HUGGG_CARD_PROCESSOR", "Fake"),
        ("HUGGG_WORKER", "yes"),
        ("HUGGG_WORKER_PORT", "65536"),
        ("HUGGG_CALLER_REQUESTS_MAX", "-1"),
        ("HUGGG_CALLER_REQUESTS_MAX", "1_000"),
        ("HUGGG_ADDRESS_REQUESTS_MAX", "many"),
        ("HUGGG_MISSES_MAX", "1000000001"),
        ("HUGGG_HOSTS", "https://api.example"),
        ("HUGGG_HOSTS", "api.example:443"),
        ("HUGGG_TRUSTED_PROXIES", "proxy.example"),
        ("HUGGG_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("HUGGG_PRIVATE_ADDRESSES", "localhost"),
        ("HUGGG_LOG_LEVEL", "loud"),
        ("HUGGG_LOG_LEVEL", "INFO"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"{name} must be .*, not '{re.escape(value)}'"):
        read_settings({name: value})


@pytest.mark.parametrize(("set_one", "unset"), [GOOGLE, GOOGLE[::-1]])
def test_of_a_pair_neither_is_set_without_the_other(set_one: str, unset: str) -> None:
    with pytest.raises(SettingError, match=f"{unset} is unset, and {set_one} is set"):
        read_settings({set_one: OTHERWISE[set_one]})


def test_the_issuer_of_passes_is_a_number() -> None:
    pair = {each: OTHERWISE[each] for each in GOOGLE} | {"HUGGG_GOOGLE_PASS_ISSUER": "33 88"}
    with pytest.raises(SettingError, match="HUGGG_GOOGLE_PASS_ISSUER must be a number, not '33 88'"):
        read_settings(pair)


def test_addresses_lose_the_slash_at_their_end_and_links_follow_the_api() -> None:
    settings = read_settings({"HUGGG_BASE_URL": "https://api.example/"})
    assert (settings.base_url, settings.launch_url) == ("https://api.example", "https://api.example")
    own = read_settings(
        {"HUGGG_BASE_URL": "https://a.example", "HUGGG_LAUNCH_URL": "https://l.example/"}
    )
    assert (own.base_url, own.launch_url) == ("https://a.example", "https://l.example")
