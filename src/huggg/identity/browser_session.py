"""Browser sessions: a person signs in to a page, and a sealed cookie remembers it.

The cookie names the user and holds a proof of the password, or the PIN, that was checked. Each request
reads the user again: a user who is disabled, or gets another password or PIN, is signed out at once, in
every browser.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from huggg.database.queries import Queries
from huggg.identity.attempts import Attempts
from huggg.identity.caller import Caller, UserKind
from huggg.identity.passwords import Passwords
from huggg.identity.role import Role, StaffRole
from huggg.identity.username import username_values
from huggg.kit.errors import Unauthenticated
from huggg.kit.platform import Platform
from huggg.people.personal_data import personal_from

queries = Queries(__file__)


class BrowserSession(Struct, frozen=True):
    """The person who signed in to a page, as its cookie remembers them."""

    user_id: UUID
    proof: str
    by_pin: bool = False


class SignedIn(Struct, frozen=True):
    """The person behind a browser session, as read for this request."""

    caller: Caller
    name: str
    staff_role: StaffRole  # of a merchant's user
    now: datetime


async def sign_in(
    platform: Platform,
    passwords: Passwords,
    attempts: Attempts,
    *,
    username: str,
    password: str,
    kind: UserKind,
    address: str,
) -> BrowserSession:
    """Check a password of a user of this kind. Raises Unauthenticated, TooManyRequests, LoginBusy."""
    values = username_values(platform.vault, username)
    async with attempts.of_browser(values["username_key"] or username, address=address):
        row = await platform.database.row(queries.signing_in, **values)
        password_hash = None if row is None else row["password_hash"]
        matches = await passwords.check(password, password_hash)
        if row is None or not matches or not row["active"] or row["kind"] != kind:
            raise Unauthenticated
    return BrowserSession(row["id"], proof_of(password_hash))


async def read_session(
    platform: Platform, session: BrowserSession, *, client_id: str
) -> SignedIn | None:
    """Read the person behind a session; None if the session is over. `client_id` names the page."""
    row = await platform.database.row(queries.signed_in, user_id=session.user_id)
    if row is None or proof_of(row["pin_hash" if session.by_pin else "password_hash"]) != session.proof:
        return None
    name = personal_from(platform.vault, row).name
    return SignedIn(_caller(row, client_id), name, StaffRole(row["staff_role"]), row["now"])


def proof_of(kept_hash: str | None) -> str:
    """Prove that a password or PIN was checked against this hash, without telling the hash."""
    return sha256((kept_hash or "").encode()).hexdigest()


def _caller(row: Record, client_id: str) -> Caller:
    return Caller(
        client_id=client_id,
        user_id=row["id"],
        kind=UserKind(row["kind"]),
        team_id=row["team_id"],
        role=Role(row["role"]),
        brand_id=row["brand_id"],
        every_location=row["every_location"],
        location_ids=frozenset(row["location_ids"]),
    )
