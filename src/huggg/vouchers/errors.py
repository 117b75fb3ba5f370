"""Refusals to make a voucher, and to import a file of codes."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal, Unavailable


class RedeemedWithoutVoucher(Refusal):
    """The huggg is spent and never had a voucher. The sentence is published."""

    kind = Kind.CONFLICT
    sentence = "huggg already redeemed."


class CancelledHuggg(Refusal):
    """The sender cancelled the huggg, with or without a voucher."""

    kind = Kind.CONFLICT
    sentence = "huggg is cancelled and cannot be redeemed."


class ExpiredWithoutVoucher(Refusal):
    """The huggg's last day is over and it never had a voucher. The sentence is published."""

    kind = Kind.CONFLICT
    sentence = "huggg is expired and cannot be redeemed."


class SegmentNeeded(Refusal):
    """The product's codes are kept by segment, and the request names none."""

    kind = Kind.INVALID
    sentence = "segmentId: is required for this product; embed purchase.segments to see its segments."


class SegmentOfAnotherProduct(Refusal):
    """The segment is unknown, or belongs to another product."""

    kind = Kind.INVALID
    sentence = "segmentId: is not a segment of this huggg's product."


class SegmentDiffers(Refusal):
    """The huggg has a voucher of another segment than the one that a person chose on its page."""

    kind = Kind.CONFLICT
    sentence = "segmentId: this huggg's voucher is of another segment, which does not change."


class NoIssuer(Refusal):
    """The brand has no issuer of codes yet."""

    kind = Kind.CONFLICT
    sentence = "No issuer is configured for this brand: an operator runs `huggg issuer set`."


class PoolEmpty(Refusal):
    """Every code of the pool is assigned, or ends before the huggg."""

    kind = Kind.CONFLICT
    example = "Segment 761299e9-f34d-11e8-80cd-02e611b48058 has no codes left."


class IssuerSilent(Unavailable):
    """The brand's service gave no usable answer. The same call may be made again safely."""

    sentence = "The brand's code service has not answered yet. Please try again."


class IssuerRefused(Refusal):
    """The brand's service refused, or gave an unusable code. An operator may ask under a new key."""

    kind = Kind.CONFLICT
    example = "The brand's code service refused: unknown product."


class NothingToReissue(Refusal):
    """The brand's service has not refused a code for this huggg."""

    kind = Kind.CONFLICT


class CannotReplace(Refusal):
    """The huggg's code is its own shortcode, or comes from the brand's own service."""

    kind = Kind.CONFLICT


class NoVoucher(Refusal):
    """The huggg has no code to show to staff."""

    kind = Kind.NOT_FOUND
    sentence = "This huggg has no voucher: its code was never asked for."


class BadCodes(Refusal):
    """The file has lines that cannot be codes; import took none of it."""

    kind = Kind.INVALID


class UnknownScope(Refusal):
    """The brand, segment, batch or huggg that the operator named does not exist."""

    kind = Kind.NOT_FOUND
