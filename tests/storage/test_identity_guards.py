"""Each condition of identity's statements matters: its story is told with it, and fails without it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from asyncpg import Record

from huggg.identity import (
    adopt,
    api_keys,
    authenticate,
    create,
    directory,
    lock_out,
    log_in,
    refresh,
    revoke,
    rotate_secret,
    sweep,
    team,
)
from huggg.identity.caller import Caller, UserKind
from huggg.identity.create import ClientCredentials, new_client_credentials
from huggg.identity.errors import ClientUnproven, TeamNotFound
from huggg.identity.passwords import Passwords
from huggg.identity.role import Role
from huggg.identity.token import TokenPair
from huggg.kit.errors import Forbidden, Invalid, Unauthenticated
from huggg.kit.ids import new_id
from huggg.refusal import Refusal
from tests.support.guards import Guard
from tests.support.people import add_user
from tests.support.sql import scalar, sql
from tests.support.world import World

PASSWORD = "correct horse battery"
HASHED = Passwords().hash(PASSWORD)

Story = Callable[[World], Awaitable[None]]


class Login:
    """A user who logged in through a client, both made for one story."""

    def __init__(self, world: World) -> None:
        self.database, self.vault = world.platform.database, world.platform.vault
        self.platform = world.platform
        self.app: ClientCredentials = new_client_credentials()
        self.username = f"{new_id()}@example.com"
        self.user_id: UUID
        self.pair: TokenPair

    async def open(self) -> Login:
        await create.create_client(self.database, self.vault, self.app, name="an app")
        self.user_id = await add_user(self.database, name="Amy", kind=UserKind.CUSTOMER)
        await self.run(
            "UPDATE users SET username = $2, username_key = $2, password_hash = $3 WHERE id = $1",
            self.user_id,
            self.username,
            HASHED,
        )
        self.pair = await self.another()
        return self

    async def another(self) -> TokenPair:
        return await log_in.open_session(
            self.database, self.vault, client_id=self.app.client_id, user_id=self.user_id
        )

    async def run(self, text: str, *values: Any) -> list[Record]:
        return await sql(self.database, text, *values)

    async def refresh(self, token: str | None = None) -> TokenPair:
        return await refresh.refresh(
            self.database,
            self.vault,
            token=token or self.pair.refresh or "",
            client_id=self.app.client_id,
        )

    async def log_in(self, passwords: Passwords | None = None) -> TokenPair:
        return await log_in.log_in_user(
            self.database,
            self.vault,
            passwords or Passwords(),
            client_id=self.app.client_id,
            username=self.username,
            password=PASSWORD,
        )

    async def events(self, kind: str) -> int:
        count: int = await scalar(
            self.database,
            "SELECT count(*) FROM events WHERE kind = $1 AND (client_id = $2 OR subject_id = $3)",
            kind,
            self.app.client_id,
            self.user_id,
        )
        return count

    async def live(self) -> int:
        return len(
            await directory.live_sessions(self.database, self.vault, most=100, user_id=self.user_id)
        )


async def refused(awaitable: Awaitable[object], kind: type[Exception] = Unauthenticated) -> None:
    with pytest.raises(kind):
        await awaitable


# Refreshing ----------------------------------------------------------------------------------


async def one_token_gives_one_pair_to_all_who_come_at_once(world: World) -> None:
    login = await Login(world).open()
    fingerprints = login.vault.fingerprints("refresh", login.pair.refresh or "")
    row = await login.database.one(refresh.queries.refresh_token, fingerprints=fingerprints)
    pairs = await asyncio.gather(*(login.refresh() for _ in range(8)))
    assert len({pair.access for pair in pairs}) == 1
    assert await refresh._rotate(login.database, login.vault, row) is None  # an earlier attempt
    session = "(SELECT id FROM sessions WHERE user_id = $1)"
    count = f"SELECT count(*) FROM tokens WHERE session_id IN {session}"  # noqa: S608
    assert await scalar(login.database, count, login.user_id) == 4


async def an_access_token_lives_an_hour_and_a_refresh_token_as_long_as_the_login(world: World) -> None:
    """By the clock of the database; of the first pair, and of the one that a refresh gives."""
    login = await Login(world).open()
    fresh = await login.refresh()
    for pair in (login.pair, fresh):
        tokens = [
            login.vault.fingerprint(kind, token or "")
            for kind, token in (("access", pair.access), ("refresh", pair.refresh))
        ]
        [access, refreshing] = await login.run(
            "SELECT t.expires_at - now() AS left, s.expires_at - t.expires_at AS before_the_end"
            " FROM tokens t JOIN sessions s ON s.id = t.session_id"
            " WHERE t.fingerprint = ANY($1::bytea[]) ORDER BY t.kind",
            tokens,
        )
        assert timedelta(minutes=59) < access["left"] <= timedelta(hours=1)
        assert refreshing["before_the_end"] == timedelta(0)


def no_refresh_after(change: str) -> Story:
    async def story(world: World) -> None:
        login = await Login(world).open()
        await login.run(
            f"{change} RETURNING 1", *(login.user_id, login.app.client_id)[: change.count("$")]
        )
        await refused(login.refresh())

    story.__name__ = f"no refresh after {change}"
    return story


after_its_end = no_refresh_after(
    "UPDATE tokens SET expires_at = now()"
    " WHERE session_id = (SELECT id FROM sessions WHERE user_id = $1::uuid)"
)
after_revocation = no_refresh_after("UPDATE sessions SET revoked_at = now() WHERE user_id = $1::uuid")
of_a_dead_user = no_refresh_after("UPDATE users SET active = false WHERE id = $1::uuid")
of_a_dead_client = no_refresh_after(
    "UPDATE clients SET active = false WHERE id = $2::text AND $1::uuid IS NOT NULL"
)
of_a_window = no_refresh_after(
    "UPDATE clients SET logs_in_users = false WHERE id = $2::text AND $1::uuid IS NOT NULL"
)
of_another_user = no_refresh_after(
    "UPDATE clients SET every_user = false WHERE id = $2::text AND $1::uuid IS NOT NULL"
)


# Logging in and out --------------------------------------------------------------------------


async def a_login_that_is_revoked_twice_ended_once(world: World) -> None:
    login = await Login(world).open()
    for _ in range(2):
        await revoke.revoke(login.database, login.vault, token=login.pair.access)
    assert await login.events("session.revoked") == 1


async def nobody_elses_token_is_revoked(world: World) -> None:
    login, other = await Login(world).open(), await Login(world).open()
    token, client_id = login.pair.access, other.app.client_id
    assert not await revoke.revoke(login.database, login.vault, token=token, client_id=client_id)
    assert await login.live() == 1


async def a_client_is_known_by_its_secrets_while_they_hold(world: World) -> None:
    login = await Login(world).open()
    client_id, old = login.app.client_id, login.app.client_secret

    async def knows(secret: str) -> bool:
        return await log_in.knows_client(login.platform, client_id=client_id, secret=secret)

    async def rotate(secret: str, hours: int) -> None:
        await rotate_secret.rotate_secret(
            login.database,
            login.vault,
            client_id=client_id,
            secret=secret,
            overlap=timedelta(hours=hours),
        )

    assert await knows(old)
    await rotate("new", 1)
    assert [await knows(secret) for secret in (old, "new", "other")] == [True, True, False]
    await login.run("UPDATE clients SET previous_until = now() WHERE id = $1", client_id)
    assert [await knows(secret) for secret in (old, "new")] == [False, True]
    await rotate("newer", 0)
    assert [await knows(secret) for secret in ("new", "newer")] == [False, True]
    await login.run("UPDATE clients SET active = false WHERE id = $1", client_id)
    assert not await knows("newer")


async def a_client_that_was_disabled_meanwhile_logs_nobody_in(world: World) -> None:
    login = await Login(world).open()
    await login.run("UPDATE clients SET active = false WHERE id = $1", login.app.client_id)
    await refused(login.log_in(), ClientUnproven)


async def a_client_logs_in_the_users_that_it_may(world: World) -> None:
    login = await Login(world).open()
    await login.log_in()
    await login.run("UPDATE clients SET logs_in_users = false WHERE id = $1", login.app.client_id)
    await refused(login.log_in(), Forbidden)
    change = "UPDATE clients SET logs_in_users = true, every_user = false WHERE id = $1"
    await login.run(change, login.app.client_id)
    await refused(login.log_in(), Forbidden)
    listed = "INSERT INTO client_users (client_id, user_id) VALUES ($1, $2)"
    await login.run(listed, login.app.client_id, world.bo.id)
    await refused(login.log_in(), Forbidden)
    await login.run(listed, login.app.client_id, login.user_id)
    await login.log_in()


class Slow(Passwords):
    """Something happens while a password is checked."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    async def check(self, password: str, kept: str | None) -> bool:
        matches = await super().check(password, kept)
        await self.meanwhile()
        return matches


async def leaves_no_login(login: Login, meanwhile: Callable[[], Awaitable[object]]) -> None:
    await refused(login.log_in(Slow(meanwhile)))
    assert await login.live() == 0


async def a_user_who_is_disabled_while_logging_in_has_no_login(world: World) -> None:
    login = await Login(world).open()
    disable = partial(
        lock_out.set_user_active, login.database, login.vault, login.username, active=False
    )
    await leaves_no_login(login, disable)


async def a_client_that_is_disabled_while_logging_a_user_in_has_no_login(world: World) -> None:
    login = await Login(world).open()
    disable = partial(lock_out.set_client_active, login.database, login.app.client_id, active=False)
    await leaves_no_login(login, disable)


async def a_password_that_is_replaced_while_it_is_checked_leaves_no_login(world: World) -> None:
    login = await Login(world).open()
    replace = partial(
        lock_out.set_password,
        login.database,
        login.vault,
        Passwords(),
        login.username,
        "another password",
    )
    await leaves_no_login(login, replace)


# Locking out ---------------------------------------------------------------------------------


async def a_user_is_disabled_and_enabled_once(world: World) -> None:
    login = await Login(world).open()
    set_active = lock_out.set_user_active
    assert not (await set_active(login.database, login.vault, login.username, active=True))["changed"]
    assert await login.live() == 1  # enabling ends nothing
    first = await set_active(login.database, login.vault, login.username, active=False)
    again = await set_active(login.database, login.vault, str(login.user_id), active=False)
    assert [(row["changed"], row["ended"]) for row in (first, again)] == [(True, 1), (False, 0)]
    assert await login.events("user.disabled") == 1
    assert await login.events("session.revoked") == 1
    assert (await set_active(login.database, login.vault, login.username, active=True))["changed"]
    bo = await world.platform.database.row(directory.queries.describe_user, **_meant(world.bo.id))
    assert bo is not None
    assert bo["active"]


async def a_recipient_without_a_name_is_not_enabled(world: World) -> None:
    login = await Login(world).open()
    await login.run(
        "UPDATE users SET unknown_recipient = true, active = false WHERE id = $1", login.user_id
    )
    username_or_id = str(login.user_id)
    await refused(
        lock_out.set_user_active(login.database, login.vault, username_or_id, active=True), Invalid
    )


async def a_client_is_disabled_and_enabled_once(world: World) -> None:
    login, other = await Login(world).open(), await Login(world).open()
    set_active, client_id = lock_out.set_client_active, login.app.client_id
    assert not (await set_active(login.database, client_id, active=True))["changed"]
    assert await login.live() == 1
    first = await set_active(login.database, client_id, active=False)
    again = await set_active(login.database, client_id, active=False)
    assert [(row["changed"], row["ended"]) for row in (first, again)] == [(True, 1), (False, 0)]
    assert await login.events("client.disabled") == 1
    assert await login.events("session.revoked") == 1
    assert await other.live() == 1


async def a_password_is_set_for_one_who_can_log_in_and_ends_their_logins(world: World) -> None:
    login, other = await Login(world).open(), await Login(world).open()
    await login.another()
    for ended in (2, 0):
        assert (
            await lock_out.set_password(
                login.database, login.vault, Passwords(), login.username, PASSWORD
            )
            == ended
        )
    assert await other.live() == 1
    nameless = lock_out.set_password(
        login.database, login.vault, Passwords(), str(world.bo.id), PASSWORD
    )
    with pytest.raises(Invalid):
        await nameless


async def logins_end_as_they_are_named(world: World) -> None:
    login, other = await Login(world).open(), await Login(world).open()
    end, database = lock_out.end_sessions, login.database
    await login.another()
    ids = [
        row["id"]
        for row in await directory.live_sessions(database, login.vault, most=9, user_id=login.user_id)
    ]
    assert await end(database) == 0
    assert await end(database, session_id=ids[0], user_id=other.user_id) == 0
    assert await end(database, session_id=ids[0], client_id=other.app.client_id) == 0
    assert [await end(database, session_id=ids[0]) for _ in range(2)] == [1, 0]
    await login.run("UPDATE sessions SET expires_at = now() WHERE user_id = $1", login.user_id)
    assert await end(database, user_id=login.user_id) == 0
    assert await end(database, user_id=login.user_id, client_id=other.app.client_id) == 0
    assert await end(database, user_id=other.user_id, client_id=other.app.client_id) == 1


async def only_logins_that_live_are_listed_and_as_they_are_asked_for(world: World) -> None:
    login, other = await Login(world).open(), await Login(world).open()

    async def listed(most: int = 100, **of: Any) -> list[Any]:
        return [
            row["user_id"]
            for row in await directory.live_sessions(login.database, login.vault, most=most, **of)
        ]

    await login.another()
    assert await listed(client_id=login.app.client_id) == [login.user_id] * 2
    assert await listed(user_id=other.user_id) == [other.user_id]
    assert len(await listed(most=1)) == 1
    ids = [
        row["id"]
        for row in await directory.live_sessions(
            login.database, login.vault, most=2, user_id=login.user_id
        )
    ]
    await login.run("UPDATE sessions SET revoked_at = now() WHERE id = $1", ids[0])
    assert await listed(user_id=login.user_id) == [login.user_id]
    await login.run("UPDATE sessions SET expires_at = now() WHERE id = $1", ids[1])
    assert await listed(user_id=login.user_id) == []


async def logins_are_swept_when_they_are_long_over(world: World) -> None:
    login = await Login(world).open()
    await sweep.sweep_sessions(login.database)
    assert await login.live() == 1


# Teams, keys and names -----------------------------------------------------------------------


async def a_key_opens_until_it_or_its_user_is_ended(world: World) -> None:
    login = await Login(world).open()
    team_id = await create.create_team(login.database, name="Acorn")

    async def key() -> api_keys.ApiKey:
        key = api_keys.new_key()
        await api_keys.create_key(login.database, login.vault, key, team_id=team_id, name="A shop")
        await authenticate.authenticate(login.database, login.vault, None, key.key)
        return key

    async def opens(key: api_keys.ApiKey) -> Caller:
        return await authenticate.authenticate(login.database, login.vault, None, key.key)

    revoked, dead = await key(), await key()
    assert [await api_keys.revoke_key(login.database, key_id=revoked.id) for _ in range(2)] == [
        True,
        False,
    ]
    await refused(opens(revoked))
    user = "(SELECT user_id FROM api_keys WHERE id = $1)"
    await login.run(f"UPDATE users SET active = false WHERE id = {user} RETURNING 1", dead.id)  # noqa: S608
    await refused(opens(dead))


async def a_keys_use_is_noted_once_a_minute(world: World) -> None:
    login = await Login(world).open()
    team_id, key = await create.create_team(login.database, name="Acorn"), api_keys.new_key()
    await api_keys.create_key(login.database, login.vault, key, team_id=team_id, name="A shop")
    used = []
    for _ in range(2):
        await authenticate.authenticate(login.database, login.vault, None, key.key)
        text = "SELECT last_used_at FROM api_keys WHERE id = $1"
        used.append(await scalar(login.database, text, key.id))
    assert used[0] is not None
    assert used[0] == used[1]


async def a_subteam_has_no_subteams(world: World) -> None:
    database = world.platform.database
    parent = await create.create_team(database, name="A")
    child = await create.create_team(database, name="B", parent_id=parent)
    await refused(create.create_team(database, name="C", parent_id=child), Invalid)


async def a_team_is_seen_by_its_members_and_by_whose_subteam_it_is(world: World) -> None:
    database = world.platform.database
    parent, stranger = [await create.create_team(database, name=name) for name in "AC"]
    child = await create.create_team(database, name="B", parent_id=parent)

    async def sees(own: UUID, other: UUID, role: Role) -> bool:
        caller = Caller("app", new_id(), UserKind.CUSTOMER, team_id=own, role=role)
        try:
            return bool(await team.find_team(database, str(other), caller=caller))
        except TeamNotFound:
            return False

    assert await sees(child, child, Role.PARTICIPANT)
    assert await sees(parent, child, Role.ADMIN)
    assert not await sees(parent, child, Role.PARTICIPANT)
    assert not await sees(child, parent, Role.ADMIN)
    assert not await sees(stranger, child, Role.ADMIN)


async def names_are_folded_for_those_without_a_key_and_no_key_moves(world: World) -> None:
    login = await Login(world).open()
    later, third = f"{login.username.upper()}", f"{new_id()}@Example.com"
    for username in (later, third):
        await login.run(
            "INSERT INTO users (id, kind, name, username, password_hash)"
            " VALUES ($1, 'customer', 'A', $2, '')",
            new_id(),
            username,
        )
    await adopt.adopt_usernames(login.database)
    key = "SELECT username_key FROM users WHERE username = $1"
    assert await scalar(login.database, key, later) is None
    assert await scalar(login.database, key, third) == third.lower()
    moved = {"ids": [login.user_id], "keys": ["somebody.else@example.com"]}
    await login.database.bulk(adopt.queries.fold_usernames, **moved)
    assert await scalar(login.database, key, login.username) == login.username


async def a_till_is_bound_to_locations_of_its_brand_that_are_there(world: World) -> None:
    database = world.platform.database

    async def foreign(*ids: str) -> list[str]:
        rows = await database.rows(
            create.queries.foreign_locations, location_ids=list(ids), brand_id=world.harbour
        )
        return [row["id"] for row in rows]

    assert await foreign("bristol17", "leeds5", "nowhere") == ["leeds5", "nowhere"]
    await sql(database, "UPDATE locations SET removed_at = now() WHERE id = 'bath2' RETURNING 1")
    assert await foreign("bristol17", "bath2") == ["bath2"]
    await sql(database, "UPDATE locations SET removed_at = NULL WHERE id = 'bath2' RETURNING 1")


def _meant(user_id: UUID) -> dict[str, Any]:
    return {"user_id": user_id, "username": None, "username_key": None, "username_fingerprints": []}


HOUR, LONGER = "THEN now() + :access_life::interval", "THEN s.expires_at + :access_life::interval"
MAY = """(c.every_user
        OR EXISTS (SELECT FROM client_users a WHERE a.client_id = c.id AND a.user_id = u.id))"""

GUARDS: list[tuple[Story, Guard]] = [
    (
        one_token_gives_one_pair_to_all_who_come_at_once,
        Guard(refresh.queries, "rotate", "AND spent_at IS NULL"),
    ),
    *(
        (an_access_token_lives_an_hour_and_a_refresh_token_as_long_as_the_login, guard)
        for guard in (
            Guard(refresh.queries, "rotate", HOUR, LONGER),
            Guard(log_in.queries, "open_session", HOUR, LONGER),
            Guard(refresh.queries, "rotate", "ELSE s.expires_at END", "ELSE now() END"),
            Guard(log_in.queries, "open_session", "ELSE s.expires_at END", "ELSE now() END"),
        )
    ),
    (after_its_end, Guard(refresh.queries, "refresh_token", "AND t.expires_at > now()")),
    (after_revocation, Guard(refresh.queries, "refresh_token", "AND s.revoked_at IS NULL")),
    (of_a_dead_client, Guard(refresh.queries, "refresh_token", "AND c.active AND", "AND")),
    (of_a_window, Guard(refresh.queries, "refresh_token", "AND c.logs_in_users")),
    (of_a_dead_user, Guard(refresh.queries, "refresh_token", "AND u.active")),
    (of_another_user, Guard(refresh.queries, "refresh_token", MAY, "true")),
    (
        a_login_that_is_revoked_twice_ended_once,
        Guard(revoke.queries, "revoke_session", "AND revoked_at IS NULL"),
    ),
    (
        nobody_elses_token_is_revoked,
        Guard(
            revoke.queries,
            "session_of_token",
            "AND (:client_id::text IS NULL OR s.client_id = :client_id)",
            "AND (:client_id::text IS NULL OR true)",
        ),
    ),
    *(
        (a_client_is_known_by_its_secrets_while_they_hold, guard)
        for guard in (
            Guard(log_in.queries, "client", "AND active"),
            Guard(log_in.queries, "client", "AND previous_until > now()"),
            Guard(
                rotate_secret.queries,
                "rotate_secret",
                "CASE WHEN :overlap::interval > interval '0' THEN secret_fingerprint END",
                "secret_fingerprint",
            ),
        )
    ),
    (
        a_client_that_was_disabled_meanwhile_logs_nobody_in,
        Guard(log_in.queries, "user_for_login", "AND c.active"),
    ),
    *(
        (a_client_logs_in_the_users_that_it_may, guard)
        for guard in (
            Guard(log_in.queries, "user_for_login", "c.logs_in_users\n       AND"),
            Guard(log_in.queries, "user_for_login", "(c.every_user\n            OR", "(true OR"),
            Guard(log_in.queries, "user_for_login", "AND a.user_id = u.id"),
        )
    ),
    (
        a_user_who_is_disabled_while_logging_in_has_no_login,
        Guard(log_in.queries, "open_session", "OR u.active", "OR true"),
    ),
    (
        a_client_that_is_disabled_while_logging_a_user_in_has_no_login,
        Guard(log_in.queries, "open_session", "AND c.active"),
    ),
    (
        a_password_that_is_replaced_while_it_is_checked_leaves_no_login,
        Guard(log_in.queries, "open_session", "u.password_hash = :password_hash", "true"),
    ),
    *(
        (a_user_is_disabled_and_enabled_once, guard)
        for guard in (
            Guard(lock_out.queries, "set_user_active", "AND u.active <> :active"),
            Guard(lock_out.queries, "set_user_active", "AND revoked_at IS NULL"),
            Guard(lock_out.queries, "set_user_active", "AND NOT :active"),
        )
    ),
    (
        a_recipient_without_a_name_is_not_enabled,
        Guard(lock_out.queries, "set_user_active", "AND NOT unknown_recipient"),
    ),
    *(
        (a_client_is_disabled_and_enabled_once, guard)
        for guard in (
            Guard(lock_out.queries, "set_client_active", "AND c.active <> :active"),
            Guard(lock_out.queries, "set_client_active", "AND revoked_at IS NULL"),
            Guard(lock_out.queries, "set_client_active", "AND NOT :active"),
            Guard(lock_out.queries, "set_client_active", "client_id IN (SELECT id FROM target) AND"),
        )
    ),
    *(
        (a_password_is_set_for_one_who_can_log_in_and_ends_their_logins, guard)
        for guard in (
            Guard(lock_out.queries, "set_password", "AND password_hash IS NOT NULL"),
            Guard(lock_out.queries, "set_password", "AND revoked_at IS NULL"),
            Guard(lock_out.queries, "set_password", "user_id IN (SELECT id FROM changed_users) AND"),
        )
    ),
    *(
        (logins_end_as_they_are_named, Guard(lock_out.queries, "end_sessions", text))
        for text in (
            "revoked_at IS NULL\n       AND",
            "AND expires_at > now()",
            "AND num_nonnulls(:session_id::uuid, :user_id::uuid, :client_id::text) > 0",
        )
    ),
    *(
        (logins_end_as_they_are_named, Guard(lock_out.queries, "end_sessions", text, "OR true"))
        for text in (
            "OR id = :session_id",
            "OR user_id = :user_id",
            "OR client_id = :client_id",
        )
    ),
    *(
        (only_logins_that_live_are_listed_and_as_they_are_asked_for, guard)
        for guard in (
            Guard(directory.queries, "live_sessions", "s.revoked_at IS NULL\n   AND"),
            Guard(directory.queries, "live_sessions", "AND s.expires_at > now()"),
            Guard(directory.queries, "live_sessions", "OR s.user_id = :user_id", "OR true"),
            Guard(directory.queries, "live_sessions", "OR s.client_id = :client_id", "OR true"),
        )
    ),
    (
        logins_are_swept_when_they_are_long_over,
        Guard(
            sweep.queries,
            "sweep_sessions",
            "expires_at < now() - :kept_for::interval",
            ":kept_for::interval > '0'",
        ),
    ),
    *(
        (a_key_opens_until_it_or_its_user_is_ended, guard)
        for guard in (
            Guard(authenticate.queries, "key_caller", "k.revoked_at IS NULL AND"),
            Guard(authenticate.queries, "key_caller", "AND u.active"),
            Guard(api_keys.queries, "revoke_key", "AND revoked_at IS NULL"),
        )
    ),
    (
        a_keys_use_is_noted_once_a_minute,
        Guard(
            authenticate.queries,
            "key_caller",
            "WHERE last_used_at IS NULL OR last_used_at < now() - interval '1 minute'",
        ),
    ),
    (a_subteam_has_no_subteams, Guard(create.queries, "add_team", "AND parent_id IS NULL")),
    *(
        (a_team_is_seen_by_its_members_and_by_whose_subteam_it_is, guard)
        for guard in (
            Guard(
                team.queries,
                "team",
                "AND :sees_subteams::boolean",
                "AND :sees_subteams::boolean IS NOT NULL",
            ),
            Guard(team.queries, "team", "parent_id = :own_id AND", ""),
        )
    ),
    *(
        (names_are_folded_for_those_without_a_key_and_no_key_moves, guard)
        for guard in (
            Guard(adopt.queries, "fold_usernames", "AND u.username_key IS NULL"),
            Guard(
                adopt.queries,
                "fold_usernames",
                "AND NOT EXISTS (SELECT FROM users o WHERE o.username_key = a.key)",
            ),
        )
    ),
    *(
        (a_till_is_bound_to_locations_of_its_brand_that_are_there, guard)
        for guard in (
            Guard(create.queries, "foreign_locations", "AND l.removed_at IS NULL"),
            Guard(
                create.queries,
                "foreign_locations",
                "AND l.brand_id = :brand_id",
                "AND :brand_id::uuid IS NOT NULL",
            ),
        )
    ),
]


NOTICED = (AssertionError, pytest.fail.Exception, Refusal, asyncpg.CheckViolationError)


@pytest.mark.parametrize(
    "story", dict.fromkeys(story for story, _ in GUARDS), ids=lambda story: story.__name__
)
async def test_it_holds(town: World, story: Story) -> None:
    await story(town)


@pytest.mark.parametrize(
    ("story", "guard"),
    [pytest.param(*each, id=f"{each[0].__name__} {each[1]}") for each in GUARDS],
)
async def test_without_the_guard_it_would_not(
    town: World, monkeypatch: pytest.MonkeyPatch, story: Story, guard: Guard
) -> None:
    guard.take_away(monkeypatch)
    with pytest.raises(NOTICED):
        await story(town)
