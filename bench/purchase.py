"""purchase: single hugggs bought over HTTP ÷ pgbench buying one by one, a second.

All pay from the same wallet, as a shop's customers do. pgbench runs our own statement unchanged, for one
purchase at a time, and makes the same rows; it has nothing to seal and no caller to answer.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from bench.load import request, run
from bench.pgbench import Limit, beside, pgbench, written_out
from bench.stand import Stand, buyer_token, merchant, platform, served, stand
from huggg.transactions.insert_purchase import queries
from huggg.wallets.top_up import top_up

CONNECTIONS = 64

VALUES = {
    **dict.fromkeys(("transaction_id", "sender_id", "team_id"), "ARRAY[gen_random_uuid()]"),
    **dict.fromkeys(("huggg_id", "transfer_id", "message_id"), "ARRAY[gen_random_uuid()]"),
    "client_id": "ARRAY['pgbench']",
    "account_id": "ARRAY['{wallet}'::uuid]",
    "commitment_id": "ARRAY(SELECT commitment_id FROM accounts WHERE id = '{wallet}')",
    "product_id": "ARRAY['{product}'::uuid]",
    **dict.fromkeys(("value", "retail"), "ARRAY[{price}]"),
    "sealed_message": "ARRAY[decode(repeat('00', 43), 'hex')]",
    "theme_id": "ARRAY['default']",
    "expiry_date": "ARRAY[current_date + 365]",
    "expires_at": "ARRAY[now() + interval '365 days']",
    **dict.fromkeys(("sent_at", "at"), "ARRAY[now()]"),
    **dict.fromkeys(("alone", "from_pool"), "ARRAY[false]"),
    "quantity": "ARRAY[1]",
    **dict.fromkeys(
        ("vouchers", "minted", "intended", "newcomers", "deliveries", "messages"), "ARRAY[0]"
    ),
    "people": "ARRAY[1]",
    "person_id": "ARRAY(SELECT person_id FROM person_keys LIMIT 1)",
    "codes": "ARRAY[decode(repeat('00', 53), 'hex')]",
    "fingerprint": "ARRAY[uuid_send(gen_random_uuid())]",
    "receiver_id": "ARRAY[NULL::uuid]",
}
"""The values that pgbench binds to the names of our own statement; others are null, or empty lists."""

NEWCOMERS = ("id", "personal", "key", "phone", "email")
DELIVERIES = ("id", "huggg_id", "person_id", "channel", "sealed", "batch_id")
LISTS = (
    *(f"newcomer_{name}" for name in NEWCOMERS),
    *(f"delivery_{name}" for name in DELIVERIES),
    *("own_huggg_id", "own_person_id", "own_message"),
    *("voucher_id", "voucher_code", "voucher_fingerprint", "voucher_expiry", "minted_code"),
)
EMPTY = (*LISTS, "issuance_id")

LONG = {"count": 100_000}


def measure(count: int = 10_000, *, workers: int = 2) -> dict[str, Any]:
    """Buy `count` hugggs one at a time over HTTP and as many with pgbench."""
    with stand() as at:
        token = asyncio.run(_prepare(at, count))
        before = _limit(at, count // 2)
        with served(at, workers=workers) as port:
            load = run(port, [_order(at, token)] * count, connections=CONNECTIONS)
        after = _limit(at, count // 2)
    return beside(load, before, after, what="purchases", status=201)


async def _prepare(at: Stand, count: int) -> str:
    async with platform(at) as tools:
        wallet = at.world["buyer"]["wallet_id"]
        await top_up(tools.database, wallet_id=wallet, amount=3 * count * _price(at))
        return await buyer_token(at, tools)


def _price(at: Stand) -> int:
    price: int = merchant(at)["products"][0]["sale_price"]
    return price


def _order(at: Stand, token: str) -> bytes:
    order = {
        "payment": {"method": "walletCommitment", "reference": at.world["buyer"]["wallet_id"]},
        "purchase": {
            "type": "huggg",
            "reference": merchant(at)["products"][0]["id"],
            "message": "Have one on me.",
        },
    }
    return request("POST", "/api/v2/transactions", token, msgspec.json.encode(order))


def _limit(at: Stand, count: int) -> Limit:
    known = {
        "wallet": at.world["buyer"]["wallet_id"],
        "product": merchant(at)["products"][0]["id"],
        "price": _price(at),
    }
    values = {name: VALUES.get(name, "ARRAY[NULL]").format(**known) for name in queries.buy.names}
    values |= dict.fromkeys(EMPTY, "'{}'")
    sql = written_out(queries.buy, values).rstrip().rstrip(";")
    each = count // CONNECTIONS
    return pgbench(at, f"{sql};\n", clients=CONNECTIONS, transactions=each)
