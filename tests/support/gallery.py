"""A gallery: gifts of invented brands over all integrations, brought into each state of their page."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import httpx2
import msgspec
from PIL import Image, ImageDraw

from huggg.catalogue.importing import import_catalogue
from huggg.demo.brands import BRANDS, DemoBrand, location_ids, product_id, segment_ids
from huggg.demo.catalogue import demo_page
from huggg.groups.group import Group
from huggg.groups.store import find_group
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller, UserKind
from huggg.identity.create import create_client, create_team
from huggg.identity.errors import NameTaken
from huggg.kit.platform import Platform
from huggg.redemptions.redeem import SpendableLookup, redeem
from huggg.redemptions.store_pin import set_pin
from huggg.themes.picture import PictureUse, encode_picture
from huggg.themes.set_brand_pictures import set_brand_pictures
from huggg.themes.set_theme import set_theme
from huggg.themes.theme import ChosenColours
from huggg.transactions.buy_from_wallet import buy_from_wallet
from huggg.transactions.group_link import GROUP
from huggg.transactions.order import Order
from huggg.vouchers.import_codes import import_codes
from huggg.wallets.open_wallet import open_wallet
from huggg.wallets.top_up import top_up
from tests.support.choices import any_treat
from tests.support.people import add_user
from tests.support.sql import scalar, sql
from tests.support.world import CLIENT, token_for

MESSAGE = "Thank you for the late nights this month.\nHave one on us!"
SENDER = "Acorn & Daughters"
PIN = "4711"
CODES = {"Inside London": "7Q4MK2X9P0AB", "Outside London": "3RT8W6Y1ZC5D"}

NAMES = {brand.slug: brand for brand in BRANDS}


@dataclass(frozen=True, slots=True)
class Gallery:
    """The buyer of all gifts, and the ways to bring a gift into a state."""

    platform: Platform
    buyer: Caller
    wallet: UUID

    async def gift(self, slug: str, number: int = 0, **order: Any) -> Huggg:
        """Buy one of a brand's products."""
        [huggg] = await self.gifts(slug, 1, number, **order)
        return huggg

    async def gifts(self, slug: str, quantity: int, number: int = 0, **order: Any) -> list[Huggg]:
        """Buy several of a brand's product."""
        brand = NAMES[slug]
        product = product_id(brand, brand.products[number])
        options = {"message": MESSAGE, **order}
        bought = await buy_from_wallet(
            self.platform.database,
            self.platform.vault,
            Order(self.wallet, product, quantity, **options),
            caller=self.buyer,
        )
        return bought.hugggs

    async def group(self, people: int, slug: str = "harbour", **order: Any) -> Group:
        """Buy one of a brand's products for each person of a group, who may take it for three days."""
        database, vault = self.platform.database, self.platform.vault
        brand = NAMES[slug]
        today = await scalar(database, "SELECT (now() AT TIME ZONE 'Europe/London')::date")
        options = {"message": MESSAGE, "claim_expiry_date": today + timedelta(days=3), **order}
        product = product_id(brand, brand.products[0])
        ordered = Order(self.wallet, product, people, delivery_method=GROUP, claim_limit=1, **options)
        bought = await buy_from_wallet(database, vault, ordered, caller=self.buyer)
        assert bought.group_link is not None
        return (await find_group(database, vault, bought.group_link.code)).group

    async def change_group(self, group: Group, **columns: str) -> None:
        """Change columns of the hugggs of a group that are not taken, past every use case."""
        changes = ", ".join(f"{name} = {value}" for name, value in columns.items())
        left = "transaction_id = $1 AND assigned_at IS NULL"
        change = f"UPDATE hugggs SET {changes} WHERE {left}"  # noqa: S608 - a test's own
        await sql(self.platform.database, change, group.transaction_id)

    async def choice(self, **order: Any) -> Huggg:
        """Buy a gift that is a hot drink, a doughnut or a market basket, as its receiver picks."""
        products = [
            product_id(NAMES[slug], NAMES[slug].products[0]) for slug in ("harbour", "crumb", "marrow")
        ]
        page = any_treat(*products)
        await import_catalogue(self.platform.database, msgspec.json.encode(page))
        options = {"message": MESSAGE, **order}
        bought = await buy_from_wallet(
            self.platform.database,
            self.platform.vault,
            Order(self.wallet, UUID(page["embedded"]["products"][0]["id"]), 1, **options),
            caller=self.buyer,
        )
        return bought.hugggs[0]

    async def thanks(self, http: httpx2.AsyncClient, huggg: Huggg) -> dict[str, Any]:
        """Let the buyer read the thank-you for a gift over the API."""
        with suppress(NameTaken):
            await create_client(self.platform.database, self.platform.vault, CLIENT, name="tests")
        token = await token_for(self.platform, self.buyer.user_id)
        path = f"/api/v2/hugggs/{huggg.id}/thanks"
        answer = await http.get(path, headers={"Authorization": f"Bearer {token}"})
        [thank_you] = answer.json()["data"]
        return dict(thank_you)

    async def redeem(self, huggg: Huggg, slug: str) -> None:
        """Have a till of the brand redeem a gift, in the brand's first city."""
        brand = NAMES[slug]
        till = Caller("till", None, UserKind.MERCHANT, brand_id=brand.id)
        location = location_ids(brand)[0]
        lookup = SpendableLookup(self.platform.database, HugggReference(huggg.id, []), location)
        await redeem(self.platform.database, self.platform.vault, lookup, caller=till)

    async def set(self, huggg: Huggg, **columns: str) -> None:
        """Change columns of a gift, each to an SQL expression, past every use case."""
        changes = ", ".join(f"{name} = {value}" for name, value in columns.items())
        change = f"UPDATE hugggs SET {changes} WHERE id = $1"  # noqa: S608 - a test's own
        await sql(self.platform.database, change, huggg.id)

    async def scheduled(self) -> Huggg:
        """Buy a gift that is sent in three days."""
        huggg = await self.gift("harbour")
        await self.set(huggg, sent_at="now() + interval '3 days'")
        return huggg

    async def claimed(self, slug: str = "crumb") -> Huggg:
        """Buy a gift that was claimed."""
        huggg = await self.gift(slug, 1)
        await self.set(huggg, assigned_at="now()")
        return huggg

    async def redeemed(self) -> Huggg:
        """Buy a gift that a till redeemed."""
        huggg = await self.gift("harbour", 1)
        await self.redeem(huggg, "harbour")
        return huggg

    async def cancelled(self) -> Huggg:
        """Buy a gift that was taken back."""
        huggg = await self.gift("harbour")
        await self.set(huggg, cancelled_at="now()")
        return huggg

    async def moved(self) -> Huggg:
        """Buy a gift that was given a new link; it still has the codes of the old one here."""
        huggg = await self.gift("harbour")
        [old] = self.platform.vault.fingerprints("shortcode", huggg.codes.shortcode)
        move = """
            WITH gone AS (
                UPDATE shortcodes SET fingerprint = fingerprint || '\\x01' WHERE fingerprint = $1
                RETURNING huggg_id
            )
            INSERT INTO moved_links (fingerprint, huggg_id, moved_at)
            SELECT $1, huggg_id, now() FROM gone"""
        await sql(self.platform.database, move, old)
        return huggg

    async def expired(self) -> Huggg:
        """Buy a gift whose last day was yesterday."""
        huggg = await self.gift("lantern", 1)
        await self.set(
            huggg,
            expiry_date="current_date - 1",
            expires_at="current_date",
            sent_at="sent_at - interval '400 days'",
        )
        return huggg

    async def themed(self) -> Huggg:
        """Buy a gift in a theme of the buyer's team, of a brand with a logo."""
        database, team = self.platform.database, self.buyer.team_id
        assert team is not None
        logo = encode_picture(drawing((300, 300), "#0d3b66", "#faf0ca"), PictureUse.LOGO)
        cover = encode_picture(drawing((1920, 600), "#0d3b66", "#ee964b"), PictureUse.COVER)
        colours = ChosenColours(ground="#0d3b66", accent="#0b6b5d")
        await set_theme(database, team, "spring", colours=colours, logo=logo, cover=cover)
        lantern = encode_picture(drawing((200, 100), "#ffffff", "#a63d2f"), PictureUse.LOGO)
        await set_brand_pictures(database, NAMES["lantern"].id, logo=lantern)
        return await self.gift("lantern", theme_id="spring")

    async def ending(self) -> Huggg:
        """Buy a gift with three days left."""
        huggg = await self.gift("glasshouse")
        await self.set(huggg, expiry_date="current_date + 3", expires_at="current_date + 4")
        return huggg


def drawing(size: tuple[int, int], ground: str, mark: str) -> bytes:
    """Draw a picture for a theme: a ground with a mark in its middle."""
    image, body = Image.new("RGB", size, ground), BytesIO()
    width, height = size
    box = (width * 0.3, height * 0.3, width * 0.7, height * 0.7)
    ImageDraw.Draw(image).ellipse(box, fill=mark)
    image.save(body, "PNG")
    return body.getvalue()


async def open_gallery(platform: Platform) -> Gallery:
    """Make the brands, their codes and PINs, and a buyer with enough money."""
    database, vault = platform.database, platform.vault
    await import_catalogue(database, msgspec.json.encode(demo_page()))
    team = await create_team(database, name=SENDER)
    buyer = await add_user(database, name="Amara", kind=UserKind.CUSTOMER, team_id=team)
    wallet = await open_wallet(database, team_id=team, name="Treats")
    await top_up(database, wallet_id=wallet, amount=100_000_00)
    starlight = NAMES["starlight"]
    for name, segment in zip(starlight.segments, segment_ids(starlight), strict=True):
        lines = [f"{CODES[name]}{number:02}" for number in range(20)]
        await import_codes(database, vault, BytesIO("\n".join(lines).encode()), segment_id=segment)
    for location in shops("kettle"):
        await set_pin(database, vault, location, PIN)
    return Gallery(platform, Caller("gallery", buyer, UserKind.CUSTOMER, team_id=team), wallet)


def shops(slug: str) -> list[str]:
    """Name the locations of a brand."""
    return location_ids(NAMES[slug])


def brand_named(slug: str) -> DemoBrand:
    """Give a brand of the gallery."""
    return NAMES[slug]
