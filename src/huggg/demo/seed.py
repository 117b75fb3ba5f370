"""Seed: a realistic world to try the API in, made through the ordinary use cases.

Every step is skipped if its result exists already, so seeding twice changes nothing and seeding after a
crash finishes the job. Secrets are derived from the installation's own keys: the same at every call,
different in every installation, and in no repository.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from huggg.catalogue.importing import import_catalogue
from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.demo.catalogue import (
    BRANDS,
    DemoBrand,
    adjustment_codes,
    demo_id,
    demo_page,
    location_ids,
    product_id,
    segment_ids,
    sold_by,
)
from huggg.hugggs.claim import claim, claiming_user
from huggg.hugggs.huggg import State
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.store import load_hugggs, lookup_huggg
from huggg.identity.api_keys import PREFIX as KEY_PREFIX
from huggg.identity.api_keys import ApiKey, create_key
from huggg.identity.caller import Caller, UserKind
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
from huggg.redemptions.redeem import SpendableLookup, redeem
from huggg.redemptions.unredeem import RedeemedLookup, unredeem
from huggg.staff.pin import set_pin
from huggg.staff.store import find_member
from huggg.transactions.buy_from_wallet import buy_from_wallet
from huggg.transactions.group_link import GROUP, GroupLink, open_group_link
from huggg.transactions.transaction import Order
from huggg.vouchers.import_codes import import_codes
from huggg.wallets.open_wallet import open_wallet
from huggg.wallets.top_up import top_up

WALLET_POUNDS = 5_000
PASSWORD_SYMBOLS = 20
PIN_DIGITS = 6
CODES_OF_A_SEGMENT = 300
CODE_SYMBOLS = 14

UNREDEEMED = "unredeemed"
SAMPLES = (State.UNSENT, State.SENT, State.CLAIMED, State.REDEEMED, UNREDEEMED, State.EXPIRED)
OPENED = {"accept": State.UNSENT, "code": State.CLAIMED}
"""The samples whose links the demo prints: a gift to accept, and one whose code can be shown."""

GROUP_TITLE = "Sample: group"
GROUP_PEOPLE = 5
GROUP_CLAIMS = timedelta(days=90)
"""The time from the purchase of the sample for a group to its last day to claim."""

SAMPLE_BRAND = next(brand for brand in BRANDS if brand.slug == "harbour")
SAMPLE_PRODUCT = SAMPLE_BRAND.products[0]

OFFLINE_RULE = OfflineRule(scans=20, value=100_00, hours=24, losses=LossBearer.MERCHANT)
"""The allowance of the sample brand's devices, so that its gifts show offline codes."""

TEAM_ID = demo_id("team")
WALLET_ID = demo_id("wallet")
BUYER_ID = demo_id("user", "buyer")
BUYER_NAME = "buyer@acorn.example"
CARDS = [f"{PREFIX}{behaviour}" for behaviour in BEHAVIOURS]
RECIPIENT_ID = demo_id("user", "recipient")
OPERATOR_ID = demo_id("user", "operator")

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
    await _samples(platform, client)
    await _add_cards(platform, processor)
    return await demo_world(platform, base_url=base_url)


async def demo_world(platform: Platform, *, base_url: str) -> dict[str, Any]:
    """Tell how to get into the demo world, and the links of gifts to open."""
    world = credentials(platform.vault, base_url=base_url)
    return {**world, "links": await _links(platform, base_url)}


async def _links(platform: Platform, base_url: str) -> dict[str, str]:
    """Give the links of the samples that a browser can go on with, by the purpose of each."""
    rows = await _sample_rows(platform)
    ids = {
        purpose: rows[_title(sample)]["id"]
        for purpose, sample in OPENED.items()
        if _title(sample) in rows
    }
    snapshot = await load_hugggs(platform.database, platform.vault, list(ids.values()))
    codes = {huggg.id: huggg.codes.shortcode for huggg in snapshot.hugggs}
    links = {purpose: f"{base_url}/{codes[huggg_id]}" for purpose, huggg_id in ids.items()}
    group = await _group(platform)
    return links if group is None else {**links, "group": group.url(base_url)}


async def _group(platform: Platform) -> GroupLink | None:
    """Find the link of the sample for a group."""
    row = await platform.database.row(queries.demo_group, buyer_id=BUYER_ID, title=GROUP_TITLE)
    if row is None:
        return None
    return open_group_link(platform.vault, row["sealed"], row["transaction_id"])


async def is_seeded(database: Database) -> bool:
    """Tell whether the demo world is there, or at least begun."""
    return await database.row(queries.demo_team, id=TEAM_ID) is not None


async def _open_purse(platform: Platform) -> None:
    """Fund the wallet so that £5,000 are left when the samples are paid for."""
    with suppress(NameTaken):
        await create_team(platform.database, name="Acorn & Daughters", team_id=TEAM_ID)
    await open_wallet(platform.database, team_id=TEAM_ID, name="Treats", wallet_id=WALLET_ID)
    for name, pence in {
        "wallet": WALLET_POUNDS * 100,
        "samples": len(SAMPLES) * SAMPLE_PRODUCT.sale_price,
        "group": GROUP_PEOPLE * SAMPLE_PRODUCT.sale_price,
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
        (person("recipient@example.org", RECIPIENT_ID), UserKind.CUSTOMER, None),
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


async def _samples(platform: Platform, client: ClientCredentials) -> None:
    """Bring one huggg into each state."""
    rows = await _sample_rows(platform)
    for sample in SAMPLES:
        if _title(sample) not in rows:
            await _buy_sample(platform, client, sample)
    if await _group(platform) is None:
        await _buy_group(platform, client)
    for title, row in (await _sample_rows(platform)).items():
        await _bring_into(title.rpartition(" ")[2], row, platform, client)


async def _sample_rows(platform: Platform) -> dict[str, Record]:
    titles = [_title(sample) for sample in SAMPLES]
    rows = await platform.database.rows(queries.demo_hugggs, buyer_id=BUYER_ID, titles=titles)
    return {row["title"]: row for row in rows}


def _title(sample: str) -> str:
    return f"Sample: {sample}"


async def _buy_sample(platform: Platform, client: ClientCredentials, sample: str) -> None:
    order = Order(
        payer=WALLET_ID,
        product_id=product_id(SAMPLE_BRAND, SAMPLE_PRODUCT),
        quantity=1,
        receivers=() if sample == State.UNSENT else (RECIPIENT_ID,),
        message="Have one on me.",
        title=_title(sample),
    )
    await buy_from_wallet(
        platform.database,
        platform.vault,
        order,
        caller=_buyer(client),
    )


async def _buy_group(platform: Platform, client: ClientCredentials) -> None:
    today = (await platform.database.one(queries.today))["today"]
    order = Order(
        payer=WALLET_ID,
        product_id=product_id(SAMPLE_BRAND, SAMPLE_PRODUCT),
        quantity=GROUP_PEOPLE,
        message="Thank you, everyone. Have one on us.",
        title=GROUP_TITLE,
        delivery_method=GROUP,
        claim_limit=1,
        claim_expiry_date=today + GROUP_CLAIMS,
    )
    await buy_from_wallet(platform.database, platform.vault, order, caller=_buyer(client))


def _buyer(client: ClientCredentials) -> Caller:
    return Caller(client.client_id, BUYER_ID, UserKind.CUSTOMER, team_id=TEAM_ID)


async def _bring_into(sample: str, row: Record, platform: Platform, client: ClientCredentials) -> None:
    huggg = HugggReference(row["id"], [])
    till = Caller(
        client.client_id,
        demo_id("user", SAMPLE_BRAND.slug),
        UserKind.MERCHANT,
        brand_id=SAMPLE_BRAND.id,
    )
    if sample == State.CLAIMED and row["assigned_at"] is None:
        recipient = Caller(client.client_id, RECIPIENT_ID, UserKind.CUSTOMER)
        lookup = lookup_huggg(platform.database, huggg)
        await claim(platform.database, platform.vault, lookup, claimer=claiming_user(recipient))
    if sample in (State.REDEEMED, UNREDEEMED) and not row["ever_redeemed"]:
        await redeem(
            platform.database,
            platform.vault,
            SpendableLookup(platform.database, huggg, location_ids(SAMPLE_BRAND)[0]),
            caller=till,
        )
    if sample == UNREDEEMED and (row["redeemed"] or not row["ever_redeemed"]):
        await unredeem(
            platform.database,
            platform.vault,
            RedeemedLookup(platform.database, huggg, None),
            None,
            caller=till,
        )
    if sample == State.EXPIRED and row["expires_at"] > row["now"]:
        await platform.database.rows(queries.grow_old, huggg_id=row["id"], days=400)


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
