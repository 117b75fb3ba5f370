"""Stripe: a charge is a PaymentIntent that is confirmed as it is made, off session.

This module decides nothing: it translates Stripe's answers. An answer that settles nothing counts as
silence, and the next attempt asks again with the same key. The library's own retries are off, because
ours come from a committed intent and outlive the process.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import stripe
import structlog

from huggg.kit.errors import Malformed
from huggg.payments.card import Card, CardDetails
from huggg.payments.errors import BadSignature, ProcessorSilent, UnknownCard
from huggg.payments.payment import payment_named
from huggg.payments.processor import Charge, Charged, Declined, KeyReusedError, PartialRefund
from huggg.payments.wire import StripeEvent

CONNECT_SECONDS = 3.0
READ_SECONDS = 12.0
CALL_SECONDS_MAX = 20.0
"""All of a call: the library's own timeout is for each read, and a dripping peer would never be done."""

CALLS_AT_ONCE_MAX = 16
PAGE = 100  # of a list, at most
METADATA = "huggg_payment"
METADATA_OF_PART = "huggg_refund"
TOKEN_PREFIX = "tok_"  # noqa: S105 - how Stripe's one-off tokens begin
INTENT = re.compile(r"pi_[A-Za-z0-9_]{1,250}", re.ASCII)

REASONS = {
    "insufficient_funds": "The card has insufficient funds.",
    "expired_card": "The card has expired.",
    "card_velocity_exceeded": "The card is over its limit.",
    "processing_error": "The card could not be processed.",
    "authentication_required": "The card's bank wants its owner to confirm, which cannot be done here.",
}
DECLINED = "The card was declined."
"""All other declines: the holder of a card must not learn that it is reported stolen."""

NOT_CHARGEABLE = "The card cannot be charged."

T = TypeVar("T")

log = structlog.get_logger()


class StripeProcessor:
    """Calls Stripe, off the event loop: its library waits."""

    name = "stripe"
    takes_cards = True

    def __init__(self, key: str, *, webhook_secret: str | None = None, url: str | None = None) -> None:
        """Use an account's secret key; `url` is where its API is, if not where it always is."""
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": url} if url else {},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
        )
        self._webhook_secret = webhook_secret
        self._threads = ThreadPoolExecutor(CALLS_AT_ONCE_MAX, thread_name_prefix="stripe")

    async def charge(self, request: Charge) -> Charged | Declined:
        """Make a PaymentIntent and confirm it, or repeat the key's outcome; see Processor.charge."""
        create = partial(
            self._client.v1.payment_intents.create,
            _intent(request),
            {"idempotency_key": request.key},
        )
        try:
            intent = await self._call(create)
        except stripe.CardError as error:
            return Declined(_reason(error))
        except stripe.InvalidRequestError as error:
            log.warning("charge refused", key=request.key, code=error.code, param=error.param)
            return Declined(NOT_CHARGEABLE)
        if intent.status == "processing":  # the key repeats this answer for ever
            intent = await self._fetch(intent.id)
        match intent.status:
            case "succeeded":
                return Charged(intent.id)
            case "requires_payment_method" | "canceled":
                return Declined(DECLINED)
            case "requires_action" | "requires_confirmation":
                return Declined(REASONS["authentication_required"])
        raise ProcessorSilent

    async def _fetch(self, intent_id: str) -> stripe.PaymentIntent:
        """Fetch an intent again. An error of any kind leaves its outcome unknown."""
        try:
            return await self._call(partial(self._client.v1.payment_intents.retrieve, intent_id))
        except (stripe.CardError, stripe.InvalidRequestError):
            raise ProcessorSilent from None

    async def find(self, key: str) -> Charged | None:
        """Search by metadata, which Stripe indexes within the hour; a refunded intent is no charge."""
        query = f"metadata['{METADATA}']:'{payment_named(key)}'"
        search: Any = {"query": query, "expand": ["data.latest_charge"]}
        response = await self._call(partial(self._client.v1.payment_intents.search, search))
        if any(intent.status == "processing" for intent in response.data):  # it may yet succeed
            raise ProcessorSilent
        charged = (i for i in response.data if i.status == "succeeded" and not _is_refunded(i))
        return next((Charged(intent.id) for intent in charged), None)

    async def refund(self, key: str, charge: str) -> None:
        """Give back all of a PaymentIntent."""
        create = partial(
            self._client.v1.refunds.create,
            {"payment_intent": charge},
            {"idempotency_key": f"{key}-refund"},
        )
        try:
            refund = await self._call(create)
        except stripe.InvalidRequestError as error:
            if error.code == "charge_already_refunded":
                return
            log.warning("refund refused", key=key, code=error.code)
            raise ProcessorSilent from None
        if refund.status not in {"succeeded", "pending"}:
            log.warning("refund not made", key=key, status=refund.status)
            raise ProcessorSilent

    async def refund_part(self, part: PartialRefund) -> None:
        """Give back a part of a PaymentIntent, unless it is among the refunds that Stripe made of it.

        Stripe forgets keys after a day, and a refund that is asked for again later would be another one.
        """
        if await self._call(partial(self._made_before, part)):
            return
        create = partial(
            self._client.v1.refunds.create,
            {
                "payment_intent": part.charge,
                "amount": part.amount,
                "metadata": {METADATA_OF_PART: part.key},
            },
            {"idempotency_key": part.key},
        )
        try:
            refund = await self._call(create)
        except stripe.InvalidRequestError as error:
            log.warning("refund refused", key=part.key, code=error.code)
            raise ProcessorSilent from None
        if refund.status not in {"succeeded", "pending"}:
            log.warning("refund not made", key=part.key, status=refund.status)
            raise ProcessorSilent

    def _made_before(self, part: PartialRefund) -> bool:
        """Look for a part among the refunds of its charge."""
        refunds = self._client.v1.refunds.list({"payment_intent": part.charge, "limit": PAGE})
        return any(_is_made(refund, part.key) for refund in refunds.auto_paging_iter())

    async def details(self, card: Card) -> CardDetails:
        """Look a card up. Raises UnknownCard for none, and for another customer's."""
        try:
            method = await self._call(partial(self._client.v1.payment_methods.retrieve, card.reference))
        except stripe.InvalidRequestError:
            raise UnknownCard(f"Stripe has no card {card.reference}.") from None
        customer = method.customer if isinstance(method.customer, str) else None
        if method.card is None or (card.customer is not None and card.customer != customer):
            raise UnknownCard(f"{card.reference} is no card of that customer.")
        return CardDetails(
            brand=method.card.brand,
            last4=method.card.last4,
            exp_month=method.card.exp_month,
            exp_year=method.card.exp_year,
            customer=customer,
        )

    async def payment_of_event(self, body: bytes, signature: str) -> UUID | None:
        """Check the signature, and fetch the PaymentIntent that the event names.

        Raises BadSignature, Malformed for a body nested more deeply than any reader goes.
        """
        if self._webhook_secret is None or not signature.isascii():  # the library compares nothing else
            raise BadSignature
        try:
            stripe.WebhookSignature.verify_header(
                body.decode(), signature, self._webhook_secret, stripe.Webhook.DEFAULT_TOLERANCE
            )
        except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError):
            raise BadSignature from None
        intent_id = _intent_of(body)
        if intent_id is None:
            return None
        try:
            intent = await self._call(partial(self._client.v1.payment_intents.retrieve, intent_id))
        except stripe.InvalidRequestError:
            return None
        metadata: Any = intent.metadata or {}
        return payment_named(metadata[METADATA]) if METADATA in metadata else None

    async def close(self) -> None:
        """Let abandoned calls end by their timeouts."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _call(self, call: Callable[[], T]) -> T:
        """Run a call in a thread. Raises ProcessorSilent, KeyReusedError, Stripe's plain refusals."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CALL_SECONDS_MAX):
                return await loop.run_in_executor(self._threads, call)
        except stripe.IdempotencyError as error:
            raise KeyReusedError(str(error)) from error
        except (stripe.CardError, stripe.InvalidRequestError):
            raise
        except (stripe.StripeError, TimeoutError) as error:  # keys, limits, networks: all may pass
            log.warning("stripe did not answer", reason=f"{type(error).__name__}: {error}")
            raise ProcessorSilent from error


def _intent(request: Charge) -> Any:  # noqa: ANN401 - a TypedDict of theirs
    """Write the request to charge; without its owner, only a card that is kept for a customer."""
    intent: dict[str, Any] = {
        "amount": request.amount,
        "currency": request.currency.lower(),
        "description": request.description,
        "confirm": True,
        "error_on_requires_action": True,
        "payment_method_types": ["card"],
        "metadata": {METADATA: str(payment_named(request.key))},
    }
    if request.card.reference.startswith(TOKEN_PREFIX):
        method = {"type": "card", "card": {"token": request.card.reference}}
        return intent | {"payment_method_data": method}
    intent["payment_method"] = request.card.reference
    if request.card.customer is not None:
        intent |= {"customer": request.card.customer, "off_session": True}
    return intent


def _is_made(refund: stripe.Refund, key: str) -> bool:
    metadata: Any = refund.metadata or {}
    is_of_part = METADATA_OF_PART in metadata and metadata[METADATA_OF_PART] == key
    return is_of_part and refund.status in {"succeeded", "pending"}


def _is_refunded(intent: stripe.PaymentIntent) -> bool:
    charge = intent.latest_charge
    return isinstance(charge, stripe.Charge) and charge.refunded


def _reason(declined: stripe.CardError) -> str:
    """Put a decline that a buyer can act on into our own words."""
    error = declined.error
    code = getattr(error, "decline_code", None) or declined.code
    return REASONS.get(str(code), DECLINED)


def _intent_of(body: bytes) -> str | None:
    """Read the id of the PaymentIntent; None for an event about none. Raises Malformed."""
    try:
        reported = msgspec.json.decode(body, type=StripeEvent).data.object
    except msgspec.DecodeError:
        return None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None
    intent_id = reported.id if reported.object == "payment_intent" else reported.payment_intent or ""
    return intent_id if INTENT.fullmatch(intent_id) else None
