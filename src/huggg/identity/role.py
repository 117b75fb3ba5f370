"""Roles: a member's rights to the orders of others in the team, and staff's rights at the till page.

Source of the first: the role matrix of huggg's help centre. Of its thirteen rows this module has those
that an operation of ours asks about; creating, seeing and paying for one's own orders belongs to every
role. The roles of staff are ours, and bind people at the till page: on the API a merchant's user is an
ePOS, which knows the rights of its own clerks.
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


class StaffRole(StrEnum):
    """A merchant's user's role at the till page."""

    STAFF = "staff"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"  # unless told otherwise, as an operator makes a merchant's first user


class StaffRight(StrEnum):
    """Something at the till page that not every member of staff may do; all may redeem, and undo it."""

    TAKE_BACK = "take redemptions back later than a minute after"
    SETTLE = "settle conflicts"
    SEE_EVERY_DAY = "see the redemptions of other days than today"
    MANAGE = "pair devices, manage staff, and see statements"


STAFF_RIGHTS: dict[StaffRole, frozenset[StaffRight]] = {
    StaffRole.STAFF: frozenset(),
    StaffRole.SUPERVISOR: frozenset({StaffRight.TAKE_BACK, StaffRight.SETTLE, StaffRight.SEE_EVERY_DAY}),
    StaffRole.MANAGER: frozenset(StaffRight),
}
