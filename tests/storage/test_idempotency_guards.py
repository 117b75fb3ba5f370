"""Each condition under which a key changes hands matters: its story fails without it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from huggg.database.pool import Database
from huggg.kit import idempotency
from huggg.kit.errors import Invalid
from huggg.kit.idempotency import (
    EncodedAnswer,
    Idempotency,
    KeyReused,
    Reservation,
    StillRunning,
)
from huggg.kit.ids import new_id
from huggg.refusal import Busy, Refusal
from tests.support.guards import Guard
from tests.support.sql import scalar, sql
from tests.support.world import World

Story = Callable[["Key"], Awaitable[None]]
Act = Callable[[Reservation[EncodedAnswer]], Awaitable[EncodedAnswer]]
REFUSED = EncodedAnswer(422, b'{"error":"no."}')


class Key:
    """One key of one caller, and changes to it behind an attempt's back."""

    def __init__(self, world: World) -> None:
        self.key = str(new_id())
        self.database: Database = world.platform.database
        self.idempotency = Idempotency(self.database, world.platform.vault, lambda _: REFUSED)

    async def ask(self, act: Act, request: str = "the same") -> EncodedAnswer:
        return await self.idempotency.run(
            caller="amy", key=self.key, request=request, act=act, encode=lambda answer: answer
        )

    async def change(self, to: str) -> None:
        text = f"UPDATE idempotency_keys SET {to} WHERE key = $1 RETURNING 1"  # noqa: S608
        assert await sql(self.database, text, self.key)

    async def row(self, columns: str) -> object:
        text = f"SELECT (SELECT {columns} FROM idempotency_keys WHERE key = $1)"  # noqa: S608
        return await scalar(self.database, text, self.key)

    async def answered_by_another(self) -> None:
        """Let the effect be recorded under the same attempt, as the record statement does."""
        vault = self.idempotency._vault
        sealed = vault.seal(b"done", bound_to=idempotency.answer_sealed_for("amy", self.key))
        text = "UPDATE idempotency_keys SET status = 201, answer = $2 WHERE key = $1 RETURNING 1"
        assert await sql(self.database, text, self.key, sealed)

    def failing(self, error: Exception, *before: str) -> Act:
        """Act by changing the key as told, and then fail."""

        async def act(_: Reservation[EncodedAnswer]) -> EncodedAnswer:
            for change in before:
                await self.change(change)
            raise error

        return act


ANOTHER = "attempt = gen_random_uuid()"


async def a_refusal_is_not_kept_for_an_effect_of_which_nobody_knows_yet(key: Key) -> None:
    """As when a charge is under way: only its outcome is the answer."""
    with pytest.raises(StillRunning):
        await key.ask(key.failing(Invalid("no."), "bound = true"))
    assert await key.row("status") is None


async def a_refusal_of_an_attempt_that_was_overtaken_is_not_kept(key: Key) -> None:
    with pytest.raises(StillRunning):
        await key.ask(key.failing(Invalid("no."), ANOTHER))
    assert await key.row("status") is None


async def a_refusal_does_not_replace_an_answer(key: Key) -> None:
    async def act(_: Reservation[EncodedAnswer]) -> EncodedAnswer:
        await key.answered_by_another()
        raise Invalid("no.")

    assert await key.ask(act) == EncodedAnswer(201, b"done", replayed=True)
    assert await key.row("status") == 201


async def an_answer_stays_when_its_key_is_forestalled(key: Key) -> None:
    async def act(_: Reservation[EncodedAnswer]) -> EncodedAnswer:
        await key.answered_by_another()
        return EncodedAnswer(201, b"done")

    await key.ask(act)
    outcome = await key.idempotency.forestall(caller="amy", key=key.key, refusal=Invalid("no."))
    assert outcome is not None
    assert outcome.answer == EncodedAnswer(201, b"done")


async def a_bound_key_is_not_forestalled(key: Key) -> None:
    async def act(_: Reservation[EncodedAnswer]) -> EncodedAnswer:
        await key.change("bound = true")
        outcome = await key.idempotency.forestall(caller="amy", key=key.key, refusal=Invalid("no."))
        assert outcome is not None
        assert (outcome.answer, outcome.is_running) == (None, True)
        return EncodedAnswer(201, b"done")

    await key.ask(act)


async def a_forestalled_key_is_refused_for_every_request_now_and_later(key: Key) -> None:
    outcome = await key.idempotency.forestall(caller="amy", key=key.key, refusal=Invalid("no."))
    assert outcome is not None
    assert outcome.is_refused

    async def act(_: Reservation[EncodedAnswer]) -> EncodedAnswer:
        pytest.fail("it was forestalled")

    for request in ("the same", "another"):
        assert (await key.ask(act, request)).status == REFUSED.status


async def an_attempt_under_way_is_forestalled_too(key: Key) -> None:
    async def act(_: Reservation[EncodedAnswer]) -> EncodedAnswer:
        await key.idempotency.forestall(caller="amy", key=key.key, refusal=Invalid("no."))
        raise Invalid("its guard finds the key answered")

    assert (await key.ask(act)).replayed
    assert await key.row("status") == REFUSED.status


async def a_key_that_is_bound_is_not_let_go(key: Key) -> None:
    with pytest.raises(Busy):
        await key.ask(key.failing(Busy(), "bound = true"))
    assert await key.row("bound") is True


async def a_key_that_another_attempt_has_is_not_let_go(key: Key) -> None:
    with pytest.raises(Busy):
        await key.ask(key.failing(Busy(), ANOTHER))
    assert await key.row("count(*)") == 1


async def a_key_that_has_its_answer_is_not_let_go(key: Key) -> None:
    async def act(_: Reservation[EncodedAnswer]) -> EncodedAnswer:
        await key.answered_by_another()
        raise Busy

    with pytest.raises(Busy):
        await key.ask(act)
    assert await key.row("status") == 201


async def an_abandoned_key_is_taken_over_for_the_same_request_only(key: Key) -> None:
    with pytest.raises(StillRunning):
        await key.ask(key.failing(Invalid("no."), ANOTHER, "lease_until = now()"))
    with pytest.raises(KeyReused):
        await key.ask(key.failing(Invalid("no.")), "another request")
    assert await key.ask(key.failing(Invalid("no."))) == REFUSED


async def a_key_is_reserved_for_one(key: Key) -> None:
    """Attempts that ask while it is held, and attempts that ask when it is answered, act no more."""

    async def act(_: Reservation[EncodedAnswer]) -> EncodedAnswer:
        with pytest.raises(StillRunning):
            await key.ask(key.failing(AssertionError("acted twice")))
        raise Invalid("no.")

    assert await key.ask(act) == REFUSED
    again = await key.ask(key.failing(AssertionError("acted twice")))
    assert again == EncodedAnswer(REFUSED.status, REFUSED.body, replayed=True)
    await key.change("lease_until = now() - interval '1 hour'")
    again = await key.ask(key.failing(AssertionError("acted twice")))
    assert again == EncodedAnswer(REFUSED.status, REFUSED.body, replayed=True)


async def a_key_that_waits_or_is_held_is_not_swept(key: Key) -> None:
    """And neither is a young one."""
    old = "created_at = now() - interval '31 days'"
    lapsed = "lease_until = now() - interval '1 hour'"
    with pytest.raises(StillRunning):
        await key.ask(key.failing(Invalid("no."), ANOTHER))
    await key.idempotency.sweep()
    await key.change(old)
    await key.idempotency.sweep()
    assert await key.row("count(*)") == 1  # it is held
    await key.change(f"{lapsed}, bound = true")
    await key.idempotency.sweep()
    assert await key.row("count(*)") == 1  # it waits for an outcome
    await key.change(f"{lapsed}, bound = false, created_at = now()")
    await key.idempotency.sweep()
    assert await key.row("count(*)") == 1  # it is young


def of(statement: str, text: str, instead: str = "") -> Guard:
    return Guard(idempotency.queries, statement, text, instead)


GUARDS: list[tuple[Story, Guard]] = [
    (
        a_refusal_is_not_kept_for_an_effect_of_which_nobody_knows_yet,
        of("keep", "AND NOT bound"),
    ),
    (
        a_refusal_of_an_attempt_that_was_overtaken_is_not_kept,
        of("keep", "AND attempt = :key_attempt", "AND :key_attempt::uuid IS NOT NULL"),
    ),
    (a_refusal_does_not_replace_an_answer, of("keep", "AND status IS NULL")),
    (
        an_answer_stays_when_its_key_is_forestalled,
        of("forestall", "existing.status IS NULL AND NOT existing.bound", "NOT existing.bound"),
    ),
    (
        a_bound_key_is_not_forestalled,
        of("forestall", "existing.status IS NULL AND NOT existing.bound", "existing.status IS NULL"),
    ),
    (a_key_that_is_bound_is_not_let_go, of("let_go", "AND NOT bound")),
    (
        a_key_that_another_attempt_has_is_not_let_go,
        of("let_go", "AND attempt = :attempt", "AND :attempt::uuid IS NOT NULL"),
    ),
    (a_key_that_has_its_answer_is_not_let_go, of("let_go", "AND status IS NULL")),
    (
        an_abandoned_key_is_taken_over_for_the_same_request_only,
        of(
            "reserve",
            "AND existing.request = ANY(:requests::bytea[])",
            "AND :requests::bytea[] IS NOT NULL",
        ),
    ),
    *(
        (a_key_that_waits_or_is_held_is_not_swept, guard)
        for guard in (
            of("sweep_keys", "AND lease_until < now()"),
            of("sweep_keys", "NOT bound AND", ""),
            of("sweep_keys", "created_at < now() - :kept_for::interval", ":kept_for::interval > '0'"),
        )
    ),
]


class Twice(tuple[Guard, ...]):
    """Guards that say one rule twice: either alone is enough, and without both it is broken."""

    __slots__ = ()


UNTAKEN = """WHERE NOT EXISTS (SELECT FROM idempotency_keys k
                    WHERE k.caller = :caller AND k.key = :key
                      AND (k.status IS NOT NULL OR k.lease_until >= now()))"""

RESERVED_ONCE = [
    Twice((of("reserve", UNTAKEN), of("reserve", "existing.status IS NULL\n   AND"))),
    Twice((of("reserve", UNTAKEN), of("reserve", "AND existing.lease_until < now()"))),
]


@pytest.mark.parametrize(
    "story",
    dict.fromkeys(
        [
            *(story for story, _ in GUARDS),
            a_key_is_reserved_for_one,
            a_forestalled_key_is_refused_for_every_request_now_and_later,
            an_attempt_under_way_is_forestalled_too,
        ]
    ),
    ids=lambda story: story.__name__,
)
async def test_it_holds(town: World, story: Story) -> None:
    await story(Key(town))


NOTICED = (AssertionError, pytest.fail.Exception, Refusal)


@pytest.mark.parametrize(
    ("story", "guard"),
    [pytest.param(*each, id=f"{each[0].__name__} {each[1]}") for each in GUARDS],
)
async def test_without_the_guard_it_would_not(
    town: World, monkeypatch: pytest.MonkeyPatch, story: Story, guard: Guard
) -> None:
    guard.take_away(monkeypatch)
    with pytest.raises(NOTICED):
        await story(Key(town))


@pytest.mark.parametrize("guards", RESERVED_ONCE, ids=lambda guards: str(guards[1]))
async def test_a_reservation_is_guarded_twice(
    town: World, monkeypatch: pytest.MonkeyPatch, guards: Twice
) -> None:
    for guard in guards:
        with monkeypatch.context() as alone:
            guard.take_away(alone)
            await a_key_is_reserved_for_one(Key(town))
    for guard in guards:
        guard.take_away(monkeypatch)
    with pytest.raises(NOTICED):
        await a_key_is_reserved_for_one(Key(town))
