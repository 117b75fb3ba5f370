"""The routes of a process that serves, and of one that works: those of all nouns and doors."""

from __future__ import annotations

from huggg.catalogue import api as catalogue
from huggg.front import pages as front
from huggg.gift import group_pages as group
from huggg.gift import pages as gift
from huggg.gift import readmit_pages as readmission
from huggg.holds import api as holds
from huggg.html import pages as html
from huggg.hugggs import api as hugggs
from huggg.hugggs import legacy as huggg_get
from huggg.identity import api as identity
from huggg.metrics import metrics
from huggg.notifications import api as notifications
from huggg.notifications import pages as notification_pages
from huggg.offline import api as offline
from huggg.openapi import api as openapi
from huggg.openapi import pages as reference
from huggg.passes import pages as passes
from huggg.payments import api as payments
from huggg.redemptions import api as redemptions
from huggg.server import health
from huggg.themes import pages as theme_pages
from huggg.till import api as till
from huggg.till import day_pages as till_days
from huggg.till import device_pages as till_devices
from huggg.till import list_api as till_lists
from huggg.till import manifest as till_app
from huggg.till import offline_pages as till_offline
from huggg.till import pages as till_pages
from huggg.till import sign_in_pages as till_sign_in
from huggg.till import staff_pages as till_staff
from huggg.till import statement_pages as till_statements
from huggg.transactions import api as transactions
from huggg.transactions import deliveries_api as purchase_deliveries
from huggg.transactions import legacy as hugs
from huggg.transactions.changes import api as changes
from huggg.transactions.ends import api as cancellations
from huggg.vouchers import api as vouchers
from huggg.wallets import api as wallets

ROUTES = [
    *identity.ROUTES,
    *catalogue.ROUTES,
    *wallets.ROUTES,
    *purchase_deliveries.ROUTES,
    *transactions.ROUTES,
    *cancellations.ROUTES,
    *changes.ROUTES,
    *hugs.ROUTES,
    *payments.ROUTES,
    *hugggs.ROUTES,
    *huggg_get.ROUTES,
    *redemptions.ROUTES,
    *holds.ROUTES,
    *offline.ROUTES,
    *till.ROUTES,
    *till_lists.ROUTES,
    *till_pages.ROUTES,
    *till_offline.ROUTES,
    *till_sign_in.ROUTES,
    *till_devices.ROUTES,
    *till_staff.ROUTES,
    *till_app.ROUTES,
    *till_days.ROUTES,
    *till_statements.ROUTES,
    *vouchers.ROUTES,
    *notifications.ROUTES,
    *notification_pages.ROUTES,
    *health.ROUTES,
    *openapi.ROUTES,
    *metrics.ROUTES,
    *front.ROUTES,
    *reference.ROUTES,
    *html.ROUTES,
    *gift.ROUTES,
    *passes.ROUTES,
    *theme_pages.ROUTES,
    *group.ROUTES,
    *readmission.ROUTES,
]

WORKER_ROUTES = [*health.ROUTES, *metrics.ROUTES]
"""The routes of a process that is a worker and no server."""
