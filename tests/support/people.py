"""Users for tests, registered without the cost of hashing a password."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity import create
from huggg.identity.caller import UserKind
from huggg.identity.role import Role, StaffRole
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.people.found_by import phone_fingerprint
from huggg.people.personal_data import PersonalData
from tests.support.keys import TEST_KEYS

queries = Queries(create.__file__)


async def add_user(
    database: Database,
    *,
    name: str,
    kind: UserKind,
    team_id: UUID | None = None,
    role: Role = Role.PARTICIPANT,
    brand_id: UUID | None = None,
    location_ids: Sequence[str] = (),
    username: str | None = None,
    password_hash: str | None = None,
    staff_role: StaffRole = StaffRole.MANAGER,
) -> UUID:
    """Register a user who cannot log in, unless they have a username; tests hand out their tokens."""
    user_id = new_id()
    await database.rows(
        queries.add_user,
        id=user_id,
        kind=kind,
        **create.sealed_values(Vault(TEST_KEYS), user_id, PersonalData(name, username)),
        password_hash=password_hash,
        team_id=team_id,
        role=role,
        brand_id=brand_id,
        location_ids=list(location_ids),
        staff_role=staff_role,
        author_id=None,
    )
    return user_id


def number_fingerprint(number: str) -> bytes:
    """Fingerprint a number as `users.phone_fingerprint` keeps it in tests."""
    return phone_fingerprint(Vault(TEST_KEYS), number)
