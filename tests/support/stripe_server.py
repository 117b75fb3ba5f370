"""Stripe, as far as we use it: a real HTTP server that reads forms, keeps keys, and can lose answers.

Its books are its own. A card's id names its effect: `pm_ok`, `pm_declined_<decline code>`,
`pm_authentication`, `pm_processing` (settles when it is fetched), `pm_unknown`.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.support.loopback import Reply, listening

KEY = "sk_test_ours"
WEBHOOK_SECRET = "whsec_ours"

Form = dict[str, str]


@dataclass
class FakeStripe:
    """Stripe's orders for its next answers, and its acts so far."""

    behaviour: deque[str] = field(default_factory=deque)
    requests: list[tuple[str, str, Form, str | None]] = field(default_factory=list)
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: list[str] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0
    _kept: dict[str, tuple[Form, Reply]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def charged(self) -> list[dict[str, Any]]:
        return [intent for intent in self.intents.values() if intent["status"] == "succeeded"]

    async def answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> Reply | None:
        parts = urlsplit(unquote(target))
        form = dict(parse_qsl(parts.query if method == "GET" else body.decode(), keep_blank_values=True))
        key = headers.get("idempotency-key")
        self.requests.append((method, parts.path, form, key))
        if headers["authorization"] != f"Bearer {KEY}":
            return _error(401, "invalid_request_error", "Invalid API Key provided")
        act = self.behaviour.popleft() if self.behaviour else "do"
        if act == "refuse connections":
            return None
        if act == "busy":
            return _error(429, "invalid_request_error", "Too many requests", code="rate_limit")
        if act == "in use":
            return _error(409, "idempotency_error", "Key in use", code="idempotency_key_in_use")
        answer = self._do_once(method, parts.path, form, key)
        if act == "hang":
            await asyncio.sleep(1.0)
        if act == "lose":
            return None
        return (500, {"error": {"type": "api_error", "message": "Oops"}}) if act == "fail" else answer

    def _do_once(self, method: str, path: str, form: Form, key: str | None) -> Reply:
        """Stripe keeps the first answer of a key, of any kind; another form is an error."""
        if method == "GET" or key is None:
            return self._do(method, path, form)
        if key in self._kept:
            before, answer = self._kept[key]
            if before != form:
                return _error(400, "idempotency_error", "Keys can only be used with the same parameters")
            return answer
        answer = self._do(method, path, form)
        self._kept[key] = (form, json.loads(json.dumps(answer)))
        return answer

    def _do(self, method: str, path: str, form: Form) -> Reply:
        match method, path.removeprefix("/v1/").split("/"):
            case "POST", ["payment_intents"]:
                return self._charge(form)
            case "GET", ["payment_intents", "search"]:
                return 200, {"object": "search_result", "data": self._intents_found_by(form["query"])}
            case "GET", ["payment_intents", intent_id] if intent_id in self.intents:
                intent = self.intents[intent_id]
                intent["status"] = "succeeded" if intent["status"] == "processing" else intent["status"]
                return 200, intent
            case _, ["refunds"]:
                return self._refunds(method, form)
            case "GET", ["payment_methods", method_id] if "unknown" not in method_id:
                return 200, {
                    "id": method_id,
                    "object": "payment_method",
                    "customer": "cus_amara",
                    "card": {"brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2031},
                }
        return _error(404, "invalid_request_error", "No such thing", code="resource_missing")

    def _refunds(self, method: str, form: Form) -> Reply:
        if method == "GET":
            return 200, self._page_of_parts(form)
        return self._refund_part(form) if "amount" in form else self._refund(form["payment_intent"])

    def _charge(self, form: Form) -> Reply:
        card = form.get("payment_method") or form["payment_method_data[card][token]"]
        if "unknown" in card:
            return _error(400, "invalid_request_error", "No such card", code="resource_missing")
        status = {"declined": "requires_payment_method", "authentication": "requires_payment_method"}
        kind = card.split("_")[1]
        intent = {
            "id": f"pi_{len(self.intents) + 1}",
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "currency": form["currency"],
            "status": "processing" if kind == "processing" else status.get(kind, "succeeded"),
            "metadata": {"huggg_payment": form["metadata[huggg_payment]"]},
            "latest_charge": {"id": "ch_1", "object": "charge", "refunded": False},
        }
        self.intents[str(intent["id"])] = intent
        if kind == "declined":
            code = card.removeprefix("pm_declined_")
            return _error(402, "card_error", "Declined", code="card_declined", decline_code=code)
        if kind == "authentication":
            return _error(402, "card_error", "Needs you", code="authentication_required")
        return 200, intent

    def _intents_found_by(self, query: str) -> list[dict[str, Any]]:
        return [i for i in self.intents.values() if f"'{i['metadata']['huggg_payment']}'" in query]

    def _refund(self, intent_id: str) -> Reply:
        if intent_id in self.refunds:
            sentence = "Charge has already been refunded."
            return _error(400, "invalid_request_error", sentence, code="charge_already_refunded")
        self.refunds.append(intent_id)
        self.intents[intent_id]["latest_charge"]["refunded"] = True
        return 200, {"id": "re_1", "object": "refund", "status": "succeeded"}

    def _refund_part(self, form: Form) -> Reply:
        """Give a part back, as long as the charge has that much left."""
        intent_id, amount = form["payment_intent"], int(form["amount"])
        returned = sum(part["amount"] for part in self.parts if part["payment_intent"] == intent_id)
        if returned + amount > self.intents[intent_id]["amount"]:
            return _error(400, "invalid_request_error", "Too much", code="charge_exceeds_amount")
        part = {
            "id": f"re_{len(self.parts) + 1}",
            "object": "refund",
            "payment_intent": intent_id,
            "amount": amount,
            "status": "succeeded",
            "metadata": {"huggg_refund": form["metadata[huggg_refund]"]},
        }
        self.parts.append(part)
        return 200, part

    def _page_of_parts(self, form: Form) -> dict[str, Any]:
        """List the parts of a charge, two to a page."""
        parts = [part for part in self.parts if part["payment_intent"] == form["payment_intent"]][::-1]
        ids = [part["id"] for part in parts]
        first = ids.index(form["starting_after"]) + 1 if "starting_after" in form else 0
        page = parts[first : first + 2]
        more = first + 2 < len(parts)
        return {"object": "list", "url": "/v1/refunds", "has_more": more, "data": page}


def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, age: int = 0) -> str:
    """Sign an event as Stripe does."""
    at = int(time.time()) - age
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + body, 'sha256').hexdigest()}"


@asynccontextmanager
async def stripe_server() -> AsyncIterator[FakeStripe]:
    fake = FakeStripe()
    async with listening(fake.answer) as fake.port:
        yield fake


def _error(status: int, kind: str, message: str, **more: str) -> Reply:
    return status, {"error": {"type": kind, "message": message, **more}}
