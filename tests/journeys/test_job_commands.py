"""An operator and the queue of jobs: a dead letter is found, tried again, and at last dropped."""

from __future__ import annotations

import json
from uuid import UUID

from huggg.database.pool import Database
from tests.support.commands import Huggg
from tests.support.jobs import in_hand
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import World

DEAD, WAITING = UUID(int=7), UUID(int=8)
FAILURE = "The service gave no answer."
MISSING = f"huggg: No job code.issue {DEAD} waits: it is done, under way, or was never enqueued.\n"


async def enqueue(database: Database) -> None:
    """A dead letter about a code, and a payment that waits for its second attempt."""
    await sql(
        database,
        "INSERT INTO jobs (kind, subject_id, customer_id, payload, due_at, attempts, failure, dead_at)"
        """ VALUES ('code.issue', $1, $1, '{}', now(), 500, $3, now()),
                   ('payment.settle', $2, $2, '{"processor": "fake"}', now() + interval '1 hour',
                    1, $3, NULL)""",
        DEAD,
        WAITING,
        FAILURE,
    )


async def states(huggg: Huggg, *options: str) -> list[tuple[str, str, int]]:
    listed = await huggg("job", "list", "--json", *options)
    assert listed.code == 0, listed.err
    return [(row["kind"], row["state"], row["attempts"]) for row in json.loads(listed.out)]


async def test_a_dead_letter_is_found_tried_again_and_dropped(world: World, huggg: Huggg) -> None:
    database = world.platform.database
    assert (await huggg("job", "list")).out == "Every job is done.\n"
    await enqueue(database)
    assert await states(huggg) == [("payment.settle", "waiting", 1), ("code.issue", "dead", 500)]
    assert await states(huggg, "--dead") == [("code.issue", "dead", 500)]
    assert await states(huggg, "--kind", "payment.settle") == [("payment.settle", "waiting", 1)]
    assert FAILURE in (await huggg("job", "list", "--dead")).out

    shown = json.loads((await huggg("job", "show", "code.issue", str(DEAD), "--json")).out)
    assert (shown["customer_id"], shown["failure"]) == (str(DEAD), FAILURE)

    assert (await huggg("job", "retry", "code.issue", str(DEAD))).code == 0
    assert await states(huggg, "--kind", "code.issue") == [("code.issue", "due", 0)]
    assert (await huggg("job", "list", "--dead")).out == "No job is dead.\n"

    assert (await huggg("job", "drop", "code.issue", str(DEAD))).code == 0
    assert await scalar(database, "SELECT array_agg(kind) FROM jobs") == ["payment.settle"]
    for command in ("show", "retry", "drop"):
        missing = await huggg("job", command, "code.issue", str(DEAD))
        assert (missing.code, missing.err) == (1, MISSING)


async def test_a_job_under_way_is_left_to_its_attempt(world: World, huggg: Huggg) -> None:
    database = world.platform.database
    await enqueue(database)
    assert (await huggg("job", "retry", "code.issue", str(DEAD))).code == 0
    await in_hand(database)
    async with nothing_moves(database):
        for command in ("retry", "drop"):
            refused = await huggg("job", command, "code.issue", str(DEAD))
            assert (refused.code, refused.err) == (1, MISSING)
