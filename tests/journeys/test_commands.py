"""The command line as an operator types it: the real command, on a real database, and its mistakes."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID

from huggg.kit.ids import NIL, new_id
from huggg.settings.settings import Settings
from tests.support.cards import give_card, pay
from tests.support.commands import Huggg, run_command
from tests.support.silence import nothing_moves
from tests.support.sql import scalar
from tests.support.world import World


async def test_an_operator_makes_a_team_a_key_and_ends_it(world: World, huggg: Huggg) -> None:
    team = (await huggg("team", "create", "Acorn & Daughters")).out.strip()
    desk = (await huggg("team", "create", "Bristol desk", "--parent", team)).out.strip()
    result = await huggg(
        *("api-key", "create", "Our shop", "--team", desk, "--role", "subteam_admin"),
        *("--scope", "account:read", "--scope", "catalogue:read"),
    )
    assert result.code == 0
    key = result.value("key")
    me = (await world.call("GET", "/api/v2/auth/me", X_Huggg_API_Key=key)).json()["user"]
    assert (me["name"], me["team_id"], me["role"]) == ("Our shop", desk, "subteam_admin")
    assert (await world.call("GET", "/api/v2/transactions", X_Huggg_API_Key=key)).status_code == 403

    listed = await huggg("api-key", "list")
    [line] = [line for line in listed.out.splitlines() if "Our shop" in line]
    assert result.value("id") in line
    assert "account:read catalogue:read" in line
    assert key not in listed.out

    ended = await huggg("api-key", "revoke", result.value("id"))
    assert (ended.code, ended.out) == (0, "Revoked.\n")
    assert (await world.call("GET", "/api/v2/auth/me", X_Huggg_API_Key=key)).status_code == 401
    again = await huggg("api-key", "revoke", result.value("id"))
    assert (again.code, again.err) == (1, "No live key has that id.\n")


async def test_a_member_is_made_and_given_another_role(world: World, huggg: Huggg) -> None:
    team = (await huggg("team", "create", "Acorn & Daughters")).out.strip()
    result = await huggg(
        *("user", "create", "vic@acorn.example", "--team", team, "--role", "viewer"),
        typed="a long password\n",
    )
    assert result.code == 0
    logged_in = await huggg(
        *("token", "create", "--client-id", "test-client", "--username", "vic@acorn.example"),
        typed="test-client-secret\na long password\n",
    )
    token = logged_in.out.strip()
    assert (await world.call("GET", "/api/v2/auth/me", token)).json()["user"]["role"] == "viewer"
    changed = await huggg("user", "role", "vic@acorn.example", "admin")
    assert (changed.code, changed.out) == (0, "vic@acorn.example is admin now.\n")
    assert (await world.call("GET", "/api/v2/auth/me", token)).json()["user"]["role"] == "admin"


async def test_mistakes_are_told_in_one_line_and_change_nothing(world: World, huggg: Huggg) -> None:
    team, desk = [(await huggg("team", "create", name)).out.strip() for name in ("A", "B")]
    desk = (await huggg("team", "create", "C", "--parent", team)).out.strip()
    [bare] = await world.buy()
    mistakes = {
        ("api-key", "create", "x", "--team", str(new_id())): "huggg: There is no such team.",
        ("team", "create", "D", "--parent", desk): (
            "huggg: There is no team of that id that could have subteams."
        ),
        ("team", "create", "D", "--parent", str(new_id())): (
            "huggg: There is no team of that id that could have subteams."
        ),
        ("user", "role", "nobody", "admin"): "huggg: No user has the username nobody.",
        ("codes", "show", "no-such-huggg", "--reason", "Ticket 17"): "huggg: huggg not found",
        ("codes", "show", bare["shortcode"], "--reason", "Ticket 17"): (
            "huggg: This huggg has no voucher: its code was never asked for."
        ),
    }
    async with nothing_moves(world.platform.database):
        for words, sentence in mistakes.items():
            result = await huggg(*words)
            assert (result.code, result.err) == (1, sentence + "\n")
        for words in (
            ("api-key", "create", "x", "--team", team, "--scope", "everything"),
            ("api-key", "create", "x", "--team", "not-a-guid"),
            ("api-key", "create", "x"),
            ("user", "role", "nobody", "king"),
        ):
            result = await huggg(*words)
            assert result.code == 2
            assert "Error" in result.err


async def test_a_value_that_cannot_be_read_is_refused_in_plain_words(huggg: Huggg) -> None:
    period = ("--from", "31/12/2026", "--to", "2026-12-31")
    for_ever, for_ages = ("--from", "2026-12-31", "--to", "9999-12-31"), ("--valid-days", "99999999")
    mistakes = {
        ("wallet", "show", "nope"): "'WALLET': 'nope' is not an id like 01a2236a-",
        ("team", "retention", str(NIL), "--days", "x"): "'--days': 'x' is not a whole number.",
        ("team", "retention", str(NIL), "--days", "-1"): "'--days': -1 is less than 0.",
        ("team", "retention", str(NIL), "--days", "3651"): "'--days': 3651 is more than 3650.",
        ("user", "role", "nobody", "king"): "'ROLE': 'king' is not one of 'admin',",
        ("brand", "statement", str(NIL), *period): "'--from': '31/12/2026' is not a day like",
        ("brand", "statement", str(NIL), *for_ever): "'--to': '9999-12-31' is not a day like",
        ("issuer", "set", str(NIL), "minted", *for_ages): "'--valid-days': 99999999 is more than",
    }
    for words, sentence in mistakes.items():
        result = await huggg(*words)
        assert (result.code, f"Invalid value for {sentence}" in result.err) == (2, True), result.err


async def test_without_a_processor_a_card_is_not_added_and_the_setting_is_named(
    settings: Settings, world: World
) -> None:
    await run_command(settings, "team", "create", "A")  # the first one leaves a mark of its keys
    async with nothing_moves(world.platform.database):
        result = await run_command(
            replace(settings, card_processor=None), "card", "add", "nobody", "fake_ok"
        )
    assert (result.code, result.err) == (
        1,
        "huggg: HUGGG_CARD_PROCESSOR is unset, so huggg has no card processor to ask.\n",
    )


async def test_a_variable_that_is_no_setting_is_warned_of(huggg: Huggg) -> None:
    result = await huggg("team", "create", "A", HUGGG_LOG_LEVELS="debug", HUGGGLE="")
    assert (result.code, len(result.err.splitlines())) == (0, 1)
    line = json.loads(result.err)
    assert (line["event"], line["name"], line["suggestion"]) == (
        "unknown setting",
        "HUGGG_LOG_LEVELS",
        "HUGGG_LOG_LEVEL",
    )


async def test_payments_are_listed_in_pounds(world: World, huggg: Huggg) -> None:
    assert (await pay(world, await give_card(world, world.amara, "fake_away"))).status_code == 503
    listed = await huggg("payment", "list")
    assert " £3.50 " in listed.out
    [payment] = json.loads((await huggg("payment", "list", "--json")).out)
    assert (payment["state"], payment["amount"]) == ("intended", 350)
    assert payment["id"] in listed.out


async def test_help_names_every_scope_and_role(huggg: Huggg) -> None:
    result = await huggg("api-key", "create", "--help")
    assert result.code == 0
    for word in ("--team", "--role", "--scope", "subteam_admin", "wallets:read"):
        assert word in result.out


async def test_the_former_names_of_commands_work_with_a_notice(huggg: Huggg) -> None:
    keys, former = await huggg("api-key", "list"), await huggg("key", "list")
    assert (keys.code, keys.err) == (0, "")
    assert (former.code, former.out) == (0, keys.out)
    assert former.err == "huggg: `huggg key` is now called `huggg api-key`.\n"
    rotated = await huggg("keys", "rotate", "--help")
    assert rotated.code == 0
    assert "--no-new" in rotated.out
    assert rotated.err == "huggg: `huggg keys` is now called `huggg sealing-key`.\n"
    listed = (await huggg("--help")).out
    assert "api-key" in listed
    assert "│ keys " not in listed


async def test_an_operator_says_who_sees_the_codes_of_claimed_hugggs(world: World, huggg: Huggg) -> None:
    team = (await huggg("team", "create", "Acorn & Daughters")).out.strip()
    result = await huggg("team", "policy", team, "--code-viewers", "claimer")
    assert result.out == "The code of a claimed huggg is shown to: claimer.\n"
    kept = "SELECT code_viewers FROM teams WHERE id = $1"
    assert await scalar(world.platform.database, kept, UUID(team)) == "claimer"
    result = await huggg("team", "policy", str(NIL), "--code-viewers", "claimer")
    assert (result.code, result.err) == (1, f"huggg: There is no team {NIL}.\n")
