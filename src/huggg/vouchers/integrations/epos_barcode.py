"""6: as 5, with a barcode. It carries the shortcode too: a redeem code opens nothing in the API."""

from __future__ import annotations

from huggg.vouchers.integrations.integration import Integration, Moment, Source, Symbol

INTEGRATION = Integration(id=6, source=Source.HUGGG, moment=Moment.ACTIVATION, shown_as=Symbol.BARCODE)
