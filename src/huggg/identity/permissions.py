"""Permissions: the kinds of caller that may ask for each operation, as one table.

The server checks it once, where a token becomes a caller; an operation that is not in it cannot be
served. Permission for one huggg or order is decided with its data: by the rule of the noun
(`redemptions/redemption.py`), or by the query that finds only rows that the caller may see.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from huggg.identity.errors import UserNeeded
from huggg.kit.errors import Forbidden


class Standing(StrEnum):
    """The kind of a caller, apart from the request's object."""

    CLIENT = "client"  # a program on its own
    CUSTOMER = "customer"  # a buyer or receiver, alone or in a team
    MERCHANT = "merchant"  # a merchant's staff
    OPERATOR = "operator"  # staff of the platform
    KEY = "key"  # a team's program, with an API key


class Scope(StrEnum):
    """The scopes of API keys: `noun:verb`."""

    ACCOUNT_READ = "account:read"
    CARDS_READ = "cards:read"
    CATALOGUE_READ = "catalogue:read"
    HUGGGS_CANCEL = "hugggs:cancel"
    HUGGGS_CHANGE = "hugggs:change"
    HUGGGS_CLAIM = "hugggs:claim"
    HUGGGS_READ = "hugggs:read"
    HUGGGS_REDEEM = "hugggs:redeem"
    TRANSACTIONS_CREATE = "transactions:create"
    TRANSACTIONS_READ = "transactions:read"
    VOUCHERS_GENERATE = "vouchers:generate"
    WALLETS_READ = "wallets:read"


@dataclass(frozen=True, slots=True)
class Permission:
    """The permitted kinds of caller, and the scope that an API key needs; `public` needs no token."""

    standings: frozenset[Standing] = frozenset()
    scope: Scope | None = None
    public: bool = False


def _public() -> Permission:
    return Permission(public=True)


def _with_token(scope: Scope) -> Permission:
    return Permission(frozenset(Standing), scope)


def _users(scope: Scope) -> Permission:
    return Permission(frozenset(Standing) - {Standing.CLIENT}, scope)


def _merchants() -> Permission:
    return Permission(frozenset({Standing.MERCHANT}))


PERMISSIONS: dict[str, Permission] = {
    # Logging in, and operations without a caller
    "logIn": _public(),
    "revokeToken": _public(),
    "showOAuthMetadata": _public(),
    "showFront": _public(),
    "showOutbox": _public(),  # of a demo, to its own machine
    "showOutboxMessage": _public(),
    "showAsset": _public(),
    "showPicture": _public(),
    # Passes: the address of a gift's page, and then the token of a pass, are the credentials
    "savePass": _public(),
    "registerPassDevice": _public(),
    "unregisterPassDevice": _public(),
    "listChangedPasses": _public(),
    "showLatestPass": _public(),
    "logPassErrors": _public(),
    # The till page checks its own cookie: without one it asks staff to sign in
    "showTill": _public(),
    "showTillManifest": _public(),
    "signInAtTill": _public(),
    "signInByPin": _public(),
    "showPairing": _public(),
    "pairDevice": _public(),  # by a manager's code
    "showTillDevices": _public(),
    "inviteTillDevice": _public(),
    "revokeTillDevice": _public(),
    "showTillStaff": _public(),
    "hireTillStaff": _public(),
    "setTillPin": _public(),
    "setTillRole": _public(),
    "setTillStaffActive": _public(),
    "signOutAtTill": _public(),
    "scanAtTill": _public(),
    "showTillKit": _public(),
    "takeInTillScan": _public(),
    "showTillConflicts": _public(),
    "settleTillConflict": _public(),
    "undoAtTill": _public(),
    "readTillFrame": _public(),
    "showTillDay": _public(),
    "downloadTillDay": _public(),
    "printTillDay": _public(),
    "showTillReceipt": _public(),
    "showTillStatement": _public(),
    "downloadTillStatement": _public(),
    "downloadTillRedemptions": _public(),
    "showLiveness": _public(),
    "showReadiness": _public(),
    "showOpenApi": _public(),
    "showReference": _public(),
    "showGift": _public(),  # the holder of a link needs no account, here and below
    "listGiftPlaces": _public(),
    "showGiftCode": _public(),
    "redeemGift": _public(),  # by a store's PIN
    "pickGift": _public(),
    "mailAdmission": _public(),  # to the address that the gift was sent to
    "showAdmission": _public(),  # by a link of that mail, here and below
    "admitBrowser": _public(),
    "claimGift": _public(),
    "viewGift": _public(),
    "thankSender": _public(),
    "watchGift": _public(),  # by a ticket of a page
    "showGroup": _public(),  # the holder of a group's link, here and below
    "listGroupPlaces": _public(),
    "askForGift": _public(),
    "showGiftAsked": _public(),
    "showConfirmation": _public(),
    "joinGroup": _public(),  # by the link of a mail
    "receiveStripeEvent": _public(),  # the processor signs it
    "showMetrics": _public(),
    # The catalogue is open to every token
    "listBrands": _with_token(Scope.CATALOGUE_READ),
    "showBrand": _with_token(Scope.CATALOGUE_READ),
    "listProducts": _with_token(Scope.CATALOGUE_READ),
    "showProduct": _with_token(Scope.CATALOGUE_READ),
    "listStores": _with_token(Scope.CATALOGUE_READ),
    "showTiles": _with_token(Scope.CATALOGUE_READ),
    # The logged-in user, their team, wallets and cards
    "showMe": _users(Scope.ACCOUNT_READ),
    "showTeam": _users(Scope.ACCOUNT_READ),
    "listWallets": _users(Scope.WALLETS_READ),
    "listCards": _users(Scope.CARDS_READ),
    # Buying: the rule of the wallet or card decides whether the caller may spend it
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
    "listThanks": _users(Scope.HUGGGS_READ),
    "showHugggWhole": _users(Scope.HUGGGS_READ),
    # The sender's side ends and changes hugggs; the rule decides which callers are on it
    "cancelHuggg": _users(Scope.HUGGGS_CANCEL),
    "cancelTransaction": _users(Scope.HUGGGS_CANCEL),
    "changeHuggg": _users(Scope.HUGGGS_CHANGE),
    "changeTransaction": _users(Scope.HUGGGS_CHANGE),
    # A huggg's receiver, or the holder of its link, claims it
    "claimHuggg": _users(Scope.HUGGGS_CLAIM),
    # And picks the product of a choice; the rule decides which programs speak for a holder
    "pickProduct": _with_token(Scope.HUGGGS_CLAIM),
    # Messages about hugggs; the reports of channels carry proofs of their own
    "listHugggDeliveries": _users(Scope.HUGGGS_READ),
    "listTransactionDeliveries": _users(Scope.HUGGGS_READ),
    "printHuggg": _users(Scope.HUGGGS_READ),
    "printTransaction": _users(Scope.HUGGGS_READ),
    "deliverHugggAgain": _users(Scope.TRANSACTIONS_CREATE),
    "receiveBounce": _public(),
    "receiveSmsReport": _public(),
    "showUnsubscribe": _public(),
    "unsubscribe": _public(),
    # At the till, the published sentences say why not: the rules decide, also about programs
    "generateVoucher": _with_token(Scope.VOUCHERS_GENERATE),
    "showAdjustmentCodes": _with_token(Scope.HUGGGS_REDEEM),
    "redeemHuggg": _with_token(Scope.HUGGGS_REDEEM),
    "unredeemHuggg": _with_token(Scope.HUGGGS_REDEEM),
    "showAtTill": _with_token(Scope.HUGGGS_REDEEM),
    "redeemHugggOnce": _with_token(Scope.HUGGGS_REDEEM),
    "reverseRedemption": _with_token(Scope.HUGGGS_REDEEM),
    "listRedemptions": _merchants(),
    "showIdempotencyKey": _with_token(Scope.ACCOUNT_READ),
    "listSigningKeys": _public(),
    # Staff of merchants: offline scans of their tills, and the conflicts of these
    "showOfflineKit": _merchants(),
    "takeInOfflineScan": _merchants(),
    "listOfflineConflicts": _merchants(),
    "settleOfflineConflict": _merchants(),
    "holdHuggg": _with_token(Scope.HUGGGS_REDEEM),
    "confirmHold": _with_token(Scope.HUGGGS_REDEEM),
    "reverseHold": _with_token(Scope.HUGGGS_REDEEM),
}


def permit(operation: str, *, standing: Standing, scopes: frozenset[Scope] | None) -> None:
    """Let this kind of caller through; `scopes` are an API key's. Raises Forbidden, UserNeeded."""
    permission = PERMISSIONS[operation]
    if standing not in permission.standings:
        raise UserNeeded if standing is Standing.CLIENT else Forbidden
    if scopes is not None and permission.scope not in scopes:
        raise Forbidden
