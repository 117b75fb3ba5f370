"""No penny is made or lost in any sequence of calls, and however often they are repeated.

A model of the till and the shop, small enough to be read, has the answer of each call and the place of
the money after it; hypothesis looks for a sequence in which the platform disagrees.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from huggg.identity.caller import UserKind
from huggg.identity.create import create_team
from huggg.kit.ids import new_id
from huggg.wallets.open_wallet import open_wallet
from huggg.wallets.top_up import top_up
from tests.faults.doctor import broken_rules
from tests.support.people import add_user
from tests.support.world import ANY_COFFEE_PENCE, COFFEE_PENCE, DINNER_PENCE, Person, World, token_for

PRICES = {"coffee": COFFEE_PENCE, "any_coffee": ANY_COFFEE_PENCE, "dinner": DINNER_PENCE}
HONOURED_BY = {"coffee": {"harbour"}, "any_coffee": {"harbour", "kettle"}, "dinner": {"lantern"}}
TILLS = {"till": "harbour", "bath_till": "harbour", "kettle_till": "kettle", "lantern_till": "lantern"}
PLACES = {"bristol17": "harbour", "bath2": "harbour", "leeds5": "kettle", "york1": "lantern"}
WALLETS = {"amara": "amara's", "cleo": "cleo's"}

keys = st.sampled_from([None, None, None, "one", "two"])
nth = st.integers(0, 5)


@dataclass(frozen=True, slots=True)
class TopUp:
    wallet: str
    pence: int


@dataclass(frozen=True, slots=True)
class Buy:
    caller: str
    wallet: str
    product: str
    quantity: int
    key: str | None


@dataclass(frozen=True, slots=True)
class Redeem:
    caller: str
    huggg: int
    place: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Unredeem:
    caller: str
    huggg: int
    redemption: int | None  # None: the latest
    key: str | None


Act = TopUp | Buy | Redeem | Unredeem

# Mostly sensible, or every sequence would end at the first door.
buyers = st.sampled_from([*["amara"] * 6, "cleo", "bo"])
tills = st.sampled_from(["till", "till", "till", *TILLS, "amara", "bo"])
places = st.sampled_from(["bristol17", "bristol17", *PLACES])

acts: st.SearchStrategy[Act] = st.one_of(
    st.builds(TopUp, st.sampled_from(list(WALLETS.values())), st.integers(1, 20_000)),
    st.builds(
        Buy,
        buyers,
        st.sampled_from([*["amara's"] * 6, "cleo's"]),
        st.sampled_from(["coffee", "coffee", *PRICES]),
        st.integers(1, 3),
        keys,
    ),
    st.builds(Redeem, tills, nth, places, keys),
    st.builds(Redeem, tills, nth, places, keys),
    st.builds(Unredeem, tills, nth, st.none() | nth, keys),
    st.builds(Unredeem, st.just("till"), nth, st.none(), st.none()),
)


@dataclass(slots=True)
class Huggg:
    """One of the hugggs that the model knows of."""

    id: str
    product: str
    owner: str
    wallet: str
    redemptions: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    spent: bool = False

    @property
    def pence(self) -> int:
        return PRICES[self.product]


@dataclass(slots=True)
class Model:
    """The model of the truth: balances by account, and the answers that must be repeated."""

    money: Counter[str] = field(default_factory=Counter)
    hugggs: list[Huggg] = field(default_factory=list)
    answers: dict[tuple[str, str], tuple[Any, int, bytes]] = field(default_factory=dict)
    topped_up: int = 0

    def buying(self, act: Buy) -> int:
        if WALLETS.get(act.caller) != act.wallet:
            return 403
        return 201 if act.quantity * PRICES[act.product] <= self.money[act.wallet] else 402

    def redeeming(self, act: Redeem, huggg: Huggg) -> int:
        honoured_by, stands_at = HONOURED_BY[huggg.product], PLACES[act.place]
        staff_of = TILLS.get(act.caller)
        if act.caller != huggg.owner and staff_of not in honoured_by:
            return 403
        if huggg.spent:
            return 405
        welcome = stands_at in honoured_by and staff_of in {None, stands_at}
        bound_elsewhere = act.caller == "bath_till" and act.place != "bath2"
        return 201 if welcome and not bound_elsewhere else 422

    def unredeeming(self, act: Unredeem, huggg: Huggg, redemption_id: str) -> int:
        staff_of = TILLS.get(act.caller)
        if staff_of not in HONOURED_BY[huggg.product]:
            return 403
        if not huggg.redemptions or (redemption_id == "latest" and not huggg.spent):
            return 404
        place = huggg.places[-1]
        if staff_of != PLACES[place] or (act.caller == "bath_till" and place != "bath2"):
            return 403
        return 200 if huggg.spent and redemption_id in {"latest", huggg.redemptions[-1]} else 422


@dataclass(slots=True)
class Play:
    """One sequence of acts, played on the platform and on the model at once."""

    world: World
    people: dict[str, Person]
    wallets: dict[str, UUID]
    model: Model = field(default_factory=Model)
    name: UUID = field(default_factory=new_id)  # the tills play in all of them, and so would their keys

    async def step(self, act: Act) -> None:
        if isinstance(act, TopUp):
            await self.top_up(act)
        elif isinstance(act, Buy):
            await self.buy(act)
        elif self.model.hugggs:
            huggg = self.model.hugggs[act.huggg % len(self.model.hugggs)]
            await (self.redeem(act, huggg) if isinstance(act, Redeem) else self.unredeem(act, huggg))

    async def top_up(self, act: TopUp) -> None:
        database = self.world.platform.database
        await top_up(database, wallet_id=self.wallets[act.wallet], amount=act.pence)
        self.model.money[act.wallet] += act.pence
        self.model.topped_up += act.pence

    async def buy(self, act: Buy) -> None:
        body = {
            "payment": {"method": "walletCommitment", "reference": str(self.wallets[act.wallet])},
            "purchase": {
                "type": "huggg",
                "reference": str(getattr(self.world, act.product)),
                "quantity": act.quantity,
            },
        }
        expected = self.model.buying(act)
        answer = await self.effect_of("POST", "/api/v2/transactions", act, body, expected)
        if answer is not None:
            pence = act.quantity * PRICES[act.product]
            self.move(act.wallet, f"committed from {act.wallet}", pence)
            self.model.hugggs += [
                Huggg(huggg_id, act.product, act.caller, act.wallet) for huggg_id in answer["hugggs"]
            ]

    async def redeem(self, act: Redeem, huggg: Huggg) -> None:
        path = f"/api/v2/hugggs/{huggg.id}/redemptions"
        expected = self.model.redeeming(act, huggg)
        answer = await self.effect_of("POST", path, act, {"location_id": act.place}, expected)
        if answer is not None:
            self.move(f"committed from {huggg.wallet}", PLACES[act.place], huggg.pence)
            huggg.spent = True
            huggg.redemptions.append(answer["id"])
            huggg.places.append(act.place)

    async def unredeem(self, act: Unredeem, huggg: Huggg) -> None:
        redemption_id = "latest"
        if act.redemption is not None and huggg.redemptions:
            redemption_id = huggg.redemptions[act.redemption % len(huggg.redemptions)]
        path = f"/api/v2/hugggs/{huggg.id}/redemptions/{redemption_id}"
        expected = self.model.unredeeming(act, huggg, redemption_id)
        answer = await self.effect_of("PATCH", path, act, {"redeemed": False}, expected)
        if answer is not None:
            self.move(PLACES[huggg.places[-1]], f"committed from {huggg.wallet}", huggg.pence)
            huggg.spent = False

    async def effect_of(
        self, method: str, path: str, act: Buy | Redeem | Unredeem, body: Any, expected: int
    ) -> Any:
        """Send it, hold the answer against the model's, and give the answer of a new effect."""
        caller = self.people[act.caller]
        headers = {} if act.key is None else {"Idempotency_Key": f"{act.key}, {self.name}"}
        answer = await self.world.call(method, path, caller, body, **headers)
        if act.key is None:
            assert answer.status_code == expected, (act, answer.text)
        elif (act.caller, act.key) in self.model.answers:
            first, *kept = self.model.answers[act.caller, act.key]
            again = first == (method, path, body)
            assert not again or [answer.status_code, answer.content] == kept, (act, answer.text)
            assert again or answer.status_code == 422, (act, answer.text)
            return None
        else:
            assert answer.status_code == expected, (act, answer.text)
            request = (method, path, body)
            self.model.answers[act.caller, act.key] = (request, answer.status_code, answer.content)
        return answer.json()["data"] if answer.is_success else None

    def move(self, source: str, target: str, pence: int) -> None:
        self.model.money[source] -= pence
        self.model.money[target] += pence

    async def check_money(self) -> None:
        """Count it, account by account, as the model does."""
        balances = await self.balances_now()
        assert balances == {name: pence for name, pence in self.model.money.items() if pence}
        assert sum(balances.values()) == self.model.topped_up

    async def balances_now(self) -> dict[str, int]:
        names = {wallet: name for name, wallet in self.wallets.items()}
        names |= {getattr(self.world, brand): brand for brand in TILLS.values()}
        async with self.world.platform.database.transaction() as connection:
            wallets = await connection.fetch(WALLETS_SQL, list(self.wallets.values()))
            names |= {row["commitment_id"]: f"committed from {names[row['id']]}" for row in wallets}
            moved = await connection.fetch(MOVED_SQL, [row["commitment_id"] for row in wallets])
        money = {names[row["id"]]: row["available"] for row in wallets}
        money |= {
            names[row["account"]]: int(row["pence"])
            for row in moved
            if row["account"] not in self.wallets.values()
        }
        return {name: pence for name, pence in money.items() if pence}


WALLETS_SQL = "SELECT id, commitment_id, available FROM accounts WHERE id = ANY($1::uuid[])"

MOVED_SQL = """
WITH moved AS (
    SELECT t.* FROM transfers t JOIN hugggs h ON h.id = t.huggg_id
     WHERE h.commitment_id = ANY($1::uuid[])
)
SELECT account, sum(amount) AS pence
  FROM (SELECT credit_account, amount FROM moved
         UNION ALL
        SELECT debit_account, -amount FROM moved) AS both_sides (account, amount)
 GROUP BY account
"""


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.reuse, Phase.generate, Phase.shrink],  # explaining takes longer than reading
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(played=st.lists(acts, min_size=20, max_size=60))
async def test_no_sequence_of_acts_makes_or_loses_a_penny(world: World, played: list[Act]) -> None:
    play = await started(world)
    for act in [TopUp("amara's", 10_000), *played]:
        await play.step(act)
        await play.check_money()
    assert await broken_rules(world.platform.database) == []


async def started(world: World) -> Play:
    """Give every sequence buyers and wallets of its own; the merchants are the world's."""
    database = world.platform.database
    people, wallets = {}, {}
    for name in ("amara", "cleo", "bo"):
        team = await create_team(database, name=f"team of {name}")
        buyer = await add_user(database, name=name, kind=UserKind.CUSTOMER, team_id=team)
        people[name] = Person(buyer, await token_for(world.platform, buyer))
        if name in WALLETS:
            wallets[WALLETS[name]] = await open_wallet(database, team_id=team, name=name)
    people |= {name: getattr(world, name) for name in TILLS}
    return Play(world, people, wallets)
