"""A small world to tell stories in.

Harbour Roast (Bristol and Bath) and Kettle & Finch (Leeds) each sell their own coffee and honour "any
coffee"; Lantern Kitchen sells dinners only. Amara buys, from a team wallet with £100; Bo receives;
Cleo is a stranger with a team and a wallet of her own. Each merchant has a till; Harbour has another
one bound to Bath.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import msgspec

from huggg.catalogue.documents import brand_document, product_document, store_document
from huggg.catalogue.importing import import_catalogue
from huggg.identity.caller import UserKind
from huggg.identity.create import ClientCredentials, create_client, create_team
from huggg.identity.log_in import open_session
from huggg.kit.ids import new_id
from huggg.kit.platform import Platform
from huggg.wallets.open_wallet import open_wallet
from huggg.wallets.top_up import top_up
from tests.support.people import add_user

LAUNCH_URL = "https://launch.test"

COFFEE_PENCE = 350
ANY_COFFEE_PENCE = 375
DINNER_PENCE = 4500
WALLET_PENCE = 100_00

CLIENT = ClientCredentials("test-client", "test-client-secret")
AT = "2026-01-05 09:00:00"


@dataclass(frozen=True, slots=True)
class Person:
    """A user's id and a valid access token."""

    id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class World:
    """The world's merchants, people and tokens, and the calls that stories make."""

    platform: Platform
    http: httpx2.AsyncClient
    harbour: UUID
    kettle: UUID
    lantern: UUID
    coffee: UUID
    tea: UUID
    any_coffee: UUID
    dinner: UUID
    wallet: UUID
    cleos_wallet: UUID
    client_token: str
    amara: Person
    bo: Person
    cleo: Person
    till: Person
    bath_till: Person
    kettle_till: Person
    lantern_till: Person

    async def call(
        self,
        method: str,
        path: str,
        caller: Person | str | None = None,
        json: Any = None,
        **headers: str,
    ) -> httpx2.Response:
        """Send one request; header names are written with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if caller is not None:
            sent["Authorization"] = f"Bearer {caller if isinstance(caller, str) else caller.token}"
        content = None if json is None else msgspec.json.encode(json)
        return await self.http.request(method, path, content=content, headers=sent)

    def order(self, product: UUID | None = None, **purchase: Any) -> dict[str, Any]:
        """Write the body of a purchase from Amara's wallet."""
        return {
            "payment": {"method": "walletCommitment", "reference": str(self.wallet)},
            "purchase": {"type": "huggg", "reference": str(product or self.coffee), **purchase},
        }

    async def buy(self, product: UUID | None = None, **purchase: Any) -> list[dict[str, Any]]:
        """Let Amara buy, and give her hugggs as published."""
        path = "/api/v2/transactions?embed[]=hugggs"
        answer = await self.call("POST", path, self.amara, self.order(product, **purchase))
        assert answer.status_code == 201, answer.text
        hugggs: list[dict[str, Any]] = answer.json()["embedded"]["hugggs"]
        return hugggs

    async def redeem(
        self, huggg: str, caller: Person | None = None, location: Any = "bristol17", **headers: str
    ) -> httpx2.Response:
        """Redeem at Harbour's till in Bristol, or where and by whom it is said."""
        path = f"/api/v2/hugggs/{huggg}/redemptions"
        return await self.call("POST", path, caller or self.till, {"location_id": location}, **headers)

    async def unredeem(
        self, huggg: str, caller: Person | None = None, redemption: str = "latest", **headers: str
    ) -> httpx2.Response:
        """Take a redemption back at Harbour's till, or by whom it is said."""
        path = f"/api/v2/hugggs/{huggg}/redemptions/{redemption}"
        return await self.call("PATCH", path, caller or self.till, {"redeemed": False}, **headers)


async def build_world(platform: Platform, http: httpx2.AsyncClient) -> World:
    """Make it, in a fresh database."""
    ids = {name: new_id() for name in ("harbour", "kettle", "lantern", "coffee", "tea")}
    ids |= {name: new_id() for name in ("any_coffee", "dinner", "anywhere")}
    await import_catalogue(platform.database, msgspec.json.encode(_catalogue(ids)))
    await create_client(platform.database, platform.vault, CLIENT, name="tests")
    team, cleos_team = [await create_team(platform.database, name=name) for name in ("Acorn", "Birch")]
    wallet = await open_wallet(platform.database, team_id=team, name="Treats")
    await top_up(platform.database, wallet_id=wallet, amount=WALLET_PENCE)
    cleos_wallet = await open_wallet(platform.database, team_id=cleos_team, name="Hers")

    async def person(name: str, kind: UserKind = UserKind.CUSTOMER, **where: Any) -> Person:
        user_id = await add_user(platform.database, name=name, kind=kind, **where)
        return Person(user_id, await token_for(platform, user_id))

    async def till(brand: str, locations: tuple[str, ...] = ()) -> Person:
        return await person(
            f"till of {brand}", UserKind.MERCHANT, brand_id=ids[brand], location_ids=locations
        )

    return World(
        platform=platform,
        http=http,
        wallet=wallet,
        cleos_wallet=cleos_wallet,
        client_token=await token_for(platform, None),
        amara=await person("amara", team_id=team),
        bo=await person("bo"),
        cleo=await person("cleo", team_id=cleos_team),
        till=await till("harbour"),
        bath_till=await till("harbour", ("bath2",)),
        kettle_till=await till("kettle"),
        lantern_till=await till("lantern"),
        **{name: ids[name] for name in ids if name != "anywhere"},
    )


async def token_for(platform: Platform, user_id: UUID | None) -> str:
    """Give an access token without the cost of checking a password."""
    pair = await open_session(
        platform.database, platform.vault, client_id=CLIENT.client_id, user_id=user_id
    )
    return pair.access


def _catalogue(ids: dict[str, UUID]) -> dict[str, Any]:
    any_coffee = [ids["any_coffee"]]
    places = {"bristol17": "harbour", "bath2": "harbour", "leeds5": "kettle", "york1": "lantern"}
    stores = {place: new_id() for place in places}

    def brand(
        key: str, name: str, weight: int, products: tuple[str, ...], **more: Any
    ) -> dict[str, Any]:
        at_home = [stores[place] for place, owner in places.items() if owner == key]
        return brand_document(
            ids[key],
            name=name,
            integration_id=5,
            at=AT,
            weight=weight,
            products=[ids[product] for product in products],
            **{"stores": at_home, **more},
        )

    brands = {
        "harbour": brand("harbour", "Harbour Roast", 40, ("coffee",), consolidated_products=any_coffee),
        "kettle": brand("kettle", "Kettle & Finch", 30, ("tea",), consolidated_products=any_coffee),
        "lantern": brand("lantern", "Lantern Kitchen", 20, ("dinner",)),
        "anywhere": brand(
            "anywhere",
            "any coffee place",
            10,
            ("any_coffee",),
            consolidated=True,
            stores=[stores[place] for place in ("bristol17", "bath2", "leeds5")],
        ),
    }

    def product(key: str, owner: str, label: str, pence: int) -> dict[str, Any]:
        return product_document(
            ids[key],
            brands[owner],
            label=label,
            sale_price=pence,
            description=f"{label}.",
            redemption_instructions="Show the code.",
        )

    def codes(owner: str, key: str, *codes: str) -> dict[str, Any]:
        return {"brand_id": str(ids[owner]), "product_id": str(ids[key]), "codes": list(codes)}

    return {
        "data": list(brands.values()),
        "embedded": {
            "products": [
                product("coffee", "harbour", "Coffee", COFFEE_PENCE),
                product("tea", "kettle", "Tea", COFFEE_PENCE),
                product("dinner", "lantern", "Dinner", DINNER_PENCE),
                product("any_coffee", "anywhere", "Any coffee", ANY_COFFEE_PENCE),
            ],
            "stores": [
                store_document(
                    stores[place], brands[owner], name=place, latitude="51.45", longitude="-2.59"
                )
                for place, owner in places.items()
            ],
            "segments": [],
            "locations": [
                {"id": place, "brand_id": str(ids[owner]), "store_id": str(stores[place]), "name": place}
                for place, owner in places.items()
            ],
            "adjustment_codes": [
                codes("harbour", "coffee", "one", "two", "three"),
                codes("kettle", "any_coffee", "ANY"),
            ],
        },
    }
