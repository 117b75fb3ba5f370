"""Every kind of event there is: its subject and its data.

`docs/reference/events.md` lists them. A test reads each statement that adds an event, and knows no other
kind and no other data.
"""

from __future__ import annotations

from dataclasses import dataclass

from huggg.events.data import EventData, NoData
from huggg.events.data.access import (
    DeviceAt,
    KeyCreated,
    Reason,
    RoleSet,
    SecretRotated,
    TeamMessagesSet,
    TeamPolicySet,
    TeamRetentionSet,
    ThemeNamed,
)
from huggg.events.data.catalogue import CatalogueImported, LocationNamed, OfflineRuleSet, SymbologySet
from huggg.events.data.hugggs import (
    DaysChanged,
    HoldAt,
    ProductPicked,
    ReceiverChanged,
    RedemptionAt,
    ScanAt,
    ScanSettled,
    ValueReturned,
)
from huggg.events.data.money import (
    CardNamed,
    MoneyBack,
    MoneyIn,
    RefundPolicyRemoved,
    RefundPolicySet,
    WalletAlarmSet,
)
from huggg.events.data.purchases import (
    DeliveryChanged,
    PaymentGivenUp,
    PaymentIntended,
    PaymentRefunding,
    PurchaseFailed,
    PurchaseForgotten,
    PurchaseMade,
    RefundIntended,
)
from huggg.events.data.vouchers import (
    CodesImported,
    CodesWithdrawn,
    IssuanceRenewed,
    IssuerSet,
    PoolChanged,
    PoolLow,
    VoucherMade,
    VoucherReplaced,
    VoucherShown,
    VoucherUnused,
)


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind: `subject` says which id the events are under, `meaning` is a sentence for the docs."""

    name: str
    subject: str
    meaning: str
    data: type[EventData] = NoData


CLIENT = "the event alone; `client_id` names the client"
"""Ids of clients are no UUIDs, and subjects are."""

DELIVERED = "huggg, or other subject of the message"

HUGGGS = (
    EventKind("huggg.sent", "huggg", "The day of the scheduled huggg came."),
    EventKind("huggg.viewed", "huggg", "A person opened its gift page for the first time."),
    EventKind("huggg.claimed", "huggg", "Its receiver, or a holder of its link, took the huggg."),
    EventKind("huggg.picked", "huggg", "The receiver of a choice picked its product.", ProductPicked),
    EventKind("huggg.thanked", "huggg", "The holder of its link thanked the sender."),
    EventKind("huggg.redeemed", "huggg", "A till redeemed the huggg.", RedemptionAt),
    EventKind("huggg.unredeemed", "huggg", "A till took the redemption back.", RedemptionAt),
    EventKind("huggg.held", "huggg", "A till holds the huggg, for a time.", HoldAt),
    EventKind("huggg.released", "huggg", "A till gave its hold up.", HoldAt),
    EventKind("huggg.scan_conflicted", "huggg", "A scan accepted offline became no redemption.", ScanAt),
    EventKind("huggg.scan_settled", "huggg", "A person settled that conflict.", ScanSettled),
    EventKind("huggg.changed", "huggg", "Its last day or its day of sending changed.", DaysChanged),
    EventKind("huggg.moved", "huggg", "It goes to another receiver, by a new link.", ReceiverChanged),
    EventKind("huggg.cancelled", "huggg", "Its sender's side ended the huggg.", ValueReturned),
    EventKind("huggg.expired", "huggg", "Its last instant was over, unspent.", ValueReturned),
    EventKind("huggg.returned", "huggg", "The value of an ended huggg was due.", ValueReturned),
    EventKind("huggg.aged", "huggg", "The demo moved the huggg into the past."),
)

PURCHASES = (
    EventKind("transaction.successful", "transaction", "The hugggs were bought.", PurchaseMade),
    EventKind("transaction.failed", "transaction", "The card was not charged for good.", PurchaseFailed),
    EventKind("payment.intended", "transaction", "The card is about to be charged.", PaymentIntended),
    EventKind("payment.refunding", "transaction", "The charge is to be refunded.", PaymentRefunding),
    EventKind(
        "transaction.forgotten",
        "transaction",
        "All data about its people were erased.",
        PurchaseForgotten,
    ),
    EventKind("transaction.labelled", "transaction", "Its title or its reason code was set."),
    EventKind("refund.intended", "transaction", "A part of the charge is to go back.", RefundIntended),
    EventKind("refund.made", "transaction", "A part of the charge went back.", RefundIntended),
    EventKind("payment.given_up", "transaction", "The outcome is left to an operator.", PaymentGivenUp),
)

DELIVERIES = (
    EventKind("delivery.queued", DELIVERED, "A gift is to be sent once more.", DeliveryChanged),
    EventKind("delivery.sent", DELIVERED, "A channel took the message.", DeliveryChanged),
    EventKind("delivery.delivered", DELIVERED, "A channel reported its arrival.", DeliveryChanged),
    EventKind("delivery.bounced", DELIVERED, "A channel could not bring it.", DeliveryChanged),
    EventKind("delivery.failed", DELIVERED, "No channel took the message.", DeliveryChanged),
    EventKind("delivery.suppressed", DELIVERED, "The message had lost its meaning.", DeliveryChanged),
)

VOUCHERS = (
    EventKind("voucher.generated", "huggg", "The huggg got its voucher.", VoucherMade),
    EventKind("voucher.replaced", "huggg", "Another code replaced the huggg's code.", VoucherReplaced),
    EventKind("voucher.unused", "huggg", "Its code, never shown, is its code no more.", VoucherUnused),
    EventKind("voucher.shown", "huggg", "Staff looked at the code.", VoucherShown),
    EventKind("issuance.renewed", "huggg", "The service is asked under a new key.", IssuanceRenewed),
    EventKind("issuer.set", "brand or segment", "An operator set the issuer of its codes.", IssuerSet),
    EventKind("issuer.removed", "brand or segment", "An operator went back to the default issuer."),
    EventKind("pool.low", "segment", "Its pool fell to the level that was to be noted.", PoolLow),
    EventKind("pool.changed", "segment", "An operator changed how its pool is used.", PoolChanged),
    EventKind("codes.imported", "batch", "Codes were loaded into a pool.", CodesImported),
    EventKind("codes.withdrawn", "batch", "The batch's unused codes were withdrawn.", CodesWithdrawn),
)

MONEY = (
    EventKind("wallet.opened", "wallet", "An operator opened the wallet."),
    EventKind("wallet.topped_up", "wallet", "Money was paid in.", MoneyIn),
    EventKind("wallet.corrected", "wallet", "Money that was wrongly paid in was taken out.", MoneyBack),
    EventKind("refund_policy.set", "team or brand", "When value returns was set.", RefundPolicySet),
    EventKind("refund_policy.removed", "team or brand", "That holds no more.", RefundPolicyRemoved),
    EventKind("wallet.alarm_set", "wallet", "The level of its alarm was set.", WalletAlarmSet),
    EventKind("card.added", "user", "The user may pay with the card.", CardNamed),
    EventKind("card.removed", "user", "The user may not pay with the card any more.", CardNamed),
)

ACCESS = (
    EventKind("session.opened", "session", "A user logged in."),
    EventKind("session.revoked", "session", "A log-in was ended.", Reason),
    EventKind("team.created", "team", "A team was added."),
    EventKind("team.policy_set", "team", "How its hugggs are treated was set.", TeamPolicySet),
    EventKind(
        "team.messages_set",
        "team",
        "The language and reminders of its receivers were set.",
        TeamMessagesSet,
    ),
    EventKind("team.retention_set", "team", "For how long it keeps data was set.", TeamRetentionSet),
    EventKind("theme.set", "team", "A look of its gift pages was saved.", ThemeNamed),
    EventKind("theme.removed", "team", "A look of its gift pages was removed.", ThemeNamed),
    EventKind("user.created", "user", "A user was added."),
    EventKind("user.role_set", "user", "The user got another role.", RoleSet),
    EventKind("user.enabled", "user", "The user may log in again."),
    EventKind("user.disabled", "user", "The user may not log in any more."),
    EventKind("user.erased", "user", "An operator erased the person for good."),
    EventKind("user.password_set", "user", "The user got another password."),
    EventKind("client.created", CLIENT, "A client was added."),
    EventKind("client.enabled", CLIENT, "The client may call again."),
    EventKind("client.disabled", CLIENT, "The client may not call any more."),
    EventKind("client.secret_rotated", CLIENT, "The client got another secret.", SecretRotated),
    EventKind("key.created", "API key", "A team got an API key.", KeyCreated),
    EventKind("key.revoked", "API key", "The API key opens nothing any more."),
    EventKind("staff.role_set", "user", "The user got another role at the till page.", RoleSet),
    EventKind("staff.pin_set", "user", "The user got another PIN of the till page."),
    EventKind("device.invited", "device", "A manager got a pairing code for it.", DeviceAt),
    EventKind("device.paired", "device", "A browser entered the pairing code.", DeviceAt),
    EventKind("device.revoked", "device", "The device is refused from now on.", DeviceAt),
)

CATALOGUE = (
    EventKind("catalogue.imported", "import", "A catalogue file was imported.", CatalogueImported),
    EventKind("brand.symbology_set", "brand", "The brand's codes are drawn otherwise.", SymbologySet),
    EventKind(
        "brand.offline_rule_set",
        "brand",
        "The allowance of offline scans of its devices was set.",
        OfflineRuleSet,
    ),
    EventKind("brand.offline_rule_removed", "brand", "Its devices accept nothing offline."),
    EventKind("brand.pictures_set", "brand", "Its logo or cover on gift pages was set."),
    EventKind("location.removed", "brand", "A location takes no more redemptions.", LocationNamed),
    EventKind("location.pin_set", "brand", "Staff of a location got another PIN.", LocationNamed),
    EventKind("location.restored", "brand", "A location takes redemptions again.", LocationNamed),
)

GROUPS = {
    "Hugggs": HUGGGS,
    "Purchases": PURCHASES,
    "Messages": DELIVERIES,
    "Vouchers": VOUCHERS,
    "Money": MONEY,
    "Access": ACCESS,
    "Catalogue": CATALOGUE,
}
"""The kinds as the docs page lists them."""

KINDS = {kind.name: kind for group in GROUPS.values() for kind in group}
"""Every kind, by its name."""
