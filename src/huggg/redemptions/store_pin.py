"""A store's PIN: staff enter it on the recipient's phone, and the huggg is redeemed at that store."""

from __future__ import annotations

import re
from hmac import compare_digest
from uuid import UUID

from huggg.database.pool import Database
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.reference import link_reference
from huggg.identity.caller import Caller, UserKind
from huggg.kit.codes import Vault, random_text
from huggg.kit.errors import Invalid
from huggg.kit.platform import Platform
from huggg.redemptions.errors import WrongPin
from huggg.redemptions.redeem import SpendableLookup, queries, redeem
from huggg.redemptions.redemption import Redemption

PIN = re.compile(r"[0-9]{4,8}")
DIGITS = "0123456789"
DRAWN_DIGITS = 6


async def redeem_by_pin(
    platform: Platform,
    guesses: Guesses,
    huggg: Huggg,
    *,
    location_id: str,
    pin: str,
    client_id: str,
) -> Redemption:
    """Redeem the huggg of a link at a location whose staff entered the location's PIN.

    Wrong PINs have allowances, of the huggg and of the location. Raises TooManyRequests, WrongPin (also
    for a location without a PIN), and the errors of `redeem`.
    """
    database, vault = platform.database, platform.vault
    async with guesses.entering_pin(location_id, str(huggg.id), miss=WrongPin):
        brand_id = await _brand_of_pin(database, vault, location_id, pin)
    staff = Caller(
        client_id,
        kind=UserKind.MERCHANT,
        brand_id=brand_id,
        every_location=False,
        location_ids=frozenset({location_id}),
    )
    lookup = SpendableLookup(database, link_reference(vault, huggg.codes.shortcode), location_id)
    return await redeem(database, vault, lookup, caller=staff)


async def set_pin(database: Database, vault: Vault, location_id: str, pin: str | None) -> str:
    """Give a location a PIN, or a drawn one; return it. Raises Invalid."""
    new_pin = random_text(DRAWN_DIGITS, DIGITS) if pin is None else pin.strip()
    if not PIN.fullmatch(new_pin):
        raise Invalid("pin: must be 4 to 8 digits.")
    sealed = vault.seal(new_pin.encode(), bound_to=pin_sealed_for(location_id))
    if await database.row(queries.set_store_pin, location_id=location_id, pin=sealed) is None:
        raise Invalid(f"There is no location {location_id}.")
    return new_pin


def pin_sealed_for(location_id: str) -> bytes:
    """Name the row that a location's PIN is sealed to."""
    return b"location_pins.pin\0" + location_id.encode()


async def _brand_of_pin(database: Database, vault: Vault, location_id: str, pin: str) -> UUID:
    """Compare a PIN with the location's, and give the location's brand. Raises WrongPin."""
    row = await database.row(queries.store_pin, location_id=location_id)
    if row is None:
        raise WrongPin
    right_pin = vault.open(row["pin"], bound_to=pin_sealed_for(location_id))
    if not compare_digest(right_pin, pin.strip().encode()):
        raise WrongPin
    brand_id: UUID = row["brand_id"]
    return brand_id
