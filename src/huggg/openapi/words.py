"""Texts of the OpenAPI document that no declaration has: introduction, tags, paths and headers."""

from __future__ import annotations

INFO = {
    "title": "huggg API",
    "version": "2",
    "description": (
        "Buy hugggs, show them, redeem them.\n\n"
        "An answer is JSON in an envelope with `data`, but for those that are published otherwise, such"
        " as tokens and the logged-in user; sheets are PDFs. Lists have pages of 20. Ask for related"
        " entities with `embed[]`: they come once each, under `embedded`; an API key needs the scope to"
        ' read each. Every error of the API is `{"error": "<sentence>"}`. A request that takes an'
        " `Idempotency-Key` may be sent again with the same key: it takes effect once and gets the same"
        " answer."
    ),
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}

TAGS = {
    "Logging in": "Tokens are opaque and last an hour. A client logs in first, its users through it.",
    "Account": "The logged-in user, their team, its wallets and the user's cards.",
    "Catalogue": "Brands, products, stores and the map. Any token may read them.",
    "Transactions": "Buying hugggs, one or a hundred thousand.",
    "Hugggs": "One present each, from link to last day. A shortcode does in place of a huggg's id.",
    "Deliveries": "Messages to receivers, their states, and the reports of mail servers and providers.",
    "Till": "The calls of a merchant's till: adjustment codes, redeem, unredeem, hold.",
    "Processor": "The webhook of the card processor; no other client needs it.",
    "Legacy": "Endpoints of the first API, for earlier clients. New clients need none of them.",
    "Health": "For load balancers, dashboards and readers.",
}
"""The tags in the order of the document, which leaves out a tag without operations."""

SECURITY_SCHEMES = {
    "accessToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token from `POST /oauth/token`, a client's own or a user's.",
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
        "description": "A team's API key, from `huggg api-key create`, limited to its scopes.",
    },
}

PATH_PARAMETERS = {
    "huggg_id": ("The huggg's id or shortcode.", "z6xPIefA1gKvsxRb"),
    "transaction_id": ("The transaction's id.", "60dc8ffb-36a0-4602-9544-1c6a8e41a43c"),
    "redemption_id": ("The redemption's id, or `latest`.", "latest"),
    "key": ("The idempotency key.", "order-2026-0117"),
    "hold_id": ("The hold's id.", "0b5e1d0e-6a55-4c1a-9a2f-6d1f6b1c2a37"),
    "scan_id": ("The id that the till gave the scan, a GUID.", "5e0c1c1e-1d39-4c5b-9c77-2a8b7a4f2d11"),
    "brand_id": ("The brand's id.", "11111111-1111-4111-8111-111111111111"),
    "product_id": ("The product's id.", "22222222-2222-4222-8222-222222222221"),
    "corners": (
        "`latitude,longitude:latitude,longitude`, two opposite corners.",
        "61.091,-11.042:49.655,2.104",
    ),
    "team_id": ("The team's id.", "8a7c5a3e-6f0e-4e37-9a55-8d1a2a7a3f10"),
    "delivery_id": ("The message's id.", "5b1f3a62-0a1c-4f0e-8a57-2f6f5f0c9d11"),
}
"""Description and example of each."""

_CORNER = r"-?[0-9]{1,3}(\.[0-9]{1,20})?,-?[0-9]{1,3}(\.[0-9]{1,20})?"
PATH_PATTERNS = {"corners": f"^{_CORNER}:{_CORNER}$"}
"""Patterns of path parameters. Ids have none: a malformed id is answered like an unknown one."""

HEADERS = {
    "Cache-Control": {
        "description": "`no-store`, unless the answer has an `ETag` for revalidation.",
        "schema": {"enum": ["no-store", "private, no-cache"]},
    },
    "ETag": {
        "description": "A hash of the answer, for `If-None-Match`.",
        "schema": {"type": "string"},
        "example": 'W/"9c1185a5c5e9fc54612808977ee8f548"',
    },
    "Vary": {
        "description": "The answer may be compressed.",
        "schema": {"const": "Accept-Encoding, Origin"},
    },
    "Preference-Applied": {
        "description": "Present where the answer is that of an earlier request, as `Prefer` allows.",
        "schema": {"type": "string"},
        "example": "repeat=15",
    },
    "X-Request-Id": {
        "description": "The request's name in the server's logs: the caller's own, or a generated one.",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": "The requests left of the tighter limit, and the seconds until it is full again.",
        "schema": {"type": "string"},
        "example": '"caller";r=119999;t=1',
    },
    "RateLimit-Policy": {
        "description": "The requests that this limit allows, and the seconds for which it does.",
        "schema": {"type": "string"},
        "example": '"caller";q=120000;w=60',
    },
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "Huggg-Hint": {
        "description": "Advice about a 403, beside its published sentence.",
        "schema": {"type": "string"},
    },
    "Link": {
        "description": "The first page, the previous page and, by `cursor`, the next page of a list.",
        "schema": {"type": "string"},
        "example": '<https://api.example/api/v2/products?cursor=AAFk>; rel="next"',
    },
    "Huggg-Ignored": {
        "description": (
            "Parameters and fields that were ignored: unknown ones such as `query.max_price`, and"
            " `body.segmentId` where the voucher is of another segment."
        ),
        "schema": {"type": "string"},
        "example": "query.max_price, embed.theme, body.purchase.colour",
    },
    "Idempotent-Replayed": {
        "description": "The answer is a replay of the first one under this key.",
        "schema": {"const": "true"},
    },
}
