"""The OpenAPI document as it is committed and as the code writes it; `make openapi` makes them one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from huggg.http.embedding import Embedding
from huggg.kit.codes import Vault
from huggg.openapi.api import ApiDocument
from huggg.server.errors import REFUSALS
from huggg.server.routes import ROUTES
from huggg.server.wiring import build_embedding
from tests.support.keys import TEST_KEYS

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


def embedding() -> Embedding:
    """Collect the relations without serving them."""
    return build_embedding(Vault(TEST_KEYS), "https://gifts.example")


def described() -> ApiDocument:
    """Describe the API without serving it."""
    return ApiDocument(ROUTES, embedding(), REFUSALS)


WRITTEN: dict[str, Any] = msgspec.json.decode(described().document)
"""The document as the code writes it."""


if __name__ == "__main__":
    DOCUMENT.write_bytes(described().document + b"\n")
