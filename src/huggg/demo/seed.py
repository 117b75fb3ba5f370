"""Seed: a realistic world to try the API in, made through the ordinary use cases.

Every step is skipped if its result exists already, so seeding twice changes nothing and seeding after a
crash finishes the job. Secrets are derived from the installation's own keys: the same at every call,
different in every installation, and in no repository.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

import msgspec

from huggg.catalogue.importing import import_catalogue
from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.demo.brands import (
    BRANDS,
    DemoBrand,
    adjustment_codes,
    demo_id,
    location_ids,
    product_id,
    segment_ids,
    sold_by,
)
from huggg.demo.catalogue import demo_page
from huggg.demo.ids import BUYER_ID, OPERATOR_ID, RECIPIENT_ID, TEAM_ID, WALLET_ID
from huggg.demo.samples import PRICES, SAMPLE_BRAND, make_samples, sample_links
from huggg.identity.api_keys import PREFIX as KEY_PREFIX
from huggg.identity.api_keys import ApiKey, create_key
from huggg.identity.caller import UserKind
from huggg.identity.create import ClientCredentials, create_client, create_team, create_user
from huggg.identity.errors import NameTaken
from huggg.identity.passwords import Passwords
from huggg.identity.role import Role
from huggg.kit.codes import Vault
from huggg.kit.platform import Platform
from huggg.offline.rule import LossBearer, OfflineRule
from huggg.offline.set_rule import set_rule
from huggg.offline.store import rule_of
from huggg.payments.card import Card
from huggg.payments.cards import add_card
from huggg.payments.fake import BEHAVIOURS, PREFIX
from huggg.payments.processor import Processor
from huggg.staff.pin import set_pin
from huggg.staff.store import find_member
from huggg.vouchers.import_codes import import_codes
from huggg.wallets.open_wallet import open_wallet
from huggg.wallets.top_up import top_up

WALLET_POUNDS = 5_000
PASSWORD_SYMBOLS = 20
PIN_DIGITS = 6
CODES_OF_A_SEGMENT = 300
CODE_SYMBOLS = 14

OFFLINE_RULE = OfflineRule(scans=20, value=100_00, hours=24, losses=LossBearer.MERCHANT)
"""The allowance of the sample brand's devices, so that its gifts show offline codes."""

BUYER_NAME, RECIPIENT_NAME = "buyer@acorn.example", "recipient@example.org"
CARDS = [f"{PREFIX}{behaviour}" for behaviour in BEHAVIOURS]

queries = Queries(__file__, "seed.sql")


@dataclass(frozen=True, slots=True)
class Person:
    """A demo user's way in."""

    username: str
    password: str
    user_id: UUID


async def seed(
    platform: Platform, passwords: Passwords, processor: Processor, *, base_url: str
) -> dict[str, Any]:
    """Build the demo world where it is missing, and tell how to get in."""
    await import_catalogue(platform.database, msgspec.json.encode(demo_page()))
    await _open_purse(platform)
    people = _people(platform.vault)
    for person, kind, brand in people:
        await _add(platform, passwords, person, kind, brand)
        if brand is not None:
            await _give_pin(platform, passwords, person)
    client = _client(platform.vault)
    with suppress(NameTaken):
        await create_client(platform.database, platform.vault, client, name="Demo")
    key = _api_key(platform.vault)
    with suppress(NameTaken):
        await create_key(platform.database, platform.vault, key, team_id=TEAM_ID, name="Demo program")
    await _codes(platform)
    if await rule_of(platform.database, SAMPLE_BRAND.id) is None:
        await set_rule(platform.database, SAMPLE_BRAND.id, OFFLINE_RULE)
    await make_samples(platform, client)
    await _add_cards(platform, processor)
    return await demo_world(platform, base_url=base_url)


async def demo_world(platform: Platform, *, base_url: str) -> dict[str, Any]:
    """Tell how to get into the demo world, and the links of gifts to open."""
    world = credentials(platform.vault, base_url=base_url)
    return {**world, "links": await sample_links(platform, base_url)}


async def is_seeded(database: Database) -> bool:
    """Tell whether the demo world is there, or at least begun."""
    return await database.row(queries.demo_team, id=TEAM_ID) is not None


async def erased_people(platform: Platform) -> list[str]:
    """Name those who buy and receive the samples, and were erased."""
    names = {BUYER_ID: BUYER_NAME, RECIPIENT_ID: RECIPIENT_NAME}
    rows = await platform.database.rows(queries.demo_people_erased, ids=list(names))
    return [names[row["id"]] for row in rows]


async def _open_purse(platform: Platform) -> None:
    """Fund the wallet so that £5,000 are left when the samples are paid for."""
    with suppress(NameTaken):
        await create_team(platform.database, name="Acorn & Daughters", team_id=TEAM_ID)
    await open_wallet(platform.database, team_id=TEAM_ID, name="Treats", wallet_id=WALLET_ID)
    for name, pence in {
        "wallet": WALLET_POUNDS * 100,
        **PRICES,
    }.items():
        await top_up(
            platform.database,
            wallet_id=WALLET_ID,
            amount=pence,
            transfer_id=demo_id("transfer", name),
        )


async def _codes(platform: Platform) -> None:
    """Fill each segment's pool, with codes that are derived like the secrets: the same next time."""
    for brand in BRANDS:
        for segment_id in segment_ids(brand):
            codes = [
                platform.vault.derive_text(f"demo code {segment_id} {number}", CODE_SYMBOLS).upper()
                for number in range(CODES_OF_A_SEGMENT)
            ]
            file = BytesIO("\n".join(codes).encode())
            await import_codes(platform.database, platform.vault, file, segment_id=segment_id)


async def _add_cards(platform: Platform, processor: Processor) -> None:
    """Give the buyer a card of each kind that the fake processor has; a real one has none of them."""
    for card in CARDS if processor.name == "fake" else ():
        await add_card(
            platform.database, platform.vault, processor, username=BUYER_NAME, card=Card(card, None)
        )


def _people(vault: Vault) -> list[tuple[Person, UserKind, DemoBrand | None]]:
    def person(username: str, user_id: UUID) -> Person:
        password = vault.derive_text(f"demo password {username}", PASSWORD_SYMBOLS)
        return Person(username, password, user_id)

    return [
        (person(BUYER_NAME, BUYER_ID), UserKind.CUSTOMER, None),
        (person(RECIPIENT_NAME, RECIPIENT_ID), UserKind.CUSTOMER, None),
        (person("operator@huggg.example", OPERATOR_ID), UserKind.OPERATOR, None),
        *(
            (person(f"till@{b.slug}.example", demo_id("user", b.slug)), UserKind.MERCHANT, b)
            for b in BRANDS
        ),
    ]


async def _add(
    platform: Platform,
    passwords: Passwords,
    person: Person,
    kind: UserKind,
    brand: DemoBrand | None,
) -> None:
    with suppress(NameTaken):
        await create_user(
            platform.database,
            platform.vault,
            passwords,
            kind=kind,
            name=f"Till of {brand.name}" if brand else person.username.partition("@")[0].title(),
            username=person.username,
            password=person.password,
            user_id=person.user_id,
            team_id=TEAM_ID if person.user_id == BUYER_ID else None,
            role=Role.ADMIN if person.user_id == BUYER_ID else Role.PARTICIPANT,
            brand_id=brand.id if brand else None,
        )


async def _give_pin(platform: Platform, passwords: Passwords, till: Person) -> None:
    member = await find_member(platform, till.user_id)
    if member is not None and not member.has_pin:
        await set_pin(platform, passwords, till.user_id, _pin(platform.vault, till.username))


def _pin(vault: Vault, username: str) -> str:
    """Derive the PIN of a till's user; it has no six equal digits and no six in a row."""
    first, *others = vault.derive_text(f"demo PIN {username}", PIN_DIGITS).encode()
    return "".join(str(byte % 10) for byte in (first, *others[:-1], first + 1))


def _client(vault: Vault) -> ClientCredentials:
    derive = vault.derive_text
    return ClientCredentials(derive("demo client id", 16), derive("demo client secret", 43))


def _api_key(vault: Vault) -> ApiKey:
    return ApiKey(demo_id("key"), KEY_PREFIX + vault.derive_text("demo api key", 43))


def credentials(vault: Vault, *, base_url: str) -> dict[str, Any]:
    """Give every way into the demo world: all of it follows from the oldest key."""
    client, key, people = _client(vault), _api_key(vault), _people(vault)
    by_id = {person.user_id: person for person, _, _ in people}
    return {
        "base_url": base_url,
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "api_key": key.key,
        "buyer": {
            **_way_in(by_id[BUYER_ID]),
            "user_id": BUYER_ID,
            "team_id": TEAM_ID,
            "wallet_id": WALLET_ID,
            "card_ids": CARDS,
        },
        "recipient": {**_way_in(by_id[RECIPIENT_ID]), "user_id": RECIPIENT_ID},
        "merchants": [_merchant(vault, brand, person) for person, _, brand in people if brand],
        "operator": _way_in(by_id[OPERATOR_ID]),
    }


def _way_in(person: Person) -> dict[str, str]:
    return {"username": person.username, "password": person.password}


def _merchant(vault: Vault, brand: DemoBrand, till: Person) -> dict[str, Any]:
    return {
        "brand_id": brand.id,
        "integration_id": brand.integration_id,
        **_way_in(till),
        "pin": _pin(vault, till.username),
        "location_ids": location_ids(brand),
        "products": [
            {
                "id": product_id(owner, product),
                "sale_price": product.sale_price,
                "segment_ids": segment_ids(owner),
                "adjustment_codes": adjustment_codes(brand, product),
            }
            for owner, product in sold_by(brand)
        ],
    }
