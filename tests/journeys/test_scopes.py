"""The relations that an API key is shown by its scopes: every operation, and each row of the table.

The expected scopes stand here by name. So an operation, an entity or a relation that is new, or a row of
the table that says something else than its route does, fails the build.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from huggg.http.operation import Embeds, One, Page
from huggg.http.route import Route
from huggg.identity.permissions import PERMISSIONS, Scope, Standing, permit
from huggg.kit.errors import Forbidden
from huggg.server.routes import ROUTES
from tests.journeys.test_access import CELLS
from tests.support.cast import REQUESTS, Cast, gather_cast
from tests.support.openapi import embedding
from tests.support.silence import nothing_moves
from tests.support.sql import sql
from tests.support.world import World

OPERATIONS = {
    Scope.ACCOUNT_READ: "showIdempotencyKey showMe showTeam",
    Scope.CARDS_READ: "listCards",
    Scope.CATALOGUE_READ: "listBrands showBrand listProducts showProduct listStores showTiles",
    Scope.HUGGGS_CANCEL: "cancelHuggg cancelTransaction",
    Scope.HUGGGS_CHANGE: "changeHuggg changeTransaction",
    Scope.HUGGGS_CLAIM: "claimHuggg pickProduct",
    Scope.HUGGGS_READ: (
        "listTransactionHugggs listSentHugggs listReceivedHugggs searchHugggs showHuggg showHugggWhole"
        " listThanks listHugggDeliveries listTransactionDeliveries printHuggg printTransaction"
    ),
    Scope.HUGGGS_REDEEM: (
        "showAdjustmentCodes redeemHuggg unredeemHuggg holdHuggg confirmHold reverseHold"
        " redeemHugggOnce reverseRedemption showAtTill"
    ),
    Scope.TRANSACTIONS_CREATE: "createTransaction sendHug deliverHugggAgain",
    Scope.TRANSACTIONS_READ: "listTransactions showTransaction",
    Scope.VOUCHERS_GENERATE: "generateVoucher",
    Scope.WALLETS_READ: "listWallets",
}
SCOPES = {
    operation: scope for scope, operations in OPERATIONS.items() for operation in operations.split()
}

OF_STAFF = {
    *("listRedemptions", "showOfflineKit", "takeInOfflineScan"),
    *("listOfflineConflicts", "settleOfflineConflict"),
}
"""Operations that a merchant's staff alone may ask for, so that no scope opens them to an API key."""

ENTITIES = {
    Scope.CATALOGUE_READ: "brands products stores segments integrations",
    Scope.HUGGGS_READ: "hugggs messages vouchers redemptions",
}
NEEDED = {entity: scope for scope, entities in ENTITIES.items() for entity in entities.split()}

STANDINGS = {
    "client": Standing.CLIENT,
    **dict.fromkeys(("alone", "participant", "admin", "viewer", "subteam"), Standing.CUSTOMER),
    **dict.fromkeys(("till", "bath", "kettle"), Standing.MERCHANT),
    "operator": Standing.OPERATOR,
    "key": Standing.KEY,
}

ROUTE_OF = {route.operation.id: route for route in ROUTES}
EMBEDDED = [
    (route.operation.id, relation)
    for route in ROUTES
    if route.operation.embeds
    for relation in route.operation.embeds.relations
]


@pytest.fixture(scope="module")
async def cast(town: World) -> Cast:
    return await gather_cast(town)


def scopes_on(embeds: Embeds, relation: str) -> Iterator[Scope]:
    """The scopes of all entities on the way to a relation, but for those that are shown anyway."""
    edges, entity, names = embedding()._edges, embeds.source, relation.split(".")
    for depth, name in enumerate(names, start=1):
        entity = edges[entity, name].target.plural
        if ".".join(names[:depth]) not in embeds.always:
            yield NEEDED[entity]


async def limit(cast: Cast, scopes: Iterable[Scope]) -> None:
    """Limit the cast's key, whose user stays the one that things belong to."""
    text = "UPDATE api_keys SET scopes = $1::text[] WHERE user_id = $2"
    await sql(cast.world.platform.database, text, sorted(scopes), cast.key_user)


def test_each_operation_needs_the_scope_that_is_written_here() -> None:
    needed = {name: row.scope for name, row in PERMISSIONS.items() if not row.public}
    assert needed == SCOPES | dict.fromkeys(OF_STAFF)
    assert set(PERMISSIONS) == set(ROUTE_OF)


def test_each_entity_that_a_relation_leads_to_needs_the_scope_that_is_written_here() -> None:
    targets = [edge.target for edge in embedding()._edges.values()]
    assert {target.plural: target.scope for target in targets} == NEEDED


def test_a_list_needs_the_scope_that_embedding_its_entities_does() -> None:
    by_shape = {edge.target.shape: edge.target.scope for edge in embedding()._edges.values()}
    read = [route.operation for route in ROUTES if route.method == "GET"]
    listed = {o.id: o.answer.of for o in read if isinstance(o.answer, One | Page)}
    entities = {name: by_shape[shape] for name, shape in listed.items() if shape in by_shape}
    assert entities == {name: SCOPES[name] for name in entities}
    assert "listTransactionHugggs" in entities


@pytest.mark.parametrize("name", PERMISSIONS)
def test_each_row_lets_those_pass_whom_the_route_serves(name: str) -> None:
    cells = [row for operation in (name, f"{name}Claimed") for row in CELLS.get(operation, {}).values()]
    assert PERMISSIONS[name].public == ("caller" not in ROUTE_OF[name].takes)
    if PERMISSIONS[name].public:
        return
    served = {STANDINGS[c] for row in cells for c in STANDINGS if row[c] != 403}
    passed = {standing for standing in Standing if passes(name, standing)}
    assert served <= passed
    # A user may pass and have no wallet to pay from; a program that passes is served with something.
    assert (Standing.CLIENT in passed) == (Standing.CLIENT in served)


def passes(name: str, standing: Standing) -> bool:
    try:
        permit(name, standing=standing, scopes=None)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize("name", SCOPES)
async def test_a_key_needs_the_scope_and_no_other(cast: Cast, name: str) -> None:
    target, expected = next(iter(CELLS[name].items()))
    request = await REQUESTS[name](cast, "key", target)
    await limit(cast, set(Scope) - {SCOPES[name]})
    async with nothing_moves(cast.world.platform.database, but=("api_keys",)):
        refused = await cast.call("key", request)
    assert (refused.status_code, refused.json()) == (403, {"error": "Forbidden."})
    await limit(cast, {SCOPES[name]})
    assert (await cast.call("key", request)).status_code == expected["key"]
    await limit(cast, Scope)


@pytest.mark.parametrize(("name", "relation"), EMBEDDED)
async def test_an_embed_needs_the_scope_of_each_entity_on_the_way(
    cast: Cast, name: str, relation: str
) -> None:
    embeds = embeds_of(ROUTE_OF[name])
    target, expected = next(iter(CELLS[name].items()))
    method, path, body = await REQUESTS[name](cast, "key", target)
    ways = [(method, f"{path}?embed[]={relation}", body)]
    if body is not None:
        ways.append((method, path, body | {"embed": [relation]}))
    needed = {SCOPES[name], *scopes_on(embeds, relation)}
    for way in ways:
        for missing in needed - {SCOPES[name]}:
            await limit(cast, set(Scope) - {missing})
            async with nothing_moves(cast.world.platform.database, but=("api_keys",)):
                refused = await cast.call("key", way)
            assert (refused.status_code, refused.json()) == (403, {"error": "Forbidden."})
        await limit(cast, needed)
        assert (await cast.call("key", way)).status_code == expected["key"]
    await limit(cast, Scope)


def embeds_of(route: Route) -> Embeds:
    assert route.operation.embeds is not None
    return route.operation.embeds


async def test_a_token_is_limited_by_no_scope(cast: Cast) -> None:
    _, huggg = await cast.buy("participant")
    answer = await cast.call("participant", ("GET", "/api/v2/transactions?embed[]=hugggs", None))
    assert (answer.status_code, answer.json()["embedded"]["hugggs"][0]["id"]) == (200, huggg)
