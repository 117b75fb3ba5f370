"""The desk of passes: it offers them on gift pages, writes them, and tells their phones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from msgspec import Struct

from huggg.gift.code import voucher_of_visit
from huggg.gift.pass_offer import NO_PASSES, PassLinks
from huggg.gift.present import ShownCode
from huggg.gift.visit import Visit
from huggg.gift.visits import Visits
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.store import huggg_from, lookup_huggg
from huggg.kit.codes import SealBrokenError, Vault
from huggg.kit.platform import Platform
from huggg.kit.sealed_text import read_sealed_text, sealed_text
from huggg.languages.language import language
from huggg.passes.apple_file import AppleIdentity, apple_file
from huggg.passes.gift_pass import GiftPass, PassKind, gift_pass, has_code, kinds_for
from huggg.passes.google_object import save_link
from huggg.passes.pictures import pass_pictures
from huggg.passes.store import KeptPass, add_pass, find_pass, queries
from huggg.themes.store import find_picture
from huggg.vouchers.integrations import integration_of
from huggg.vouchers.integrations.integration import CodeOwner

if TYPE_CHECKING:
    from huggg.passes.apple_push import ApplePush
    from huggg.passes.google_service import GoogleService

SERVICE = "/passes"
"""The path of the service that phones ask for news."""

TICKET = b"pass ticket"


class PassServices(Struct, frozen=True):
    """The services that an operator set up."""

    apple: AppleIdentity | None = None
    push: ApplePush | None = None
    google: GoogleService | None = None

    async def close(self) -> None:
        """Close the connections to them."""
        for service in (self.push, self.google):
            if service is not None:
                await service.close()


class PassDesk:
    """Offers, writes and renews passes. One per process."""

    def __init__(
        self, platform: Platform, visits: Visits, services: PassServices, *, launch_url: str
    ) -> None:
        self._platform = platform
        self._visits = visits
        self._launch_url = launch_url
        self.services = services

    async def links(self, visit: Visit, shown_code: ShownCode, user_agent: str) -> PassLinks:
        """Make the passes of a gift whose code is shown, for the wallets of its reader's device."""
        kinds, services = kinds_for(user_agent), self.services
        if not has_code(visit) or (services.apple is None and services.google is None):
            return NO_PASSES
        links = {}
        if services.apple is not None and PassKind.APPLE in kinds:
            pass_id = await self._add(visit, PassKind.APPLE)
            links["apple"] = f"{SERVICE}/{pass_ticket(pass_id, self._platform.vault)}" if pass_id else ""
        if services.google is not None and PassKind.GOOGLE in kinds:
            pass_id = await self._add(visit, PassKind.GOOGLE)
            links["google"] = (
                self._save_link(visit, shown_code, pass_id, services.google) if pass_id else ""
            )
        return PassLinks(**links)

    def _save_link(
        self, visit: Visit, shown_code: ShownCode, pass_id: UUID, google: GoogleService
    ) -> str:
        saved_pass = gift_pass(
            visit,
            pass_id,
            code=shown_code.code,
            redeem_code=shown_code.redeem_code,
            has_moved=False,
            launch_url=self._launch_url,
        )
        return save_link(google.identity, saved_pass, origin=self._launch_url, now=visit.now)

    async def _add(self, visit: Visit, kind: PassKind) -> UUID | None:
        platform, shortcode = self._platform, visit.gift.huggg.codes.shortcode
        tag = visit.language.tag
        return await add_pass(platform.database, platform.vault, shortcode, kind, language=tag)

    async def current(self, record: KeptPass) -> GiftPass:
        """Give a pass as it is now. Raises HugggNotFound, Unavailable.

        A huggg may move between the statements here. So the pass is read once more, after the link's
        code or before its voucher's: if its link stands then, the code is that link's.
        """
        database, vault = self._platform.database, self._platform.vault
        row = await lookup_huggg(database, HugggReference(record.huggg_id, [])).row()
        if row["id"] is None:
            raise HugggNotFound
        codes = huggg_from(row, vault, has_code=False).codes
        visit = await self._visits.of(codes.shortcode, language(record.language))
        latest = await find_pass(database, vault, record.id)
        has_moved = latest is None or latest.has_moved
        code, redeem_code = codes.shortcode, codes.redeem_code
        if integration_of(visit.offering.integration_id).code_owner is not CodeOwner.HUGGG:
            voucher = None if has_moved else await voucher_of_visit(visit, self._platform)
            code, redeem_code = (voucher.code if voucher else ""), ""
        return gift_pass(
            visit,
            record.id,
            code=code,
            redeem_code=redeem_code,
            has_moved=has_moved,
            launch_url=self._launch_url,
        )

    async def apple_file(self, record: KeptPass, identity: AppleIdentity) -> bytes:
        """Write a pass for Apple's wallet. Raises HugggNotFound, Unavailable."""
        current_pass = await self.current(record)
        logo = None
        if current_pass.brand_logo:
            logo = await find_picture(self._platform.database, current_pass.brand_logo)
        return apple_file(
            current_pass,
            identity,
            token=record.token,
            service_url=self._launch_url + SERVICE,
            pictures=pass_pictures(current_pass.colours.ground, logo),
        )

    async def renew(self, pass_id: UUID) -> None:
        """Tell the phones of a pass that it changed.

        Raises PassServiceAway, PassNewsRefused, Unavailable.
        """
        database = self._platform.database
        record = await find_pass(database, self._platform.vault, pass_id)
        if record is None:
            return
        if record.kind is PassKind.GOOGLE and self.services.google is not None:
            await self.services.google.renew(await self.current(record))
        elif record.kind is PassKind.APPLE and self.services.push is not None:
            for row in await database.rows(queries.push_tokens, pass_id=pass_id):
                token = row["push_token"]
                if not await self.services.push.tell(token):
                    await database.rows(queries.unregister_token, pass_id=pass_id, push_token=token)


def pass_ticket(pass_id: UUID, vault: Vault) -> str:
    """Write the address of a pass on its gift's page, which no other page can make."""
    return sealed_text(vault.seal(pass_id.bytes, bound_to=TICKET))


def read_pass_ticket(text: str, vault: Vault) -> UUID | None:
    """Read such an address; None for a text that is none. Raises KeysInDoubtError."""
    try:
        return UUID(bytes=vault.open(read_sealed_text(text), bound_to=TICKET))
    except (SealBrokenError, ValueError):
        return None


def http_date(at: datetime) -> str:
    """Write an instant as HTTP does."""
    return at.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
