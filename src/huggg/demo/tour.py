"""The tour: the main job from token to unredeem, as curl commands to paste and as a walk to watch."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import msgspec

PATIENCE_SECONDS = 30.0

TEXT = Path(__file__).with_name("tour.txt")
"""A `str.format` template; braces of shell and JSON are doubled there."""


def tour(world: dict[str, Any], *, credentials: str, pairing_code: str) -> str:
    """Write the tour for a demo world, with everything filled in and the command that tells it again."""
    bodies = {name: msgspec.json.encode(body).decode() for name, body in _bodies(world).items()}
    template = TEXT.read_text(encoding="utf-8")
    filled_in = {name: world[name] for name in ("base_url", "api_key")}
    filled_in |= {f"{purpose}_link": link for purpose, link in world["links"].items()}
    till = epos_merchant(world)
    filled_in |= {f"till_{name}": till[name] for name in ("username", "password", "pin")}
    filled_in |= {"credentials": credentials, "pairing_code": pairing_code}
    return template.format(**filled_in, **bodies)


def _bodies(world: dict[str, Any]) -> dict[str, Any]:
    till, buyer = epos_merchant(world), world["buyer"]
    return {
        "client_login": {
            "grant_type": "client_credentials",
            "client_id": world["client_id"],
            "client_secret": world["client_secret"],
        },
        "buyer_login": _login(buyer),
        "till_login": _login(till),
        "purchase": {
            "payment": {"method": "walletCommitment", "reference": buyer["wallet_id"]},
            "purchase": {
                "type": "huggg",
                "reference": till["products"][0]["id"],
                "quantity": 1,
                "message": "Have one on me.",
                "deliveryMethod": "links",
            },
        },
        "redemption": {"location_id": till["location_ids"][0]},
    }


def epos_merchant(world: dict[str, Any]) -> dict[str, Any]:
    """Pick a merchant with ePOS tills (integration 5): the one the published flow is about."""
    till: dict[str, Any] = next(m for m in world["merchants"] if m["integration_id"] == 5)  # noqa: PLR2004
    return till


def _login(person: dict[str, Any]) -> dict[str, Any]:
    return {
        "grant_type": "password",
        "username": person["username"],
        "password": person["password"],
    }


def walk(world: dict[str, Any], *, say: Callable[[str], object]) -> None:
    """Buy, redeem and unredeem once, printing each step; an error of a step is raised."""
    bodies = _bodies(world)
    with httpx2.Client(base_url=world["base_url"], timeout=PATIENCE_SECONDS) as http:
        client = _token(http, bodies["client_login"], None)
        buyer = _token(http, bodies["buyer_login"], client)
        till = _token(http, bodies["till_login"], client)

        def call(method: str, path: str, token: str, body: object | None = None) -> Any:  # noqa: ANN401
            content = msgspec.json.encode(body) if body is not None else None
            headers = {"Authorization": f"Bearer {token}"}
            answer = http.request(method, path, content=content, headers=headers)
            say(f"{method} {path}\n  {answer.status_code} {answer.text[:200]}")
            return answer.json()

        say("The main job, once:\n")
        purchase = call("POST", "/api/v2/transactions?embed[]=hugggs", buyer, bodies["purchase"])
        huggg = f"/api/v2/hugggs/{purchase['embedded']['hugggs'][0]['shortcode']}"
        call("GET", f"{huggg}/product/adjustment-codes", till)
        call("POST", f"{huggg}/redemptions", till, bodies["redemption"])
        call("POST", f"{huggg}/redemptions", till, bodies["redemption"])
        call("PATCH", f"{huggg}/redemptions/latest", till, {"redeemed": False})


def wait_until_ready(base_url: str) -> bool:
    """Ask /health/ready until it says yes; False when it does not in half a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx2.get(f"{base_url}/health/ready").status_code == httpx2.codes.OK:
                return True
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    return False


def _token(http: httpx2.Client, login: dict[str, Any], client: str | None) -> str:
    headers = {"Authorization": f"Bearer {client}"} if client else {}
    answer = http.post("/oauth/token", json=login, headers=headers)
    token: str = answer.raise_for_status().json()["access_token"]
    return token
