"""People's data made at run time and taken through every door: a dump must show none of it."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from huggg.hugggs.store import load_hugggs
from huggg.hugggs.thank import thank
from huggg.identity.caller import UserKind
from huggg.identity.create import create_user
from huggg.identity.errors import NameTaken
from huggg.identity.passwords import Passwords
from huggg.notifications.confirm import Confirmation, queue_confirmation
from huggg.privacy.person import find_person
from tests.support.cards import give_card, pay
from tests.support.choices import add_choice
from tests.support.groups import buy_for_group, join_group
from tests.support.life import lookup_of
from tests.support.post_office import post_office
from tests.support.world import World

EXPECTED = frozenset({200, 201, 303, 401, 402, 404, 405, 409, 422, 429, 503})


@dataclass
class Planted:
    """The data that were made, and the world in which they are told."""

    world: World
    texts: list[str] = field(default_factory=list)

    def words(self, beginning: str) -> str:
        """Make words: their last one is found nowhere else."""
        self.texts.append(secrets.token_hex(8))
        return f"{beginning} {self.texts[-1]}"

    def address(self) -> str:
        """Make an e-mail address."""
        self.texts.append(secrets.token_hex(8))
        return f"{self.texts[-1]}@acorn.example"

    def number(self) -> str:
        """Make a phone number that regulators reserve for tests."""
        self.texts.append(f"7400{secrets.randbelow(10**6):06}")
        return f"+44{self.texts[-1]}"

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """Let Amara call, and be answered or refused."""
        answer = await self.world.call(method, path, self.world.amara, body, **headers)
        assert answer.status_code in EXPECTED, (path, answer.status_code, answer.text)
        answered: dict[str, Any] = answer.json()
        return answered

    async def post(self, path: str, **form: str) -> None:
        """Send a form of a page, and be answered or refused."""
        same_site = {"Sec-Fetch-Site": "same-origin"}
        answer = await self.world.http.post(path, data=form, headers=same_site)
        assert answer.status_code in EXPECTED, (path, answer.status_code, answer.text)


async def plant(world: World) -> list[str]:
    """Take people's data through every door; give all that was made."""
    planted = Planted(world)
    await _users(planted)
    await _purchases(planted)
    await _cards(planted)
    await _messages(planted)
    await _labels(planted)
    await _pages(planted)
    return planted.texts


async def _users(planted: Planted) -> None:
    """Create a user, fail to create another of that name, log in wrongly, and look the user up."""
    database, vault = planted.world.platform.database, planted.world.platform.vault
    name, address = planted.words("Rosalind"), planted.address()
    create = partial(
        create_user,
        *(database, vault, Passwords()),
        kind=UserKind.CUSTOMER,
        name=name,
        username=address,
        password=secrets.token_hex(8),
    )
    await create()
    with suppress(NameTaken):
        await create()
    await find_person(database, vault, address)
    grant = {"grant_type": "password", "client_id": "test-client", "client_secret": "test-client-secret"}
    await planted.call("POST", "/oauth/token", {**grant, "username": address, "password": "wrong"})


async def _purchases(planted: Planted) -> None:
    """Buy from the wallet for all kinds of receivers, twice under one key, and be refused."""
    world, number, address = planted.world, planted.number(), planted.address()
    receivers = [
        {"phone_number": number},
        {"email": address, "name": planted.words("Dee"), "message": planted.words("For Dee alone,")},
    ]
    order = world.order(receivers=receivers, message=planted.words("From Amara,"))
    for key in ("buy-1", "buy-1", "buy-2"):
        await planted.call("POST", "/api/v2/transactions?embed[]=hugggs", order, Idempotency_Key=key)
    bad = [{"email": f"{planted.words('no')} address"}, {"phone_number": f"{planted.number()}00"}]
    refused = world.order(receivers=[*bad, *receivers], message=planted.words("Refused,"))
    too_much = world.order(message=planted.words("Too much,"), quantity=90_000)
    nonsense = {"purchase": {"message": [planted.words("Nonsense,")]}, planted.words("key"): 1}
    for body in (refused, too_much, nonsense):
        await planted.call("POST", "/api/v2/transactions", body, Idempotency_Key=secrets.token_hex(4))
    word = planted.texts[4]
    query = {"query": {"bool": {"must": [{"match": {"message": word}}]}}}
    await planted.call("POST", "/api/v2/search", query)
    await planted.call("GET", "/api/v2/hugggs/sent?embed[]=message&embed[]=user")
    (moved,) = await world.buy(receivers=[{"phone_number": planted.number()}])
    change = {"receiver": {"phone_number": planted.number()}}
    await planted.call("PATCH", f"/api/v2/hugggs/{moved['id']}", change)


async def _labels(planted: Planted) -> None:
    """Label purchases, when they are made and later, and say why they are cancelled."""
    world = planted.world
    hug = {"receiver": planted.number(), "purchase": str(world.coffee), "token": "fake_ok_once"}
    words = {"message": planted.words("A hug,"), "tags": [planted.words("a tag")]}
    await planted.call("POST", "/api/v2/hugs", hug | words)
    title = planted.words("For the birthday of")
    first, second = await world.buy(quantity=2, title=title)
    path = f"/api/v2/transactions/{first['transaction_id']}"
    labels = {"title": planted.words("Moved,"), "reasonCode": planted.words("cost centre of")}
    await planted.call("PATCH", path, labels)
    await planted.call("PATCH", f"/api/v2/hugggs/{second['id']}", {"reasonCode": planted.words("HR,")})
    for cancelled in (f"/api/v2/hugggs/{first['id']}", path):
        reason = {"reason": planted.words("It was asked for by")}
        for _ in range(2):  # the second time it is refused
            await planted.call("POST", f"{cancelled}/cancellation", reason)


async def _pages(planted: Planted) -> None:
    """Ask for a gift of a group without confirming, pick a choice, and claim and thank on the page."""
    world = planted.world
    _, group = await buy_for_group(world, 2, message=planted.words("To all of you,"))
    for address in (planted.address(), f"{planted.words('no')} address"):
        await planted.post(f"/super/{group.link.code}", email=address)
    choice = await add_choice(world)
    receivers = [{"user_id": str(world.amara.id), "message": planted.words("Yours to pick,")}]
    (chosen,) = await world.buy(choice, receivers=receivers)
    path = f"/api/v2/hugggs/{chosen['id']}"
    await planted.call("POST", f"{path}/choice", {"product_id": str(world.tea)})
    await planted.call("POST", f"{path}/claim", {})
    await planted.call("GET", f"{path}?embed[]=message&embed[]=purchase.choices")
    (open_one,) = await world.buy(message=planted.words("For the holder of the link,"))
    await planted.post(f"/{open_one['shortcode']}/claim")
    await planted.post(f"/{open_one['shortcode']}/thanks", thanks=planted.words("Thanks from"))


async def _cards(planted: Planted) -> None:
    """Pay by card: one that is charged, one that is declined, and one whose answer is lost."""
    world = planted.world
    for reference in ("fake_ok", "fake_declined", "fake_lost"):
        card = await give_card(world, world.amara, reference)
        receivers = [{"phone_number": planted.number(), "name": planted.words("Bo")}]
        message = planted.words("By card,")
        answer = await pay(world, card, key=reference, receivers=receivers, message=message)
        assert answer.status_code in EXPECTED


async def _messages(planted: Planted) -> None:
    """Hand messages over, send one again, have one bounce, ask for a confirmation, and thank."""
    world, database = planted.world, planted.world.platform.database
    vault = world.platform.vault
    addressed = {"email": planted.address(), "name": planted.words("Eve")}
    (huggg,) = await world.buy(
        receivers=[addressed], deliveryMethod="email", message=planted.words("By mail,")
    )
    huggg_id = UUID(huggg["id"])
    async with post_office(world.platform) as post:
        await post.round()
        await planted.call("POST", f"/api/v2/hugggs/{huggg_id}/deliveries", {"email": planted.address()})
        confirmation = Confirmation(
            subject_id=huggg_id,
            slot="claim",
            transaction_id=UUID(huggg["transaction_id"]),
            address=planted.address(),
            link=f"https://launch.test/{planted.words('yes').split()[1]}",
        )
        await queue_confirmation(database, vault, confirmation)
        await post.later_round()
    await planted.call("GET", f"/api/v2/hugggs/{huggg_id}/deliveries")
    _, group = await buy_for_group(world, 2, message=planted.words("To all of you,"))
    await join_group(world, group, planted.address())
    [known] = (await load_hugggs(database, vault, [huggg_id])).hugggs
    await thank(database, vault, lookup_of(database, known), planted.words("Thank you,"))
