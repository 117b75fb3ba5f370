"""An office to try permissions in: a team of its own with each role in it, a subteam, and keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from huggg.identity.api_keys import create_key, new_key
from huggg.identity.caller import UserKind
from huggg.identity.create import create_team
from huggg.identity.permissions import Scope
from huggg.identity.role import Role
from huggg.wallets.open_wallet import open_wallet
from huggg.wallets.top_up import top_up
from tests.support.people import add_user
from tests.support.world import Person, World, token_for


@dataclass(frozen=True, slots=True)
class Office:
    """Dana runs it, Vic looks on, Pat and Quinn buy; Sam runs the Bristol desk, where Tess buys."""

    world: World
    team: UUID
    desk: UUID
    wallet: UUID
    desk_wallet: UUID
    dana: Person  # Admin
    vic: Person  # Viewer
    pat: Person  # Participant
    quinn: Person  # Participant
    sam: Person  # Subteam Admin, of the desk
    tess: Person  # Participant, of the desk

    async def buy(self, buyer: Person, **purchase: Any) -> tuple[str, str]:
        """Let a member buy one coffee; gives the ids of transaction and huggg."""
        order = self.world.order(**purchase)
        wallet = self.desk_wallet if buyer in (self.sam, self.tess) else self.wallet
        order["payment"]["reference"] = str(wallet)
        answer = await self.world.call("POST", "/api/v2/transactions", buyer, order)
        assert answer.status_code == 201, answer.text
        data = answer.json()["data"]
        return data["id"], data["hugggs"][0]

    async def key(self, *scopes: Scope, role: Role = Role.PARTICIPANT) -> tuple[UUID, str]:
        """Make an API key of the team; gives its id and the key."""
        key = new_key()
        await create_key(
            self.world.platform.database,
            self.world.platform.vault,
            key,
            team_id=self.team,
            name="a program",
            role=role,
            scopes=scopes,
        )
        return key.id, key.key


async def open_office(world: World) -> Office:
    """Move in."""
    database = world.platform.database
    team = await create_team(database, name="Office")
    desk = await create_team(database, name="Bristol desk", parent_id=team)
    wallet = await open_wallet(database, team_id=team, name="Office")
    desk_wallet = await open_wallet(database, team_id=desk, name="Desk")
    for each in (wallet, desk_wallet):
        await top_up(database, wallet_id=each, amount=1_000_00)

    async def member(name: str, team_id: UUID, role: Role) -> Person:
        user_id = await add_user(database, name=name, kind=UserKind.CUSTOMER, team_id=team_id, role=role)
        return Person(user_id, await token_for(world.platform, user_id))

    return Office(
        world=world,
        team=team,
        desk=desk,
        wallet=wallet,
        desk_wallet=desk_wallet,
        dana=await member("dana", team, Role.ADMIN),
        vic=await member("vic", team, Role.VIEWER),
        pat=await member("pat", team, Role.PARTICIPANT),
        quinn=await member("quinn", team, Role.PARTICIPANT),
        sam=await member("sam", desk, Role.SUBTEAM_ADMIN),
        tess=await member("tess", desk, Role.PARTICIPANT),
    )
