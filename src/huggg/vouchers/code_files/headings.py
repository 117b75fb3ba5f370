"""Headings: the names that merchants and their suppliers give to the columns of a code file."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from huggg.vouchers.code_files.hints import ColumnRole

NAMES = {
    ColumnRole.CODE: """
        code codes codenumber voucher vouchers vouchercode vouchercodes vouchernumber vouchernumbers
        voucherno giftcode giftcard giftcards giftcardcode giftcardnumber giftcardno giftvoucher
        giftvouchercode giftcertificate giftcertificatenumber egiftcode egiftcard egiftcardnumber
        ecode evoucher evouchercode card cardnumber cardno cardcode coupon couponcode couponnumber
        promo promocode promotioncode discountcode redemptioncode redeemcode claimcode
        activationcode barcode barcodenumber uniquecode gutschein gutscheine gutscheincode
        gutscheincodes gutscheinnummer gutscheinnr kartennummer kartennr karte geschenkkarte
        geschenkkartennummer geschenkcode aktionscode rabattcode einlosecode strichcode bon codebon
        numerobon bondachat bonachat codedachat codecadeau cartecadeau codecartecadeau numerocarte
        numerodecarte numerocartecadeau numerodecartecadeau numerodelacarte chequecadeau codepromo
        codebarres coupons couponcodes codigo codigos codigodevale vale numerodevale codigodecupon
        cupon tarjeta tarjetaregalo numerotarjeta numerodetarjeta numerodetarjetaregalo codigoregalo
        codigoderegalo codigopromocional codigodebarras codigodescuento codigodedescuento
    """,
    ColumnRole.PIN: """
        pin pins pincode pinnumber pinno cardpin giftcardpin voucherpin securitycode securitypin
        scratchcode accesscode passcode pinnummer pinnr geheimzahl sicherheitscode kartenpin codepin
        codesecret codesecurite codedesecurite codeconfidentiel codigopin clave claveacceso
        codigodeseguridad codigoseguridad
    """,
    ColumnRole.EXPIRES: """
        expiry expires expire expiresat expireson expiration expirydate expirationdate expiredate
        dateofexpiry expdate exp validuntil validto validtill validthrough goodthrough goodthru
        gooduntil useby usebydate enddate endson ablauf ablaufdatum ablaufam verfall verfallsdatum
        verfalldatum gultigbis gueltigbis einlosbarbis gultigkeitsende lauftabam dateexpiration
        datedexpiration expirele dateecheance echeance valablejusquau valablejusqua validejusquau
        datedefin datefin findevalidite datefindevalidite datelimite caducidad fechacaducidad
        fechadecaducidad fechadeexpiracion fechaexpiracion vencimiento fechavencimiento
        fechadevencimiento validohasta caduca vence expira
    """,
}
ROLE_OF = {name: role for role, names in NAMES.items() for name in names.split()}


def role_of(heading: str) -> ColumnRole | None:
    """Recognise a heading, in English, German, French or Spanish."""
    return ROLE_OF.get(plain(heading))


def plain(heading: str) -> str:
    """Reduce a heading to its letters and digits: no case, accents, blanks or signs."""
    apart = unicodedata.normalize("NFKD", heading.casefold())
    return "".join(symbol for symbol in apart if symbol.isalnum())


def has_code_heading(row: Sequence[str]) -> bool:
    """Tell whether one of these cells is a heading of codes."""
    return any(role_of(cell) is ColumnRole.CODE for cell in row)


def is_heading(row: Sequence[str]) -> bool:
    """Tell whether these cells are headings: one known name is enough."""
    return any(role_of(cell) is not None for cell in row)
