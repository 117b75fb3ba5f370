"""`GET /api/v2/hugggs/sent` and `GET /api/v2/hugggs/{id}`."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.listing import EMBEDS, published_list
from huggg.hugggs.reference import reference
from huggg.hugggs.store import count_sent, find_huggg, hugggs_sent
from huggg.hugggs.wire import published_huggg
from huggg.identity.caller import Caller
from huggg.kit.listing import entity_response
from huggg.kit.pagination import asked_page
from huggg.kit.platform import Platform
from huggg.kit.web import AnyRequest, query_of

SENT_EMBEDS = (*EMBEDS, "redeemed")


@get("/api/v2/hugggs/sent")
async def get_sent(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    platform: NamedDependency[Platform],
) -> Response[bytes]:
    """List what the caller bought, newest first, whatever became of it."""
    sender_id, page = caller.required_user(), asked_page(query_of(request))
    seen = await hugggs_sent(platform.database, platform.vault, sender_id, page)
    total = await count_sent(platform.database, sender_id)
    return await published_list(request, platform, seen, page=page, total=total, embeds=SENT_EMBEDS)


@get("/api/v2/hugggs/{huggg_id:str}")
async def get_huggg(
    request: AnyRequest,
    huggg_id: FromPath[str],
    caller: NamedDependency[Caller],
    platform: NamedDependency[Platform],
) -> Response[bytes]:
    """Show a huggg to its sender or receiver; to anybody else there is none."""
    user_id = caller.required_user()
    seen = await find_huggg(platform.database, platform.vault, reference(platform.vault, huggg_id))
    if seen.now is None or user_id not in (seen.hugggs[0].sender_id, seen.hugggs[0].receiver_id):
        raise HugggNotFound
    [huggg] = seen.hugggs
    data = published_huggg(huggg, now=seen.now, launch_url=platform.launch_url)
    return await entity_response(request, platform, "hugggs", huggg, data=data, embeds=SENT_EMBEDS)


HANDLERS = [get_sent, get_huggg]
