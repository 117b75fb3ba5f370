"""Offline scans on the wire. All of it is ours: no published page knows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from huggg.kit.sealed_text import sealed_text

EXAMPLE_KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"  # RFC 8037, appendix A


class PublishedSigningKey(Struct):
    """The public half of a key that signs offline codes, as a JSON Web Key (RFC 8037)."""

    id: Annotated[
        int, Meta(description="The number of the key, which codes begin with.", ge=1, examples=[1])
    ]
    kty: Annotated[str, Meta(extra_json_schema={"enum": ["OKP"]}, examples=["OKP"])]
    crv: Annotated[str, Meta(extra_json_schema={"enum": ["Ed25519"]}, examples=["Ed25519"])]
    x: Annotated[str, Meta(description="32 bytes, in base64url.", examples=[EXAMPLE_KEY])]


def published_signing_keys(public_keys: Mapping[int, bytes]) -> list[PublishedSigningKey]:
    """Write public keys, by number."""
    return [
        PublishedSigningKey(number, "OKP", "Ed25519", sealed_text(public))
        for number, public in public_keys.items()
    ]
