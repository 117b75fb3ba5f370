"""A worker's part in notifications: it hands batches of deliveries over."""

from __future__ import annotations

from huggg.jobs.worker import Work
from huggg.notifications.hand_over import hand_over_batch
from huggg.notifications.job_kinds import SEND

WORKS = [Work(SEND, hand_over_batch)]
