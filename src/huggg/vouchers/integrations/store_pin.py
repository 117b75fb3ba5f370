"""2: no code at all; staff type the store's PIN on the recipient's phone."""

from __future__ import annotations

from huggg.vouchers.integrations.integration import CodeOwner, Integration, Moment, Symbol

INTEGRATION = Integration(
    id=2, code_owner=CodeOwner.NONE, moment=Moment.ACTIVATION, shown_as=Symbol.PIN_PAD
)
