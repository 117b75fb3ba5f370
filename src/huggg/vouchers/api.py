"""`POST /api/v2/hugggs/{id}/voucher`, and `…/voucher/claimed`, which is the same."""

from __future__ import annotations

from datetime import datetime

from huggg.http.body import read_body
from huggg.http.listing import requested_embeds
from huggg.http.operation import Embeds, One, Operation
from huggg.http.route import post
from huggg.http.slips import tell_ignored
from huggg.http.web import Request, Response, json_response
from huggg.hugggs.errors import HugggNotFound, HugggNotPicked, HugggNotYetSent
from huggg.hugggs.guess_guard import guess_guard
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.listing import EMBEDS as EMBEDS_OF_HUGGG
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference, reference
from huggg.hugggs.showing import note_shown
from huggg.hugggs.store import huggg_from, lookup_huggg
from huggg.hugggs.visible import LOOKS_MAX
from huggg.hugggs.wire import PublishedHuggg
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.platform import Platform
from huggg.vouchers.errors import (
    CancelledHuggg,
    ExpiredWithoutVoucher,
    IssuerRefused,
    IssuerSilent,
    NoIssuer,
    PoolEmpty,
    RedeemedWithoutVoucher,
    SegmentNeeded,
    SegmentOfAnotherProduct,
)
from huggg.vouchers.generate import generate
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.store import lookup_subject
from huggg.vouchers.voucher import SegmentRequest, may_show
from huggg.vouchers.wire import (
    PublishedVoucher,
    VoucherBody,
    published_huggg_of_voucher,
    requested_segment,
)

EMBEDS = Embeds("hugggs", EMBEDS_OF_HUGGG.relations, always=("voucher",))

VOUCHER = Operation(
    id="generateVoucher",
    tag="Hugggs",
    summary="Turn a huggg into its code",
    body=VoucherBody,
    body_required=False,
    example={"segmentId": "761299e9-f34d-11e8-80cd-02e611b48058", "embed": ["voucher.segment"]},
    answer=One(PublishedHuggg),
    embeds=EMBEDS,
    refuses=(
        Malformed,
        Invalid,
        HugggNotFound,
        RedeemedWithoutVoucher,
        CancelledHuggg,
        ExpiredWithoutVoucher,
        HugggNotYetSent,
        HugggNotPicked,
        SegmentNeeded,
        SegmentOfAnotherProduct,
        PoolEmpty,
        NoIssuer,
        IssuerRefused,
        IssuerSilent,
    ),
)


def lookup_requested(huggg_id: str, body: bytes, platform: Platform) -> Lookup:
    """Prepare to read the huggg of the path, with the segment of the body. Raises Malformed, Invalid."""
    segment = requested_segment(read_body(body, VoucherBody))
    return lookup_subject(
        platform.database,
        reference(platform.vault, huggg_id),
        segment_id=segment.id if segment else None,
    )


@post(
    "/api/v2/hugggs/{huggg_id}/voucher",
    "/api/v2/hugggs/{huggg_id}/voucher/claimed",
    operation=VOUCHER,
    lookup=lookup_requested,
)
async def post_voucher(
    request: Request,
    lookup: Lookup,
    body: bytes,
    caller: Caller,
    platform: Platform,
    issuers: Issuers,
    guesses: Guesses,
    launch_url: str,
) -> Response:
    """Generate the huggg's voucher, or return its existing one.

    Before its day a scheduled huggg is answered 404, and its sender gets 405. Showing a code spends
    nothing: a till can still redeem the huggg afterwards. But the value of a huggg whose code was shown
    returns no more where the merchant's tills take the code by themselves. A voucher that exists keeps
    its segment: it is returned for each `segmentId`, and `Huggg-Ignored` names one that differs.
    In this answer alone, as published, `created_at` of the huggg is an instant, and an unset
    `redeemed_id` is empty.
    """
    document = read_body(body, VoucherBody)
    segment = requested_segment(document)
    embed = requested_embeds(request, EMBEDS, also=document.embed)
    database, vault = platform.database, platform.vault
    address = request.context.address
    async with guess_guard(lookup.huggg, address=address, caller=caller, guesses=guesses):
        await generate(database, vault, issuers, lookup, segment, caller=caller)
    huggg, now = await _with_voucher(lookup.huggg, platform, caller=caller)
    data = published_huggg_of_voucher(huggg, now=now, launch_url=launch_url)
    embedded = await request.site.embedding.embed(
        database, "hugggs", [huggg], relations=[*EMBEDS.always, *embed]
    )
    if segment is not None and embedded is not None:
        _tell_ignored_segment(segment, embedded["vouchers"])
    return json_response({"data": data, "embedded": embedded})


def _tell_ignored_segment(segment: SegmentRequest, vouchers: list[PublishedVoucher]) -> None:
    """Note for the answer that its voucher is of another segment than the requested one."""
    if any(voucher.segment_id != segment.id for voucher in vouchers):
        tell_ignored("body.segmentId")


async def _with_voucher(
    reference: HugggReference, platform: Platform, *, caller: Caller
) -> tuple[Huggg, datetime]:
    """Read a huggg whose voucher was just made, and note that its code is shown.

    It may have moved meanwhile, to a receiver whose link and code are not this caller's. A huggg whose
    code cannot be noted changed since the look, and is looked up again. Raises HugggNotFound.
    """
    for _ in range(LOOKS_MAX):
        row = await lookup_huggg(platform.database, reference).row()
        if row["id"] is None or not may_show(
            caller,
            sender_id=row["sender_id"],
            receiver_id=row["receiver_id"],
            sent_at=row["sent_at"],
            now=row["now"],
        ):
            raise HugggNotFound
        to_receiver = caller.user_id != row["sender_id"]
        has_code = not await note_shown(platform.database, [row], to_receiver=to_receiver)
        if has_code:
            break
    return huggg_from(row, platform.vault, has_code=has_code), row["now"]


ROUTES = [post_voucher]
