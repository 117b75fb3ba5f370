"""The figures of `/metrics`, as Prometheus reads them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

from huggg.kit.ids import new_id
from huggg.metrics.series import SERIES
from huggg.settings.settings import Settings
from tests.conftest import served
from tests.support.sql import sql
from tests.support.world import World

SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


async def figures(http: httpx2.AsyncClient) -> dict[str, float]:
    """Read them, each under its name and the values of its labels."""
    answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        " ".join([name, *re.findall(r'"([^"]*)"', labels)]): float(value)
        for name, labels, value in SAMPLE.findall(answer.text)
    }


@pytest.fixture
async def fresh(settings: Settings, world: World) -> AsyncIterator[World]:
    """The world behind a server that has counted nothing yet."""
    async with served(replace(settings, caller_requests_max=40, misses_max=20, worker="apart")) as http:
        yield replace(world, http=http)


async def test_every_metric_is_told_of_from_the_beginning(fresh: World) -> None:
    text = (await fresh.http.get("/metrics")).text
    typed = re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE)
    assert typed == [(series.name, series.kind.value) for series in SERIES]


async def test_a_day_at_the_till_is_counted(fresh: World) -> None:
    one, _ = await fresh.buy(quantity=2)
    await fresh.redeem(one["id"], Idempotency_Key="a")
    await fresh.redeem(one["id"], Idempotency_Key="a")  # told again, and not counted again
    await fresh.redeem(one["id"])
    await fresh.unredeem(one["id"])
    await fresh.redeem("nosuchshortcode1")
    await fresh.call("POST", "/api/v2/transactions", fresh.amara, fresh.order(new_id()))
    await fresh.http.post("/oauth/token", json={"grant_type": "password; DROP"})
    await fresh.http.get("/nowhere")

    metrics = await figures(fresh.http)
    expected = {
        "huggg_redemptions_total redeemed": 1,
        "huggg_redemptions_total HugggAlreadyRedeemed": 1,
        "huggg_redemptions_total unredeemed": 1,
        "huggg_redemptions_total HugggNotFound": 1,
        "huggg_purchases_total bought": 1,
        "huggg_purchases_total NotForSale": 1,
        "huggg_hugggs_bought_total": 2,
        "huggg_logins_total unknown UnknownGrant": 1,
        "huggg_misses_total": 1,
        "huggg_requests_total redeemHuggg 201": 2,
        "huggg_requests_total redeemHuggg 405": 1,
        "huggg_requests_total redeemHuggg 404": 1,
        "huggg_requests_total none 404": 1,
        "huggg_request_seconds_count redeemHuggg": 4,
        "huggg_request_seconds_bucket +Inf redeemHuggg": 4,
        "huggg_requests_in_flight": 1,  # this very one
        "huggg_processes": 1,
        "huggg_pool_connections_max": 19,  # of twenty, one is for the bulk thread
        "huggg_pool_waiting": 0,
        "huggg_batch_waiting redeem": 0,
        "huggg_queue_lag_seconds code.issue": 0,
    }
    assert {name: metrics.get(name) for name in expected} == expected
    assert (
        metrics["huggg_statement_seconds_count redeem"] == metrics["huggg_batch_items_count redeem"] == 1
    )
    assert metrics["huggg_batch_items_sum redeem"] == 1


async def test_refusals_by_a_limit_are_counted_by_their_policy(fresh: World) -> None:
    for _ in range(42):
        await fresh.call("GET", "/api/v2/brands", fresh.amara)
    metrics = await figures(fresh.http)
    assert metrics["huggg_limited_total caller"] == 2
    assert metrics["huggg_requests_total listBrands 429"] == 2


async def test_no_label_holds_what_a_caller_wrote(fresh: World) -> None:
    for path in ("/api/v2/hugggs/secretcode", "/secretcode", "/api/v2/secretcode?secretcode"):
        await fresh.call("GET", path, fresh.amara)
        await fresh.call("SECRETCODE", path, fresh.amara)
    assert "secretcode" not in (await fresh.http.get("/metrics")).text.lower()


JOBS = """
INSERT INTO jobs (kind, subject_id, customer_id, created_at, due_at, lease_id, lease_until, dead_at)
SELECT 'code.issue', gen_random_uuid(), gen_random_uuid(), now() - interval '2 hours', now() + due,
       CASE WHEN leased > interval '0' THEN gen_random_uuid() END,
       CASE WHEN leased > interval '0' THEN now() + leased END,
       CASE WHEN dead THEN now() END
  FROM (VALUES (interval '-1 hour', interval '0', false), ('-1 minute', '0', false),
               ('1 minute', '0', false), ('-2 hours', '9 seconds', false),
               ('-3 hours', '0', true)) AS j (due, leased, dead)
"""
"""Two that are due, one that waits, one under way, and a dead letter."""


async def test_how_the_queue_stands_is_told(fresh: World) -> None:
    await sql(fresh.platform.database, JOBS)
    metrics = await figures(fresh.http)
    assert round(metrics["huggg_queue_lag_seconds code.issue"]) == 3600
    assert round(metrics["huggg_queue_oldest_seconds code.issue"]) == 7200
    jobs = {
        state: metrics[f"huggg_jobs code.issue {state}"]
        for state in ("due", "waiting", "under way", "dead")
    }
    assert jobs == {"due": 2, "waiting": 1, "under way": 1, "dead": 1}
    assert metrics["huggg_jobs payment.settle due"] == 0


async def test_metrics_are_told_while_the_database_is_away(settings: Settings) -> None:
    nowhere = replace(settings, database_url="postgresql://huggg@127.0.0.1:1/huggg")
    async with served(nowhere) as http:
        for _ in range(3):
            assert (
                await http.get("/api/v2/brands", headers={"Authorization": "Bearer x"})
            ).status_code == 503
        metrics = await figures(http)
    assert metrics["huggg_limits_blind_total address"] == 3
    assert "huggg_queue_lag_seconds code.issue" not in metrics
