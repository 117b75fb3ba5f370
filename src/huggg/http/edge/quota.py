"""The `RateLimit` headers, as draft-ietf-httpapi-ratelimit-headers has them."""

from __future__ import annotations

from functools import lru_cache

from huggg.http.edge.headers import HeaderLines
from huggg.http.request_context import RequestContext
from huggg.kit.bucket import Policy


def quota_headers(context: RequestContext) -> HeaderLines:
    """Give the headers with the rest of the caller's quota or the address's, the tighter of the two.

    There are none while the rest is unknown, because the database is away or the limit is off.
    """
    lease, address = context.of_caller, context.at_address
    if lease is None or (address is not None and address.is_tighter_than(lease)):
        lease = address
    if lease is None or not lease.known:
        return []
    policy, remaining = lease.policy, lease.remaining
    policy_text, name = _policy_text(policy)
    return [
        (b"ratelimit-policy", policy_text),
        (b"ratelimit", b"%b;r=%d;t=%d" % (name, remaining, policy.full_in(remaining))),
    ]


@lru_cache(maxsize=16)
def _policy_text(policy: Policy) -> tuple[bytes, bytes]:
    name = b'"%b"' % policy.name.encode()
    return b"%b;q=%d;w=%d" % (name, policy.quota, policy.seconds), name
