"""Roles: a member's rights to the orders of others in the team.

Source: the role matrix of huggg's help centre. Of its thirteen rows this module has those that an
operation of ours asks about; creating, seeing and paying for one's own orders belongs to every role.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A user's role in their team."""

    ADMIN = "admin"
    VIEWER = "viewer"
    SUBTEAM_ADMIN = "subteam_admin"
    PARTICIPANT = "participant"  # unless told otherwise


class Right(StrEnum):
    """Something that not every role may do."""

    SEE_TEAM_ORDERS = "see team-mates' orders"
    SEE_SUBTEAMS = "see subteams, their wallets and their orders"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset({Right.SEE_TEAM_ORDERS, Right.SEE_SUBTEAMS}),
    Role.VIEWER: frozenset({Right.SEE_TEAM_ORDERS, Right.SEE_SUBTEAMS}),
    Role.SUBTEAM_ADMIN: frozenset({Right.SEE_TEAM_ORDERS}),
    Role.PARTICIPANT: frozenset(),
}
