"""What the document says that no declaration does: about the whole, its parts, and what is in a path."""

from __future__ import annotations

INFO = {
    "title": "huggg API",
    "version": "2",
    "description": (
        "Buy hugggs, show them, redeem them.\n\n"
        "Every answer is JSON in an envelope with `data`; lists have pages of 20. Ask for related"
        " entities with `embed[]`: they come once each, under `embedded`; an API key needs the scope to"
        " read each. Every error is"
        ' `{"error": "<sentence>"}`. What takes an `Idempotency-Key` may be sent again with the same'
        " one: it has its effect once, and the same answer."
    ),
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}

TAGS = {
    "Logging in": "Tokens are opaque and last an hour. A client logs in first, its users through it.",
    "Account": "Who one is, and what one and one's team can pay with.",
    "Catalogue": "What can be given, and where it can be had. Any token may read it.",
    "Transactions": "Buying hugggs, one or a hundred thousand.",
    "Hugggs": "One present each, from link to last day. Wherever an id is asked for, a shortcode does.",
    "Till": "What a merchant's till asks: what to ring a huggg up as, redeem it, take that back.",
    "Processor": "What the card processor calls; nobody else has to.",
    "Legacy": "How earlier clients of the API buy and read. New ones need none of it.",
    "Health": "For load balancers, dashboards and readers.",
}
"""In the order of a reader's day; a tag that no operation has is left out."""

SECURITY_SCHEMES = {
    "accessToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "From `POST /oauth/token`: a client's own, or a user's.",
    },
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "A client's id and secret, each form-encoded as RFC 6749 2.3.1 has it.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Huggg-API-Key",
        "description": "A team's, from `huggg key create`; limited to its scopes.",
    },
}

PATH_PARAMETERS = {
    "huggg_id": ("The huggg's id or shortcode.", "z6xPIefA1gKvsxRb"),
    "transaction_id": ("The transaction's id.", "60dc8ffb-36a0-4602-9544-1c6a8e41a43c"),
    "redemption_id": ("The redemption's id, or `latest`.", "latest"),
    "brand_id": ("The brand's id.", "11111111-1111-4111-8111-111111111111"),
    "product_id": ("The product's id.", "22222222-2222-4222-8222-222222222221"),
    "corners": (
        "`latitude,longitude:latitude,longitude`, two opposite corners.",
        "61.091,-11.042:49.655,2.104",
    ),
    "team_id": ("The team's id.", "8a7c5a3e-6f0e-4e37-9a55-8d1a2a7a3f10"),
}
"""Description and example of each."""

_CORNER = r"-?[0-9]{1,3}(\.[0-9]{1,20})?,-?[0-9]{1,3}(\.[0-9]{1,20})?"
PATH_PATTERNS = {"corners": f"^{_CORNER}:{_CORNER}$"}
"""What those look like that are no ids; a malformed id is no different from one that is nobody's."""

HEADERS = {
    "Cache-Control": {
        "description": "`no-store`, but where an answer has an `ETag` to ask again with.",
        "schema": {"enum": ["no-store", "private, no-cache"]},
    },
    "ETag": {
        "description": "Names what the answer says, for `If-None-Match`.",
        "schema": {"type": "string"},
        "example": 'W/"9c1185a5c5e9fc54612808977ee8f548"',
    },
    "Vary": {
        "description": "The answer may be compressed.",
        "schema": {"const": "Accept-Encoding, Origin"},
    },
    "Location": {
        "description": "Where to read on.",
        "schema": {"type": "string"},
    },
    "X-Request-Id": {
        "description": "The request's name in our logs: the one it came with, or one of ours.",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": "What is left of the tighter limit, and in how many seconds all of it is back.",
        "schema": {"type": "string"},
        "example": '"caller";r=119999;t=1',
    },
    "RateLimit-Policy": {
        "description": "How many requests that limit allows in how many seconds.",
        "schema": {"type": "string"},
        "example": '"caller";q=120000;w=60',
    },
    "Retry-After": {
        "description": "In how many seconds it is worth trying again.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "Huggg-Hint": {
        "description": "What to do about a 403, beside its published sentence.",
        "schema": {"type": "string"},
    },
    "Link": {
        "description": "Where a list begins, what comes before, and, by `cursor`, what comes next.",
        "schema": {"type": "string"},
        "example": '<https://api.example/api/v2/products?cursor=AAFk>; rel="next"',
    },
    "Huggg-Ignored": {
        "description": "What was sent and means nothing here, by its place: `query.max_price`.",
        "schema": {"type": "string"},
        "example": "query.max_price, embed.theme, body.purchase.colour",
    },
    "Idempotent-Replayed": {
        "description": "The answer is the one that the same key got before.",
        "schema": {"const": "true"},
    },
}
