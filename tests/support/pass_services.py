"""Apple and Google, as far as passes need them: certificates under a root of ours, and services."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.loopback import Reply, listening

PASS_TYPE, TEAM = "pass.example.gifts", "A1B2C3D4E5"
ISSUER = "3388000000012345678"
ACCESS_TOKEN = "ya29.ours"

Names = dict[x509.ObjectIdentifier, str]
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Certified:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certified(names: Names, by: Certified | None = None, *, address: str | None = None) -> Certified:
    """Certify a new key, by another certificate or by itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in names.items()])
    issuer = by.certificate.subject if by else subject
    is_authority = address is None and NameOID.USER_ID not in names
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if address is not None:
        names_ = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        builder = builder.add_extension(names_, critical=False)
    return Certified(builder.sign(by.key if by else key, SHA256()), key)


@dataclass(frozen=True)
class Apple:
    """Apple's root and intermediate, and the certificate of our pass type under it."""

    root: Certified
    intermediate: Certified
    pass_type: Certified

    @classmethod
    def founded(cls) -> Apple:
        root = certified({NameOID.COMMON_NAME: "Root of the tests"})
        intermediate = certified({NameOID.COMMON_NAME: "Relations of the tests"}, root)
        names = {
            NameOID.USER_ID: PASS_TYPE,
            NameOID.COMMON_NAME: f"Pass Type ID: {PASS_TYPE}",
            NameOID.ORGANIZATIONAL_UNIT_NAME: TEAM,
        }
        return cls(root, intermediate, certified(names, intermediate))

    def write(self, path: Path) -> Path:
        """Write the file that an operator names."""
        path.write_bytes(self.pass_type.pem + self.intermediate.pem + self.pass_type.key_pem)
        return path

    def trusting(self) -> ssl.SSLContext:
        """Trust this root alone, as a client."""
        return ssl.create_default_context(cadata=self.root.pem.decode())


@dataclass
class FakePushService:
    """The pushes that arrived, by a client that proved itself, and the answers to the next ones."""

    answers: deque[tuple[int, str]] = field(default_factory=deque)
    pushed: list[tuple[str, str, bytes]] = field(default_factory=list)  # path, topic, body
    port: int = 0

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        line.initiate_connection()
        requests_of_streams: dict[int, tuple[dict[str, str], bytearray]] = {}
        try:
            while True:
                writer.write(line.data_to_send())
                await writer.drain()
                received = await reader.read(65536)
                if not received:
                    break
                for event in line.receive_data(received):
                    if isinstance(event, RequestReceived):
                        headers = {str(name): str(value) for name, value in event.headers}
                        requests_of_streams[event.stream_id] = (headers, bytearray())
                    elif isinstance(event, DataReceived):
                        requests_of_streams[event.stream_id][1].extend(event.data)
                    elif isinstance(event, StreamEnded):
                        self._answer(line, event.stream_id, *requests_of_streams.pop(event.stream_id))
        finally:
            writer.close()

    def _answer(self, line: H2Connection, stream: int, headers: dict[str, str], body: bytearray) -> None:
        self.pushed.append((headers[":path"], headers["apns-topic"], bytes(body)))
        status, reason = self.answers.popleft() if self.answers else (200, "")
        line.send_headers(stream, [(":status", str(status))])
        line.send_data(stream, json.dumps({"reason": reason}).encode() if reason else b"", True)


@asynccontextmanager
async def push_service(apple: Apple, folder: Path) -> AsyncIterator[FakePushService]:
    """Serve HTTP/2 alone, to clients whose certificate Apple signed."""
    own = certified({NameOID.COMMON_NAME: "push"}, apple.root, address="127.0.0.1")
    chain = folder / "push.pem"
    chain.write_bytes(own.pem + own.key_pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=apple.root.pem.decode())
    context.load_cert_chain(chain)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    service = FakePushService()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0, ssl=context)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()


@dataclass
class FakeGoogle:
    """Google's token endpoint and wallet, for a service account of ours: the patches that came."""

    key: RSAKey
    statuses: deque[int] = field(default_factory=deque)
    reason: str = ""  # of a refusal
    token_status: int = 200
    patched: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    tokens: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def claims(self, text: str) -> dict[str, object]:
        """Read claims that the account signed."""
        return dict(jwt.decode(text, self.key, algorithms=["RS256"]).claims)

    def write(self, path: Path) -> Path:
        """Write the key file of the account."""
        account = {
            "client_email": "huggg@gifts.example",
            "private_key": self.key.as_pem(private=True).decode(),
            "token_uri": f"{self.url}/token",
            "type": "service_account",
        }
        path.write_text(json.dumps(account))
        return path

    async def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        if target == "/token":
            self.tokens += 1
            claims = self.claims(dict(parse_qsl(body.decode()))["assertion"])
            assert claims["aud"] == f"{self.url}/token"
            assert claims["scope"] == "https://www.googleapis.com/auth/wallet_object.issuer"
            if self.token_status != 200:
                return self.token_status, {"error": "invalid_grant"}
            return 200, {"access_token": ACCESS_TOKEN, "expires_in": 3600, "token_type": "Bearer"}
        assert (method, headers["authorization"]) == ("PATCH", f"Bearer {ACCESS_TOKEN}")
        status = self.statuses.popleft() if self.statuses else 200
        if status == 200:
            self.patched.append((target.rpartition("/")[2], json.loads(body)))
        return status, {"error": {"code": status, "errors": [{"reason": self.reason}]}}


@asynccontextmanager
async def google() -> AsyncIterator[FakeGoogle]:
    """Serve the token endpoint and the wallet."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    fake = FakeGoogle(RSAKey.import_key(pem))
    async with listening(fake.answer) as port:
        fake.port = port
        yield fake
