"""The deliveries of a purchase, as its statement takes them: a list for each of their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.notifications.addressee import Addressee, seal_addressee
from huggg.notifications.delivery import NewDelivery
from huggg.notifications.job_kinds import BATCH
from huggg.people.person_key import PersonKey


def delivery_lists(
    vault: Vault, deliveries: Sequence[NewDelivery], keys: Mapping[UUID, PersonKey]
) -> dict[str, list[Any]]:
    """Line up gifts' deliveries, in batches that a job hands over together.

    `keys` are those of the people whose deliveries say more than their own data.
    """
    batches = [new_id() for _ in range(0, len(deliveries), BATCH)]
    return {
        "delivery_id": [new_id() for _ in deliveries],
        "delivery_huggg_id": [each.huggg_id for each in deliveries],
        "delivery_person_id": [each.person_id for each in deliveries],
        "delivery_channel": [each.channel for each in deliveries],
        "delivery_sealed": [_sealed(vault, each, keys) for each in deliveries],
        "delivery_batch_id": [batches[place // BATCH] for place in range(len(deliveries))],
    }


def _sealed(vault: Vault, new: NewDelivery, keys: Mapping[UUID, PersonKey]) -> bytes | None:
    own = Addressee(name=new.name, language=new.language)
    return seal_addressee(vault, own, subject_id=new.huggg_id, key=keys.get(new.person_id))
