"""Apple's form of a pass (`.pkpass`): a zip of facts and pictures, with a manifest that is signed."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from hashlib import sha1
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from huggg.gift.symbols import Symbology
from huggg.passes.gift_pass import GiftPass

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

# The library of certificates takes a sixth of a second to import: servers without passes start without.

MEDIA_TYPE = "application/vnd.apple.pkpass"

FORMATS = {
    Symbology.QR: "PKBarcodeFormatQR",
    Symbology.PDF_417: "PKBarcodeFormatPDF417",
    Symbology.AZTEC: "PKBarcodeFormatAztec",
    Symbology.CODE_128: "PKBarcodeFormatCode128",
    Symbology.EAN_13: "PKBarcodeFormatCode128",  # the wallet draws no EAN; scanners read both
    Symbology.DATA_MATRIX: "PKBarcodeFormatQR",
}


@dataclass(frozen=True, slots=True)
class AppleIdentity:
    """The certificate of a pass type with its key, and the certificates that vouch for it."""

    path: Path
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    vouching: list[x509.Certificate]
    pass_type: str
    team: str


def read_apple_identity(path: Path) -> AppleIdentity:
    """Read a PEM file: first the certificate of the pass type, then Apple's, and the key anywhere.

    Raises ValueError, OSError.
    """
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    text = path.read_bytes()
    certificate, *vouching = x509.load_pem_x509_certificates(text)
    key = load_pem_private_key(text, password=None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("the key is neither RSA nor EC")  # noqa: TRY004 - of the file
    if key.public_key() != certificate.public_key():
        raise ValueError("the key is not that of the first certificate")
    return AppleIdentity(
        path,
        certificate,
        key,
        vouching,
        pass_type=_name_in(certificate, NameOID.USER_ID),
        team=_name_in(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME),
    )


def _name_in(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    attributes = certificate.subject.get_attributes_for_oid(oid)
    if not attributes:
        raise ValueError(f"the certificate has no {oid._name}")  # noqa: SLF001 - its only name
    return str(attributes[0].value)


def apple_file(
    gift_pass: GiftPass,
    identity: AppleIdentity,
    *,
    token: str,
    service_url: str,
    pictures: dict[str, bytes],
) -> bytes:
    """Write a signed pass. `token` lets the phone ask `service_url` for news of it."""
    document = _pass_document(gift_pass, identity, token, service_url)
    files = {"pass.json": msgspec.json.encode(document), **pictures}
    digests = {name: sha1(body, usedforsecurity=False).hexdigest() for name, body in files.items()}
    manifest = msgspec.json.encode(digests)
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pack:
        signed = {"manifest.json": manifest, "signature": _signature(identity, manifest)}
        for name, body in (files | signed).items():
            pack.writestr(name, body)
    return archive.getvalue()


def _signature(identity: AppleIdentity, manifest: bytes) -> bytes:
    """Sign a manifest apart from it, with the certificates that a phone needs to judge the signer's."""
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7  # noqa: PLC0415

    builder = pkcs7.PKCS7SignatureBuilder().set_data(manifest)
    builder = builder.add_signer(identity.certificate, identity.key, SHA256())
    for certificate in identity.vouching:
        builder = builder.add_certificate(certificate)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    return builder.sign(Encoding.DER, options)


def _pass_document(
    gift_pass: GiftPass, identity: AppleIdentity, token: str, service_url: str
) -> dict[str, Any]:
    labels = gift_pass.labels
    document: dict[str, Any] = {
        "formatVersion": 1,
        "passTypeIdentifier": identity.pass_type,
        "teamIdentifier": identity.team,
        "serialNumber": str(gift_pass.id),
        "authenticationToken": token,
        "webServiceURL": service_url,
        "organizationName": gift_pass.brand,
        "description": f"{gift_pass.product}, {gift_pass.brand}",
        "logoText": gift_pass.brand,
        "backgroundColor": _rgb(gift_pass.colours.ground),
        "foregroundColor": _rgb(gift_pass.colours.ink),
        "labelColor": _rgb(gift_pass.colours.ink),
        "expirationDate": gift_pass.ends_at.isoformat(timespec="seconds"),
        "voided": gift_pass.is_void,
        "coupon": {
            "primaryFields": [_field("product", "", gift_pass.product)],
            "secondaryFields": [
                _field("sender", labels.sender, gift_pass.sender),
                _field("last_day", labels.last_day, gift_pass.last_day),
            ],
            "backFields": [
                _field("message", labels.message, gift_pass.message),
                _field("code", labels.code, gift_pass.code_text),
                _field("terms", labels.terms, gift_pass.terms),
                _field("link", labels.link, gift_pass.link),
            ],
        },
    }
    for fields in document["coupon"].values():
        fields[:] = [field for field in fields if field["value"]]
    if gift_pass.code:
        document["barcodes"] = [_barcode(gift_pass)]
    if places := [{"latitude": each.latitude, "longitude": each.longitude} for each in gift_pass.places]:
        document["locations"] = places
    return document


def _barcode(gift_pass: GiftPass) -> dict[str, str]:
    return {
        "format": FORMATS[gift_pass.symbology],
        "message": gift_pass.code,
        "messageEncoding": "iso-8859-1",
        "altText": gift_pass.code_text,
    }


def _field(key: str, label: str, value: str) -> dict[str, str]:
    return {"key": key, "label": label, "value": value}


def _rgb(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"
