"""Calls of tills that may lose their network: the public keys of offline codes."""

from __future__ import annotations

from huggg.http.operation import Each, Operation
from huggg.http.route import get
from huggg.http.web import Response, json_response
from huggg.kit.platform import Platform
from huggg.offline.wire import PublishedSigningKey, published_signing_keys

KEYS = Operation(
    id="listSigningKeys",
    tag="Till",
    summary="The public keys of offline codes",
    answer=Each((PublishedSigningKey,)),
    keepable=True,
)


@get("/api/v2/signing-keys", operation=KEYS)
async def get_signing_keys(platform: Platform) -> Response:
    """List the public keys that offline codes are verified by, with no need of a token.

    A new key is listed before codes are signed under it. Codes under older keys stay good.
    """
    return json_response({"data": published_signing_keys(platform.vault.public_keys)})


ROUTES = [get_signing_keys]
