"""The cast of the access matrix: every kind of caller, and things that are or are not theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2

from huggg.html.assets import Assets
from huggg.identity.caller import UserKind
from huggg.kit.ids import new_id
from huggg.wallets.top_up import top_up
from tests.support.choices import add_choice
from tests.support.groups import group_order
from tests.support.office import Office, open_office
from tests.support.people import add_user
from tests.support.sql import scalar
from tests.support.world import CLIENT, Person, World, token_for

CALLERS = (
    "nobody",  # no token
    "client",  # a program on its own
    "alone",  # a customer without a team: Bo
    "participant",
    "admin",
    "viewer",
    "subteam",  # a Subteam Admin
    "till",  # Harbour's, at every location
    "bath",  # Harbour's, bound to Bath
    "kettle",  # another merchant's
    "operator",
    "key",  # the team's, a Participant with every scope
)

RequestParts = tuple[str, str, Any]
"""Method, path and body."""


@dataclass(frozen=True, slots=True)
class Cast:
    """All callers, and how each of them comes by things."""

    world: World
    office: Office
    people: dict[str, Person]
    key: str
    key_user: UUID
    choice: UUID

    async def call(self, caller: str, request: RequestParts) -> httpx2.Response:
        """Send a request as one of the cast."""
        method, path, body = request
        if caller == "key":
            return await self.world.call(method, path, None, body, X_Huggg_API_Key=self.key)
        token = self.world.client_token if caller == "client" else self.people.get(caller)
        return await self.world.call(method, path, token, body)

    def user_id(self, caller: str) -> UUID | None:
        """Name the user behind a caller, if there is one."""
        if caller == "key":
            return self.key_user
        return self.people[caller].id if caller in self.people else None

    def wallet(self, caller: str) -> UUID:
        """Name the wallet a caller can pay from; a caller without one tries the office's."""
        return self.office.desk_wallet if caller == "subteam" else self.office.wallet

    async def buy(self, caller: str, *, product: UUID | None = None, **purchase: Any) -> tuple[str, str]:
        """Let one of the cast buy one; gives the ids of transaction and huggg."""
        order = self.world.order(product, **purchase)
        order["payment"]["reference"] = str(self.wallet(caller))
        answer = await self.call(caller, ("POST", "/api/v2/transactions", order))
        assert answer.status_code == 201, answer.text
        data = answer.json()["data"]
        return data["id"], data["hugggs"][0]

    async def buy_as_cleo(self, product: UUID | None = None, **purchase: Any) -> tuple[str, str]:
        """Let Cleo buy one, of whom none of the others knows."""
        order = self.world.order(product, **purchase)
        order["payment"]["reference"] = str(self.world.cleos_wallet)
        answer = await self.world.call("POST", "/api/v2/transactions", self.world.cleo, order)
        assert answer.status_code == 201, answer.text
        data = answer.json()["data"]
        return data["id"], data["hugggs"][0]

    async def huggg(self, target: str, caller: str, product: UUID | None = None) -> str:
        """Name a huggg that is the caller's own, or that of the target."""
        user_id = self.user_id(caller)
        match target:
            case "own":  # given to them, as not all can buy
                receivers = None if user_id is None else [{"user_id": str(user_id)}]
                _, huggg = await self.buy_as_cleo(product, receivers=receivers)
            case "sent":
                buyer = caller if caller in BUYERS else "participant"
                _, huggg = await self.buy(buyer, product=product)
            case "mate's":
                _, huggg = await self.office.buy(self.office.quinn)
            case "subteam's":
                _, huggg = await self.office.buy(self.office.tess)
            case "another's":
                _, huggg = await self.buy_as_cleo()
            case "another-merchant's":
                _, huggg = await self.buy_as_cleo(self.world.dinner)
            case _:
                huggg = str(new_id())
        return huggg

    async def transaction(self, target: str, caller: str) -> str:
        """Name a purchase likewise."""
        match target:
            case "own":
                transaction, _ = await self.buy(caller if caller in BUYERS else "participant")
            case "mate's":
                transaction, _ = await self.office.buy(self.office.quinn)
            case "subteam's":
                transaction, _ = await self.office.buy(self.office.tess)
            case "another's":
                transaction, _ = await self.buy_as_cleo()
            case _:
                transaction = str(new_id())
        return transaction


BUYERS = ("participant", "admin", "viewer", "subteam", "key")
"""Those who have a wallet."""


async def gather_cast(world: World) -> Cast:
    """Bring all of the cast together."""
    office = await open_office(world)
    database = world.platform.database
    for wallet in (world.cleos_wallet, office.wallet, office.desk_wallet):
        await top_up(database, wallet_id=wallet, amount=100_000_00)
    operator = await add_user(database, name="operator", kind=UserKind.OPERATOR)
    key_id, key = await office.key()
    key_user = await scalar(database, "SELECT user_id FROM api_keys WHERE id = $1", key_id)
    return Cast(
        world=world,
        office=office,
        people={
            "alone": world.bo,
            "participant": office.pat,
            "admin": office.dana,
            "viewer": office.vic,
            "subteam": office.sam,
            "till": world.till,
            "bath": world.bath_till,
            "kettle": world.kettle_till,
            "operator": Person(operator, await token_for(world.platform, operator)),
        },
        key=key,
        key_user=key_user,
        choice=await add_choice(world),
    )


Request = Callable[[Cast, str, str], Awaitable[RequestParts]]
"""How an operation is asked for, by a caller about a target."""


FORGED = {
    "code": "HUGGG1:000",
    "location_id": "bristol17",
    "scanned_at": "2026-11-28T10:00:00Z",
    "refreshed_at": "2026-11-28T09:00:00Z",
}
"""A scan of a code that was never signed."""


def _about(method: str, path: str, body: Any = None) -> Request:
    """Ask about nothing in particular."""

    async def request(_: Cast, __: str, ___: str) -> RequestParts:
        return method, path, body

    return request


def _huggg(method: str, ending: str, body: Any = None) -> Request:
    async def request(cast: Cast, caller: str, target: str) -> RequestParts:
        return method, f"/api/v2/hugggs/{await cast.huggg(target, caller)}{ending}", body

    return request


def _link(method: str, ending: str) -> Request:
    """Follow the link of a huggg, or a wrong one; no program may send its forms."""

    async def request(cast: Cast, _: str, target: str) -> RequestParts:
        shortcode = "x" * 16
        if target == "there":
            _, huggg = await cast.buy_as_cleo()
            path = f"/api/v2/hugggs/{huggg}"
            shortcode = (await cast.world.call("GET", path, cast.world.cleo)).json()["data"]["shortcode"]
        return method, f"/{shortcode}{ending}", None

    return request


def _super(method: str, ending: str) -> Request:
    """Follow the link of a group, or a wrong one; no program may send its forms."""

    async def request(cast: Cast, _: str, target: str) -> RequestParts:
        code = "x" * 15
        if target == "there":
            order = await group_order(cast.world, 1)
            order["payment"]["reference"] = str(cast.world.cleos_wallet)
            bought = await cast.world.call("POST", "/api/v2/transactions", cast.world.cleo, order)
            code = bought.json()["data"]["super_url"].rpartition("/")[2]
        return method, f"/super/{code}{ending}", None

    return request


def _transaction(ending: str, method: str = "GET", body: Any = None) -> Request:
    async def request(cast: Cast, caller: str, target: str) -> RequestParts:
        return method, f"/api/v2/transactions/{await cast.transaction(target, caller)}{ending}", body

    return request


def _team(ending: str) -> Request:
    async def request(cast: Cast, caller: str, target: str) -> RequestParts:
        teams = {
            "own": cast.office.desk if caller == "subteam" else cast.office.team,
            "subteam's": cast.office.desk,
            "another's": await cast_team(cast.world, cast.world.cleo),
        }
        return "GET", f"/api/v2/teams/{teams.get(target, new_id())}{ending}", None

    return request


async def cast_team(world: World, person: Person) -> str:
    """Name a caller's team."""
    answer = await world.call("GET", "/api/v2/auth/me", person)
    return str(answer.json()["user"]["team_id"])


def _catalogue(plural: str) -> Request:
    async def request(cast: Cast, _: str, target: str) -> RequestParts:
        ids = {"brands": cast.world.harbour, "products": cast.world.coffee}
        return "GET", f"/api/v2/{plural}/{ids[plural] if target == 'there' else new_id()}", None

    return request


async def _pick(cast: Cast, caller: str, target: str) -> RequestParts:
    huggg = await cast.huggg(target, caller, cast.choice)
    return "POST", f"/api/v2/hugggs/{huggg}/choice", {"product_id": str(cast.world.coffee)}


async def _redeem(cast: Cast, caller: str, target: str) -> RequestParts:
    location = "york1" if target == "another-merchant's" else "bristol17"
    huggg = await cast.huggg(target, caller)
    return "POST", f"/api/v2/hugggs/{huggg}/redemptions", {"location_id": location}


async def _unredeem(cast: Cast, caller: str, target: str) -> RequestParts:
    """Each was redeemed before, in Bristol or by Lantern."""
    huggg = await cast.huggg(target, caller)
    if target != "missing":
        lantern = target == "another-merchant's"
        till, place = (cast.world.lantern_till, "york1") if lantern else (cast.world.till, "bristol17")
        redeemed = await cast.world.redeem(huggg, till, place)
        assert redeemed.status_code == 201, redeemed.text
    return "PATCH", f"/api/v2/hugggs/{huggg}/redemptions/latest", {"redeemed": False}


async def _redeem_once(cast: Cast, caller: str, target: str) -> RequestParts:
    _, path, body = await _redeem(cast, caller, target)
    return "PUT", f"{path}/{new_id()}", body


async def _reverse(cast: Cast, caller: str, target: str) -> RequestParts:
    """Each was redeemed before, in Bristol or by Lantern, under an id of that till's own."""
    _, path, body = await _redeem_once(cast, caller, target)
    if target != "missing":
        lantern = target == "another-merchant's"
        till = cast.world.lantern_till if lantern else cast.world.till
        redeemed = await cast.world.call("PUT", path, till, body)
        assert redeemed.status_code == 201, redeemed.text
    return "POST", f"{path}/reversal", None


async def _hold(cast: Cast, caller: str, target: str) -> RequestParts:
    method, path, body = await _redeem(cast, caller, target)
    return method, path.replace("redemptions", "holds"), body


def _after_hold(ending: str) -> Request:
    """Each is held before, in Bristol or by Lantern."""

    async def request(cast: Cast, caller: str, target: str) -> RequestParts:
        method, path, body = await _hold(cast, caller, target)
        hold = str(new_id())
        if target != "missing":
            lantern = target == "another-merchant's"
            till = cast.world.lantern_till if lantern else cast.world.till
            answer = await cast.world.call(method, path, till, body)
            assert answer.status_code == 201, answer.text
            hold = answer.json()["data"]["id"]
        return method, f"{path}/{hold}{ending}", None

    return request


async def _buy(cast: Cast, caller: str, target: str) -> RequestParts:
    wallets = {"own": cast.wallet(caller), "another's": cast.world.cleos_wallet}
    order = cast.world.order()
    order["payment"]["reference"] = str(wallets.get(target, new_id()))
    return "POST", "/api/v2/transactions", order


async def _hug(cast: Cast, _: str, __: str) -> RequestParts:
    body = {"receiver": "07911 123456", "purchase": str(cast.world.coffee), "card": "card_nobodys"}
    return "POST", "/api/v2/hugs", body


async def _legacy_huggg(cast: Cast, caller: str, target: str) -> RequestParts:
    return "GET", f"/api/v2/huggg/get/{await cast.huggg(target, caller)}", None


SECRET = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}

REQUESTS: dict[str, Request] = {
    "logIn": _about("POST", "/oauth/token", {"grant_type": "client_credentials", **SECRET}),
    "receiveStripeEvent": _about("POST", "/webhooks/stripe", {}),
    "revokeToken": _about("POST", "/oauth/revoke", {"token": "huggg_at_nobodys", **SECRET}),
    "showLiveness": _about("GET", "/health/live"),
    "showReadiness": _about("GET", "/health/ready"),
    "showMetrics": _about("GET", "/metrics"),
    "showOpenApi": _about("GET", "/schema/openapi.json"),
    "showReference": _about("GET", "/docs"),
    "showFront": _about("GET", "/"),
    "showGift": _link("GET", ""),
    "listGiftPlaces": _link("GET", "/places"),
    "showGiftCode": _link("POST", "/code"),
    "redeemGift": _link("POST", "/redemption"),
    "pickGift": _link("POST", "/choice"),
    "mailAdmission": _link("POST", "/browser"),
    "showAdmission": _link("GET", "/browser/abcdefgh"),
    "admitBrowser": _link("POST", "/browser/abcdefgh"),
    "claimGift": _link("POST", "/claim"),
    "viewGift": _link("POST", "/view"),
    "thankSender": _link("POST", "/thanks"),
    "watchGift": _about("GET", "/live/nothing"),
    "showGroup": _super("GET", ""),
    "listGroupPlaces": _super("GET", "/places"),
    "askForGift": _super("POST", ""),
    "showGiftAsked": _super("GET", "/mail"),
    "showConfirmation": _super("GET", "/AbCdEfGh1234567"),
    "joinGroup": _super("POST", "/AbCdEfGh1234567"),
    "showAsset": _about("GET", Assets().path("html/huggg.css")),
    "savePass": _about("GET", "/passes/nothing"),
    "registerPassDevice": _about("POST", "/passes/v1/devices/a/registrations/pass.example/b"),
    "unregisterPassDevice": _about("DELETE", "/passes/v1/devices/a/registrations/pass.example/b"),
    "listChangedPasses": _about("GET", "/passes/v1/devices/a/registrations/pass.example"),
    "showLatestPass": _about("GET", "/passes/v1/passes/pass.example/b"),
    "logPassErrors": _about("POST", "/passes/v1/log"),
    "showPicture": _about("GET", "/pictures/nothing.webp"),
    "showOAuthMetadata": _about("GET", "/.well-known/oauth-authorization-server"),
    "showTill": _about("GET", "/till"),
    "showTillManifest": _about("GET", "/till/app.webmanifest"),
    "signInAtTill": _about("POST", "/till/session"),
    "signInByPin": _about("POST", "/till/session/pin"),
    "showPairing": _about("GET", "/till/pair"),
    "pairDevice": _about("POST", "/till/pair"),
    "showTillDevices": _about("GET", "/till/devices"),
    "inviteTillDevice": _about("POST", "/till/devices"),
    "revokeTillDevice": _about("POST", "/till/devices/revocation"),
    "showTillStaff": _about("GET", "/till/staff"),
    "hireTillStaff": _about("POST", "/till/staff"),
    "setTillPin": _about("POST", "/till/staff/pin"),
    "setTillRole": _about("POST", "/till/staff/role"),
    "setTillStaffActive": _about("POST", "/till/staff/active"),
    "signOutAtTill": _about("POST", "/till/session/end"),
    "scanAtTill": _about("POST", "/till/scan"),
    "showTillKit": _about("GET", "/till/offline/kit"),
    "takeInTillScan": _about("PUT", f"/till/offline/scans/{new_id()}"),
    "showTillConflicts": _about("GET", "/till/conflicts"),
    "settleTillConflict": _about("POST", "/till/conflicts"),
    "undoAtTill": _about("POST", "/till/undo"),
    "readTillFrame": _about("POST", "/till/frame?width=1"),
    "showTillDay": _about("GET", "/till/day"),
    "downloadTillDay": _about("GET", "/till/day.csv"),
    "printTillDay": _about("GET", "/till/day.pdf"),
    "showTillReceipt": _about("GET", "/till/receipt"),
    "showTillStatement": _about("GET", "/till/statement"),
    "downloadTillStatement": _about("GET", "/till/statement.csv"),
    "downloadTillRedemptions": _about("GET", "/till/statement/redemptions.csv"),
    "listRedemptions": _about("GET", "/api/v2/redemptions"),
    "showMe": _about("GET", "/api/v2/auth/me"),
    "showTeam": _team(""),
    "listWallets": _team("/wallets"),
    "listSigningKeys": _about("GET", "/api/v2/signing-keys"),
    "listBrands": _about("GET", "/api/v2/brands"),
    "showBrand": _catalogue("brands"),
    "listProducts": _about("GET", "/api/v2/products"),
    "showProduct": _catalogue("products"),
    "listStores": _about("GET", "/api/v2/stores"),
    "showTiles": _about("GET", "/api/v2/tiles/61.091,-11.042:49.655,2.104"),
    "createTransaction": _buy,
    "listCards": _about("GET", "/api/v2/cards"),
    "sendHug": _hug,
    "listTransactions": _about("GET", "/api/v2/transactions"),
    "showTransaction": _transaction(""),
    "listTransactionHugggs": _transaction("/hugggs"),
    "listSentHugggs": _about("GET", "/api/v2/hugggs/sent"),
    "listReceivedHugggs": _about("GET", "/api/v2/hugggs/received"),
    "searchHugggs": _about("POST", "/api/v2/search", {}),
    "showHuggg": _huggg("GET", ""),
    "listThanks": _huggg("GET", "/thanks"),
    "showHugggWhole": _legacy_huggg,
    "cancelHuggg": _huggg("POST", "/cancellation", {"reason": "Ordered twice."}),
    "cancelTransaction": _transaction("/cancellation", "POST"),
    "changeHuggg": _huggg("PATCH", "", {"title": "Winter party"}),
    "changeTransaction": _transaction("", "PATCH", {"title": "Winter party"}),
    "listTransactionDeliveries": _transaction("/deliveries"),
    "listHugggDeliveries": _huggg("GET", "/deliveries"),
    "printHuggg": _huggg("GET", "/sheet"),
    "printTransaction": _transaction("/sheet"),
    "deliverHugggAgain": _huggg("POST", "/deliveries", {"email": "dee@example.org"}),
    "receiveBounce": _about("POST", "/webhooks/mail/bounces"),
    "receiveSmsReport": _about("POST", f"/webhooks/sms/{new_id()}"),
    "showUnsubscribe": _about("GET", "/unsubscribe/nobodys"),
    "unsubscribe": _about("POST", "/unsubscribe/nobodys"),
    "showOutbox": _about("GET", "/outbox"),
    "showOutboxMessage": _about("GET", f"/outbox/{new_id()}"),
    "claimHuggg": _huggg("POST", "/claim"),
    "pickProduct": _pick,
    "generateVoucher": _huggg("POST", "/voucher", {}),
    "generateVoucherClaimed": _huggg("POST", "/voucher/claimed", {}),
    "showAdjustmentCodes": _huggg("GET", "/product/adjustment-codes"),
    "redeemHuggg": _redeem,
    "unredeemHuggg": _unredeem,
    "showAtTill": _huggg("GET", "/till?location_id=bristol17"),
    "redeemHugggOnce": _redeem_once,
    "reverseRedemption": _reverse,
    "showIdempotencyKey": _about("GET", "/api/v2/idempotency-keys/nobodys"),
    "holdHuggg": _hold,
    "confirmHold": _after_hold("/confirmation"),
    "reverseHold": _after_hold("/reversal"),
    "showOfflineKit": _about("GET", "/api/v2/offline-kit"),
    "takeInOfflineScan": _about("PUT", f"/api/v2/offline-scans/{new_id()}", FORGED),
    "listOfflineConflicts": _about("GET", "/api/v2/offline-scans"),
    "settleOfflineConflict": _about(
        "POST", f"/api/v2/offline-scans/{new_id()}/settlement", {"decision": "loss", "reason": "None."}
    ),
}
