"""An operator at the command line: choices, cancellations, and the way of their value."""

from __future__ import annotations

import json

from huggg.kit.ids import new_id
from tests.faults.doctor import broken_rules
from tests.support.choices import add_choice
from tests.support.commands import Huggg
from tests.support.silence import nothing_moves
from tests.support.sql import scalar
from tests.support.world import WALLET_PENCE, World

AVAILABLE = "SELECT available FROM accounts WHERE id = $1"


async def test_a_huggg_and_then_the_rest_of_its_purchase_are_cancelled(
    world: World, huggg: Huggg
) -> None:
    hugggs, database = await world.buy(quantity=3), world.platform.database
    one = await huggg("huggg", "cancel", hugggs[0]["shortcode"], "--reason", "Twice", "--by", "Amy P.")
    assert (one.code, one.out) == (0, f"Cancelled: {hugggs[0]['id']}.\n")
    async with nothing_moves(database):
        again = await huggg("huggg", "cancel", hugggs[0]["id"], "--reason", "Twice")
        unknown = await huggg("huggg", "cancel", str(new_id()), "--reason", "Twice")
    assert (again.code, again.err) == (1, "huggg: huggg already cancelled.\n")
    assert (unknown.code, unknown.err) == (1, "huggg: huggg not found\n")
    purchase = hugggs[0]["transaction_id"]
    rest = await huggg("transaction", "cancel", purchase, "--reason", "The party is off")
    assert rest.out == "Cancelled: 2 hugggs worth £7.00, of which £7.00 went back at once.\n"
    async with nothing_moves(database):
        nothing = await huggg("transaction", "cancel", purchase, "--reason", "The party is off")
    assert (nothing.code, nothing.err) == (1, "huggg: transaction has no huggg left to cancel.\n")
    assert await scalar(database, AVAILABLE, world.wallet) == WALLET_PENCE
    exported = json.loads((await huggg("person", "export", str(world.amara.id))).out)
    events = [each["data"] for each in exported["events"] if each["kind"] == "huggg.cancelled"]
    assert events[0] == {"by": "Amy P.", "reason": "Twice", "returned": 350}
    assert {event["reason"] for event in events[1:]} == {"The party is off"}
    assert await broken_rules(database) == []


async def test_a_refund_policy_says_when_the_value_returns(world: World, huggg: Huggg) -> None:
    brand, database = str(world.harbour), world.platform.database
    for odd in ((), ("--never", "--after-days", "3")):
        async with nothing_moves(database):
            refused = await huggg("refund-policy", "set", "--brand", brand, *odd)
        assert (refused.code, refused.err) == (
            1,
            "huggg: Exactly one of --after-days and --never is needed.\n",
        )
    done = await huggg("refund-policy", "set", "--brand", brand, "--after-days", "3")
    assert done.out == "The value of a huggg that ends unspent returns after 3 days.\n"
    (bought,) = await world.buy()
    cancelled = await huggg("transaction", "cancel", bought["transaction_id"], "--reason", "No party")
    assert cancelled.out == "Cancelled: 1 hugggs worth £3.50, of which £0.00 went back at once.\n"
    assert await scalar(database, AVAILABLE, world.wallet) == WALLET_PENCE - 350
    listed = json.loads((await huggg("refund-policy", "list", "--json")).out)
    assert [(row["brand_id"], row["team_id"], row["after_days"]) for row in listed] == [(brand, None, 3)]
    assert (await huggg("refund-policy", "remove", "--brand", brand)).out == "Removed.\n"
    async with nothing_moves(database):
        again = await huggg("refund-policy", "remove", "--brand", brand)
    assert again.err == "huggg: There is no refund policy for exactly this team and brand.\n"
    assert (await huggg("refund-policy", "list")).out.startswith("There is no refund policy:")


async def test_a_choice_is_set_shown_and_taken_away(world: World, huggg: Huggg) -> None:
    assert (await huggg("choice", "list")).out == "There is no choice yet.\n"
    treat = str(await add_choice(world, world.coffee))
    result = await huggg("choice", "set", treat, str(world.tea), str(world.dinner))
    assert (result.code, result.out) == (0, "Set.\n")
    assert f"product {world.dinner} costs £45.00, and choice {treat} £3.50" in result.err
    shown = json.loads((await huggg("choice", "show", treat, "--json")).out)
    assert [(row["label"], row["brand"], row["on_sale"]) for row in shown] == [
        ("Tea", "Kettle & Finch", True),
        ("Dinner", "Lantern Kitchen", True),
    ]
    table = (await huggg("choice", "list")).out.splitlines()
    assert table[1].split()[-3:] == ["£3.50", "2", "2"]
    [listed] = json.loads((await huggg("choice", "list", "--json")).out)
    assert (listed["id"], listed["products"], listed["on_sale"]) == (treat, 2, 2)
    async with nothing_moves(world.platform.database):
        again = await huggg("choice", "set", treat, str(world.tea), str(world.dinner))
        unknown = await huggg("choice", "set", treat, str(new_id()))
    assert again.out == "It is so already.\n"
    assert (unknown.code, "is neither in this file nor in the catalogue" in unknown.err) == (1, True)
    assert (await huggg("choice", "set", treat)).out == "Set.\n"
    gone = await huggg("choice", "show", treat)
    assert (gone.code, gone.err) == (1, f"huggg: There is no choice {treat}.\n")
