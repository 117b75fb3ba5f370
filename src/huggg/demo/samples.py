"""Samples: hugggs of the demo in each state, a group's link and a choice, and the links to open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from asyncpg import Record

from huggg.database.queries import Queries
from huggg.demo.brands import BRANDS, CHOICE, demo_id, location_ids, product_id
from huggg.demo.ids import BUYER_ID, RECIPIENT_ID, TEAM_ID, WALLET_ID
from huggg.hugggs.claim import claim, claiming_user
from huggg.hugggs.huggg import State
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.store import load_hugggs, lookup_huggg
from huggg.identity.caller import Caller, UserKind
from huggg.identity.create import ClientCredentials
from huggg.kit.platform import Platform
from huggg.people.labels import labels_of
from huggg.redemptions.redeem import SpendableLookup, redeem
from huggg.redemptions.unredeem import RedeemedLookup, unredeem
from huggg.transactions.buy_from_wallet import buy_from_wallet
from huggg.transactions.group_link import GROUP, open_group_link
from huggg.transactions.order import Order

UNREDEEMED = "unredeemed"
STATES = (State.UNSENT, State.SENT, State.CLAIMED, State.REDEEMED, UNREDEEMED, State.EXPIRED)
SAMPLE_GROUP, SAMPLE_CHOICE = "group", "choice"
OPENED = {"accept": State.UNSENT, "code": State.CLAIMED, "choice": SAMPLE_CHOICE}
"""The samples whose links the demo prints: a gift to accept, one whose code can be shown, a choice."""

GROUP_PEOPLE = 5
GROUP_CLAIMS = timedelta(days=90)
"""The time from the purchase of the sample for a group to its last day to claim."""

ORDERS_MAX = 1000
"""The orders of the buyer that are looked through for samples, the oldest first."""

SAMPLE_BRAND = next(brand for brand in BRANDS if brand.slug == "harbour")
SAMPLE_PRODUCT = SAMPLE_BRAND.products[0]

PRICES = {
    "samples": len(STATES) * SAMPLE_PRODUCT.sale_price,
    SAMPLE_GROUP: GROUP_PEOPLE * SAMPLE_PRODUCT.sale_price,
    SAMPLE_CHOICE: CHOICE.products[0].sale_price,
}
"""The pence that the samples cost, by the top-up of the demo's wallet that pays them."""

queries = Queries(__file__, "seed.sql")


async def make_samples(platform: Platform, client: ClientCredentials) -> None:
    """Buy the samples that are missing, and bring a huggg into each state."""
    orders = await _orders(platform)
    for sample in (*STATES, SAMPLE_GROUP, SAMPLE_CHOICE):
        if sample not in orders:
            order = await _order(platform, sample)
            await buy_from_wallet(platform.database, platform.vault, order, caller=_buyer(client))
    for sample, row in (await _hugggs(platform, STATES)).items():
        await _bring_into(sample, row, platform, client)


async def sample_links(platform: Platform, base_url: str) -> dict[str, str]:
    """Give the links of the samples that a browser can go on with, by the purpose of each."""
    rows = await _hugggs(platform, OPENED.values())
    ids = {purpose: rows[sample]["id"] for purpose, sample in OPENED.items() if sample in rows}
    snapshot = await load_hugggs(platform.database, platform.vault, list(ids.values()))
    codes = {huggg.id: huggg.codes.shortcode for huggg in snapshot.hugggs}
    links = {purpose: f"{base_url}/{codes[huggg_id]}" for purpose, huggg_id in ids.items()}
    group_id = (await _orders(platform)).get(SAMPLE_GROUP)
    if group_id is None:
        return links
    [row] = await platform.database.rows(queries.demo_group, transaction_id=group_id)
    return links | {"group": open_group_link(platform.vault, row["sealed"], group_id).url(base_url)}


async def _orders(platform: Platform) -> dict[str, UUID]:
    """Find the orders of the samples, by their titles, which are sealed."""
    rows = await platform.database.rows(queries.demo_orders, buyer_id=BUYER_ID, most=ORDERS_MAX)
    titles = {_title(sample): sample for sample in (*STATES, SAMPLE_GROUP, SAMPLE_CHOICE)}
    orders: dict[str, UUID] = {}
    for row in rows:
        transaction_id = row["transaction_id"]
        title = labels_of(platform.vault, row, transaction_id=transaction_id).title
        if title in titles:
            orders.setdefault(titles[title], transaction_id)
    return orders


async def _hugggs(platform: Platform, samples: Collection[str]) -> dict[str, Record]:
    """Read the one huggg of each of these samples."""
    orders = {order: sample for sample, order in (await _orders(platform)).items() if sample in samples}
    rows = await platform.database.rows(queries.demo_hugggs, transaction_ids=list(orders))
    return {orders[row["transaction_id"]]: row for row in rows}


def _title(sample: str) -> str:
    return f"Sample: {sample}"


async def _order(platform: Platform, sample: str) -> Order:
    """Write the order of a sample: for a state, a group of people, or a choice."""
    if sample == SAMPLE_GROUP:
        today = (await platform.database.one(queries.today))["today"]
        return Order(
            payer=WALLET_ID,
            product_id=product_id(SAMPLE_BRAND, SAMPLE_PRODUCT),
            quantity=GROUP_PEOPLE,
            message="Thank you, everyone. Have one on us.",
            title=_title(sample),
            delivery_method=GROUP,
            claim_limit=1,
            claim_expiry_date=today + GROUP_CLAIMS,
        )
    is_choice = sample == SAMPLE_CHOICE
    return Order(
        payer=WALLET_ID,
        product_id=product_id(CHOICE, CHOICE.products[0])
        if is_choice
        else product_id(SAMPLE_BRAND, SAMPLE_PRODUCT),
        quantity=1,
        receivers=() if is_choice or sample == State.UNSENT else (RECIPIENT_ID,),
        message="Pick the one that you like." if is_choice else "Have one on me.",
        title=_title(sample),
    )


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
