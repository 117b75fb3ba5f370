"""Permissions: which kind of caller may ask for which operation, as one table.

It is looked up once, where a token becomes a caller; an operation that is not in it cannot be served.
What somebody may do to one huggg or order of somebody else is said where that is known: by the rule of
the noun (`redemptions/redemption.py`), or by the query that finds only what the caller may see.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from huggg.identity.errors import UserNeeded
from huggg.kit.errors import Forbidden


class Standing(StrEnum):
    """What a caller is, before anything is known about what is asked for."""

    CLIENT = "client"  # a program on its own
    CUSTOMER = "customer"  # a user who buys and receives, alone or in a team
    MERCHANT = "merchant"  # a merchant's staff
    OPERATOR = "operator"  # who runs the platform
    KEY = "key"  # a team's program, with an API key


class Scope(StrEnum):
    """What an API key can be limited to: `noun:verb`."""

    ACCOUNT_READ = "account:read"
    CARDS_READ = "cards:read"
    CATALOGUE_READ = "catalogue:read"
    HUGGGS_READ = "hugggs:read"
    HUGGGS_REDEEM = "hugggs:redeem"
    TRANSACTIONS_CREATE = "transactions:create"
    TRANSACTIONS_READ = "transactions:read"
    VOUCHERS_GENERATE = "vouchers:generate"
    WALLETS_READ = "wallets:read"


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may ask, and the scope that an API key needs to; `anybody` needs no token at all."""

    standings: frozenset[Standing] = frozenset()
    scope: Scope | None = None
    anybody: bool = False


def _anybody() -> Permission:
    return Permission(anybody=True)


def _with_token(scope: Scope) -> Permission:
    return Permission(frozenset(Standing), scope)


def _users(scope: Scope) -> Permission:
    return Permission(frozenset(Standing) - {Standing.CLIENT}, scope)


PERMISSIONS: dict[str, Permission] = {
    # Logging in, and what is not about anybody
    "logIn": _anybody(),
    "revokeToken": _anybody(),
    "showOAuthMetadata": _anybody(),
    "showFront": _anybody(),
    "showAsset": _anybody(),
    "showLiveness": _anybody(),
    "showReadiness": _anybody(),
    "showOpenApi": _anybody(),
    "showReference": _anybody(),
    "hearStripe": _anybody(),  # its signature says who
    "showMetrics": _anybody(),
    # The catalogue is for whoever holds a token
    "listBrands": _with_token(Scope.CATALOGUE_READ),
    "showBrand": _with_token(Scope.CATALOGUE_READ),
    "listProducts": _with_token(Scope.CATALOGUE_READ),
    "showProduct": _with_token(Scope.CATALOGUE_READ),
    "listStores": _with_token(Scope.CATALOGUE_READ),
    "showTiles": _with_token(Scope.CATALOGUE_READ),
    # Who one is, and what one's team has
    "showMe": _users(Scope.ACCOUNT_READ),
    "showTeam": _users(Scope.ACCOUNT_READ),
    "listWallets": _users(Scope.WALLETS_READ),
    "listCards": _users(Scope.CARDS_READ),
    # Buying: whose money it may be is the wallet's to say
    "createTransaction": _users(Scope.TRANSACTIONS_CREATE),
    "sendHug": _users(Scope.TRANSACTIONS_CREATE),
    "listTransactions": _users(Scope.TRANSACTIONS_READ),
    "showTransaction": _users(Scope.TRANSACTIONS_READ),
    "listTransactionHugggs": _users(Scope.HUGGGS_READ),
    # Hugggs: users find their own and, as roles allow, their team's
    "listSentHugggs": _users(Scope.HUGGGS_READ),
    "listReceivedHugggs": _users(Scope.HUGGGS_READ),
    "searchHugggs": _users(Scope.HUGGGS_READ),
    "showHuggg": _users(Scope.HUGGGS_READ),
    "showHugggWhole": _users(Scope.HUGGGS_READ),
    # At the till, the published sentences say why not: the rules decide, also about programs
    "generateVoucher": _with_token(Scope.VOUCHERS_GENERATE),
    "showAdjustmentCodes": _with_token(Scope.HUGGGS_REDEEM),
    "redeemHuggg": _with_token(Scope.HUGGGS_REDEEM),
    "unredeemHuggg": _with_token(Scope.HUGGGS_REDEEM),
}


def permit(operation: str, *, standing: Standing, scopes: frozenset[Scope] | None) -> None:
    """Let this kind of caller through; `scopes` are an API key's. Raises Forbidden, UserNeeded."""
    permission = PERMISSIONS[operation]
    if standing not in permission.standings:
        raise UserNeeded if standing is Standing.CLIENT else Forbidden
    if scopes is not None and permission.scope not in scopes:
        raise Forbidden
