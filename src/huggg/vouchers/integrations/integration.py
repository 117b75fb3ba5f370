"""The differences of integrations: the origin of the code, its moment, and its form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from huggg.vouchers.issuers.issuer import IssuerKind


class CodeOwner(StrEnum):
    """The origin of the voucher's code."""

    ISSUER = "issuer"  # one that the brand's till knows
    HUGGG = "huggg"  # the huggg's own shortcode, with which the till calls us
    NONE = "none"  # no code: the store's PIN redeems it on the recipient's phone


class Moment(StrEnum):
    """The moment at which the voucher is made."""

    PURCHASE = "purchase"
    ACTIVATION = "activation"  # when the recipient asks for it


class Symbol(StrEnum):
    """The form in which the code is shown."""

    NUMBER = "number"
    QR = "qr"
    BARCODE = "barcode"
    PIN_PAD = "pin pad"


@dataclass(frozen=True, slots=True)
class Integration:
    """One way of taking hugggs."""

    id: int
    code_owner: CodeOwner
    moment: Moment
    shown_as: Symbol
    per_segment: bool = False  # the recipient has to choose a segment
    issuer: IssuerKind | None = None  # the issuer, unless an operator configured another
