"""Values for tests of rules: each is valid, and a test changes the fields that it is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from huggg.hugggs.huggg import Huggg, HugggCodes
from huggg.identity.caller import Caller, UserKind
from huggg.redemptions.redemption import Location, Redemption, Spendable

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)

HARBOUR, KETTLE, LANTERN = UUID(int=0xB1), UUID(int=0xB2), UUID(int=0xB3)
AMARA, BO, CLEO = UUID(int=0xA1), UUID(int=0xA2), UUID(int=0xA3)
HUGGG, COFFEE, TRANSACTION = UUID(int=0xC1), UUID(int=0xC2), UUID(int=0xC3)
FIRST, SECOND = UUID(int=0xD1), UUID(int=0xD2)

BRISTOL = Location("bristol17", HARBOUR)
LEEDS = Location("leeds5", KETTLE)


def altered(code: str, at: int = -6) -> str:
    """Change one character of a code to another of its alphabet.

    Not the last one by default: of base64 it may hold fewer bits than it shows.
    """
    return code[:at] + ("1" if code[at] == "0" else "0") + code[at:][1:]


def till(brand_id: UUID = HARBOUR, *location_ids: str) -> Caller:
    """Stand at a merchant's till: any of theirs, or only these."""
    return Caller(
        "pos",
        user_id=UUID(int=0xA9),
        kind=UserKind.MERCHANT,
        brand_id=brand_id,
        every_location=not location_ids,
        location_ids=frozenset(location_ids),
    )


def customer(user_id: UUID = BO) -> Caller:
    """Be a user at home."""
    return Caller("app", user_id=user_id, kind=UserKind.CUSTOMER)


def spendable(**changes: Any) -> Spendable:
    """Make a huggg of Bo's that Harbour honours."""
    fine: dict[str, Any] = {
        "id": HUGGG,
        "sender_id": AMARA,
        "owner_id": BO,
        "product_id": COFFEE,
        "honoured_by": frozenset({HARBOUR}),
        "redemption_id": None,
        "cancelled_at": None,
        "sent_at": NOW,
        "expires_at": NOW + timedelta(days=30),
        "held_until": None,
    }
    return Spendable(**(fine | changes))


def redemption(**changes: Any) -> Redemption:
    """Make a redemption that stands, at Harbour's till in Bristol an hour ago."""
    at = NOW - timedelta(hours=1)
    fine: dict[str, Any] = {
        "id": FIRST,
        "huggg_id": HUGGG,
        "brand_id": HARBOUR,
        "location_id": "bristol17",
        "user_id": UUID(int=0xA9),
        "client_id": "pos",
        "created_at": at,
        "updated_at": at,
        "reversed_at": None,
    }
    return Redemption(**(fine | changes))


def huggg(**changes: Any) -> Huggg:
    """Make a huggg as Amara bought it a moment ago, without a recipient yet."""
    fine: dict[str, Any] = {
        "id": HUGGG,
        "transaction_id": TRANSACTION,
        "sender_id": AMARA,
        "receiver_id": None,
        "product_id": COFFEE,
        "codes": HugggCodes("jcsk2df4sphbgl7f", "ku6g4h"),
        "message_id": None,
        "voucher_id": None,
        "redemption_id": None,
        "theme_id": "default",
        "type": "",
        "expiry_date": date(2026, 6, 19),
        "expires_at": datetime(2026, 6, 19, 23, 0, tzinfo=UTC),
        "created_at": NOW,
        "updated_at": NOW,
        "sent_at": NOW,
        "assigned_at": None,
        "assigned_client": None,
        "viewed_at": None,
        "viewed_client": None,
        "cancelled_at": None,
        "image_url": None,
        "choice_id": None,
    }
    return Huggg(**(fine | changes))
