"""Why no voucher was made, and why a file of codes was not taken."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal, Unavailable


class RedeemedWithoutVoucher(Refusal):
    """It is spent; the published words for that."""

    kind = Kind.CONFLICT
    sentence = "huggg already redeemed."


class CancelledHuggg(Refusal):
    """Its sender took it back, voucher or not."""

    kind = Kind.CONFLICT
    sentence = "huggg is cancelled and cannot be redeemed."


class ExpiredWithoutVoucher(Refusal):
    """Its last day is over; the published words for that."""

    kind = Kind.CONFLICT
    sentence = "huggg is expired and cannot be redeemed."


class SegmentNeeded(Refusal):
    """The product's codes are kept by segment, and none was named."""

    kind = Kind.INVALID
    sentence = "segmentId: is required for this product; embed purchase.segments to see its segments."


class SegmentOfAnotherProduct(Refusal):
    """No such segment, or not one of this product's."""

    kind = Kind.INVALID
    sentence = "segmentId: is not a segment of this huggg's product."


class SegmentDiffers(Refusal):
    """The huggg has its voucher, of another segment than the one that is asked for now."""

    kind = Kind.CONFLICT
    sentence = "segmentId: this huggg's voucher is of another segment, which does not change."


class NoIssuer(Refusal):
    """Nobody makes codes for this brand yet."""

    kind = Kind.CONFLICT
    sentence = "No issuer is configured for this brand: an operator runs `huggg issuer set`."


class PoolEmpty(Refusal):
    """Every code is given away for good, or ends before the huggg does."""

    kind = Kind.CONFLICT
    example = "Segment 761299e9-f34d-11e8-80cd-02e611b48058 has no codes left."


class IssuerSilent(Unavailable):
    """The brand's service gave no answer that settles it. The same call may be made again safely."""

    sentence = "The brand's code service has not answered yet. Please try again."


class IssuerRefused(Refusal):
    """The brand's service said no, or gave what cannot be used; an operator may ask under a new key."""

    kind = Kind.CONFLICT
    example = "The brand's code service refused: unknown product."


class NothingToReissue(Refusal):
    """An operator wants a code asked for anew that was not refused."""

    kind = Kind.CONFLICT


class CannotReplace(Refusal):
    """An operator wants another code for a huggg whose code is not ours to choose."""

    kind = Kind.CONFLICT


class NoVoucher(Refusal):
    """There is no code to show to staff."""

    kind = Kind.NOT_FOUND
    sentence = "This huggg has no voucher: its code was never asked for."


class BadCodes(Refusal):
    """A file with lines that cannot be codes; none of it was taken."""

    kind = Kind.INVALID


class UnknownScope(Refusal):
    """An operator named a brand, segment, batch or huggg that does not exist."""

    kind = Kind.NOT_FOUND
