"""Google's form of a pass: an object of a class per brand, and the signed link that saves it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from huggg.gift.symbols import Symbology
from huggg.passes.gift_pass import GiftPass, PassState

SAVE_URL = "https://pay.google.com/gp/v/save/"

TYPES = {
    Symbology.QR: "QR_CODE",
    Symbology.CODE_128: "CODE_128",
    Symbology.EAN_13: "EAN_13",
    Symbology.PDF_417: "PDF_417",
    Symbology.AZTEC: "AZTEC",
    Symbology.DATA_MATRIX: "DATA_MATRIX",
}

STATES = {
    PassState.LIVE: "ACTIVE",
    PassState.REDEEMED: "COMPLETED",
    PassState.EXPIRED: "EXPIRED",
    PassState.ENDED: "INACTIVE",
}


class ServiceAccount(Struct, frozen=True):
    """The parts of a service account's key file that are needed."""

    client_email: str
    private_key: str
    token_uri: str


class GoogleIdentity(Struct, frozen=True):
    """The issuer of passes, and the account that signs for it."""

    issuer: str
    account: ServiceAccount

    def signed(self, claims: dict[str, Any]) -> str:
        """Sign claims as this account (RS256)."""
        from joserfc import jwt  # noqa: PLC0415 - servers without passes start without it
        from joserfc.jwk import RSAKey  # noqa: PLC0415

        key = RSAKey.import_key(self.account.private_key)
        header = {"alg": "RS256", "typ": "JWT"}
        return jwt.encode(header, {"iss": self.account.client_email, **claims}, key)


def read_service_account(path: Path) -> ServiceAccount:
    """Read the key file that Google gives. Raises ValueError, OSError."""
    from joserfc.jwk import RSAKey  # noqa: PLC0415

    account = msgspec.json.decode(path.read_bytes(), type=ServiceAccount)
    RSAKey.import_key(account.private_key)
    return account


def object_id(identity: GoogleIdentity, gift_pass: GiftPass) -> str:
    """Name the object of a pass."""
    return f"{identity.issuer}.{gift_pass.id}"


def google_object(identity: GoogleIdentity, gift_pass: GiftPass) -> dict[str, Any]:
    """Describe a pass; a void one is patched to have no code."""
    return {
        "id": object_id(identity, gift_pass),
        "classId": f"{identity.issuer}.{gift_pass.brand_id}",
        **changing_parts(gift_pass),
    }


def changing_parts(gift_pass: GiftPass) -> dict[str, Any]:
    """Describe the parts of a pass that change in its life."""
    barcode = {
        "type": TYPES[gift_pass.symbology],
        "value": gift_pass.code,
        "alternateText": gift_pass.code_text,
    }
    return {
        "state": STATES[gift_pass.state],
        "cardNumber": gift_pass.code_text or "-",  # which Google requires
        "validTimeInterval": {"end": {"date": gift_pass.ends_at.isoformat(timespec="seconds")}},
        "barcode": barcode if gift_pass.code else None,
    }


def save_link(identity: GoogleIdentity, gift_pass: GiftPass, *, origin: str, now: datetime) -> str:
    """Write the link with which a holder saves a pass; it brings the brand's class along."""
    brand = {
        "id": f"{identity.issuer}.{gift_pass.brand_id}",
        "issuerName": gift_pass.brand,
        "merchantName": gift_pass.brand,
        "reviewStatus": "UNDER_REVIEW",
        "hexBackgroundColor": gift_pass.colours.ground,
    }
    claims = {
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(now.timestamp()),
        "origins": [origin],
        "payload": {
            "giftCardClasses": [brand],
            "giftCardObjects": [google_object(identity, gift_pass)],
        },
    }
    return SAVE_URL + identity.signed(claims)
