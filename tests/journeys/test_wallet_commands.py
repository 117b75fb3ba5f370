"""An operator at the command line: money that arrives, a slip of the finger, and how it is put right."""

from __future__ import annotations

import getpass
import json
import os
import pty

import pytest

from huggg.kit.ids import new_id
from huggg.settings.settings import Settings
from tests.support.commands import Huggg
from tests.support.processes import HUGGG, environment_of
from tests.support.silence import nothing_moves
from tests.support.world import WALLET_PENCE, World


async def test_a_top_up_is_made_once_corrected_and_found_in_the_ledger(
    world: World, huggg: Huggg
) -> None:
    wallet = str(world.wallet)
    paid = await huggg("wallet", "top-up", wallet, "£1,250.50", "--reference", "HG-17", "--by", "Amy P.")
    assert (paid.code, paid.out) == (0, "£1350.50 available\n")
    async with nothing_moves(world.platform.database):
        again = await huggg("wallet", "top-up", wallet, "1250.50", "--reference", "hg-17")
    assert again.code == 1
    assert again.err.startswith(
        "huggg: This wallet was topped up by £1250.50 under the reference HG-17 on "
    )
    assert again.err.endswith(" UTC by Amy P.; nothing was moved now.\n")

    back = await huggg("wallet", "correct", wallet, "1,000.50", "--reason", "One zero too many")
    assert (back.code, back.out) == (0, "£350.00 available\n")
    more = await huggg("wallet", "correct", wallet, "50", "--reason", "And some more")
    assert (more.code, more.out) == (0, "£300.00 available\n")

    listed = json.loads((await huggg("wallet", "ledger", wallet, "--json")).out)
    assert [(line["kind"], line["amount"], line["balance"], line["reason"]) for line in listed] == [
        ("correction", -5_000, 30_000, "And some more"),
        ("correction", -100_050, 35_000, "One zero too many"),
        ("top-up", 125_050, WALLET_PENCE + 125_050, None),
        ("top-up", WALLET_PENCE, WALLET_PENCE, None),
    ]
    assert [line["by"] for line in listed] == [getpass.getuser(), getpass.getuser(), "Amy P.", None]
    table = (await huggg("wallet", "ledger", wallet)).out
    assert "One zero too many" in table
    assert "-£1000.50" in table


async def test_wallets_are_listed_and_shown(world: World, huggg: Huggg) -> None:
    await world.buy()
    wallets = json.loads((await huggg("wallet", "list", "--json")).out)
    assert [(row["name"], row["team"], row["available"]) for row in wallets] == [
        ("Treats", "Acorn", WALLET_PENCE - 350),
        ("Hers", "Birch", 0),
    ]
    team = wallets[1]["team_id"]
    assert len(json.loads((await huggg("wallet", "list", "--team", team, "--json")).out)) == 1
    shown = json.loads((await huggg("wallet", "show", str(world.wallet), "--json")).out)
    assert shown["id"] == str(world.wallet)
    assert (shown["topped_up"], shown["corrected"], shown["bought"], shown["available"]) == (
        WALLET_PENCE,
        0,
        350,
        WALLET_PENCE - 350,
    )
    assert "£96.50" in (await huggg("wallet", "show", str(world.wallet))).out
    assert (await huggg("wallet", "ledger", str(world.cleos_wallet))).out == "No money has moved yet.\n"
    unknown_team = await huggg("wallet", "list", "--team", str(new_id()))
    assert unknown_team.out == "This team has no wallet.\n"


@pytest.mark.parametrize(
    "amount", ["12,50", "1.250,00", "12.5", "1e3", "0x10", "-5", "five", "", "1\u00a0000", "20.001"]
)
async def test_an_amount_that_could_mean_another_is_refused(
    world: World, huggg: Huggg, amount: str
) -> None:
    await huggg("wallet", "list")  # the first command leaves a mark of its keys
    async with nothing_moves(world.platform.database):
        result = await huggg("wallet", "top-up", str(world.wallet), amount)
    assert result.code == 2
    assert "Error" in result.err


@pytest.mark.parametrize("amount", ["-10", "-£10", "-10.00", "-1,000"])
@pytest.mark.parametrize("command", ["top-up", "correct"])
async def test_an_amount_with_a_sign_is_refused_and_moves_nothing(
    world: World, huggg: Huggg, command: str, amount: str
) -> None:
    """It could mean more money or less."""
    reason = ("--reason", "x") if command == "correct" else ()
    await huggg("wallet", "list")
    async with nothing_moves(world.platform.database):
        result = await huggg("wallet", command, str(world.wallet), amount, *reason)
    assert result.code == 2
    sentence = f"{amount} has a minus sign, and amounts have none."
    assert sentence in " ".join(result.err.replace("│", "").split())


async def test_a_reason_may_begin_with_a_sign_and_an_unknown_option_is_named(
    world: World, huggg: Huggg
) -> None:
    wallet = str(world.wallet)
    assert (await huggg("wallet", "correct", wallet, "1", "--reason", "-1")).out == "£99.00 available\n"
    unknown = await huggg("wallet", "top-up", wallet, "1", "--refrence", "x")
    assert unknown.code == 2
    assert "--refrence" in unknown.err


async def test_mistakes_are_told_in_one_line_and_move_nothing(world: World, huggg: Huggg) -> None:
    wallet, nowhere = str(world.wallet), str(new_id())
    await huggg("wallet", "list")
    mistakes = {
        ("top-up", nowhere, "20"): "wallet not found",
        ("show", nowhere): "wallet not found",
        ("ledger", nowhere): "wallet not found",
        ("correct", nowhere, "20", "--reason", "x"): "wallet not found",
        ("top-up", wallet, "0"): "amount: must be more than nothing and at most 100,000,000 pounds.",
        ("correct", wallet, "0", "--reason", "x"): "amount: must be more than nothing.",
        ("correct", wallet, "100.01", "--reason", "x"): (
            "Only £100.00 is available in this wallet, less than £100.01."
        ),
        ("correct", wallet, "20", "--reason", ""): "reason: must have 1 to 255 characters.",
        ("top-up", wallet, "20", "--reference", " "): "reference: must have 1 to 255 characters.",
        ("top-up", wallet, "10,000.01"): (
            "£10,000.01 is more than £10,000: nothing was added. Say --yes if it is meant."
        ),
    }
    async with nothing_moves(world.platform.database):
        for words, sentence in mistakes.items():
            result = await huggg("wallet", *words, typed="y\n")
            assert (result.code, result.err) == (1, f"huggg: {sentence}\n")
        assert (await huggg("wallet", "correct", wallet, "20")).code == 2  # without a reason


async def test_a_large_amount_is_asked_about_unless_told_not_to(world: World, huggg: Huggg) -> None:
    wallet = str(world.wallet)
    assert (await huggg("wallet", "top-up", wallet, "10,000")).out == "£10100.00 available\n"
    assert (await huggg("wallet", "top-up", wallet, "10,000.01", "--yes")).out == "£20100.01 available\n"


@pytest.mark.parametrize(("typed", "left"), [(b"y\n", 20_100_01), (b"n\n", 100_00), (b"\n", 100_00)])
async def test_an_operator_at_a_terminal_says_yes_or_no(
    settings: Settings, world: World, huggg: Huggg, typed: bytes, left: int
) -> None:
    words = ["wallet", "top-up", str(world.wallet), "20,000.01"]
    shown, code = at_a_terminal([*HUGGG, *words], environment_of(settings), typed)
    assert "Top up the wallet Treats of Acorn by £20,000.01?" in shown
    assert (code == 0) == (left > WALLET_PENCE)
    wallet = json.loads((await huggg("wallet", "show", str(world.wallet), "--json")).out)
    assert wallet["available"] == left


def at_a_terminal(command: list[str], environment: dict[str, str], typed: bytes) -> tuple[str, int]:
    """Run a command at a terminal of its own; gives its output, and how it ends."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(command[0], command, environment | {"PATH": "/usr/bin:/bin", "COLUMNS": "200"})  # noqa: S606
    os.write(terminal, typed)
    shown = b""
    while True:
        try:
            read = os.read(terminal, 4096)
        except OSError:  # Linux says so at the end
            read = b""
        if not read:
            break
        shown += read
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
