"""The ids of the demo's team, wallet and people."""

from __future__ import annotations

from huggg.demo.brands import demo_id

TEAM_ID = demo_id("team")
WALLET_ID = demo_id("wallet")
BUYER_ID = demo_id("user", "buyer")
RECIPIENT_ID = demo_id("user", "recipient")
OPERATOR_ID = demo_id("user", "operator")
