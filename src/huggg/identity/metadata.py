"""`/.well-known/oauth-authorization-server`: the endpoints of the log-in, for programs (RFC 8414)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from huggg.http.operation import Operation
from huggg.http.route import get
from huggg.http.web import Request, Response, address_of, json_response
from huggg.identity.wire import GRANTS
from huggg.kit.errors import Invalid

PATH = "/.well-known/oauth-authorization-server"
PROOFS = ["client_secret_basic", "client_secret_post"]

Url = Annotated[str, Meta(examples=["https://api.example/oauth/token"])]


class Metadata(Struct):
    """The endpoints and grants of the log-in."""

    issuer: Annotated[str, Meta(examples=["https://api.example"])]
    token_endpoint: Url
    token_endpoint_auth_methods_supported: list[str]
    grant_types_supported: list[str]
    response_types_supported: Annotated[list[str], Meta(description="None: no page asks for consent.")]
    revocation_endpoint: Url
    revocation_endpoint_auth_methods_supported: list[str]
    service_documentation: Url


METADATA = Operation(
    id="showOAuthMetadata",
    tag="Logging in",
    summary="Metadata of the authorisation server",
    answer=Metadata,
    refuses=(Invalid,),
)


@get(PATH, operation=METADATA)
async def get_metadata(request: Request) -> Response:
    """Describe the token endpoint to programs, in the form of RFC 8414."""
    issuer = address_of(request).removesuffix(PATH)
    return json_response(
        Metadata(
            issuer=issuer,
            token_endpoint=f"{issuer}/oauth/token",
            token_endpoint_auth_methods_supported=PROOFS,
            grant_types_supported=list(GRANTS),
            response_types_supported=[],
            revocation_endpoint=f"{issuer}/oauth/revoke",
            revocation_endpoint_auth_methods_supported=PROOFS,
            service_documentation=f"{issuer}/docs",
        )
    )


ROUTES = [get_metadata]
