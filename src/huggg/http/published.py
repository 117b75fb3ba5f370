"""The scalars of published shapes: how the API writes an id, an instant, a day, money and a flag.

Published shapes are msgspec Structs: answers and OpenAPI document come from the same lines, each field
in its published place.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

Guid = Annotated[UUID, Meta(examples=["f204ed28-b230-4d0a-8c63-48e65a070f35"])]
GuidOrEmpty = Annotated[
    str,
    Meta(
        pattern=r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$",
        examples=["f204ed28-b230-4d0a-8c63-48e65a070f35"],
    ),
]
Timestamp = Annotated[
    str,
    Meta(
        description="UTC, without a zone.",
        pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$",
        examples=["2018-11-05 17:16:14"],
    ),
]
IsoTimestamp = Annotated[
    str,
    Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", examples=["2018-11-20T17:34:08Z"]),
]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$", examples=["2019-04-04"])]
TimeOfDay = Annotated[str, Meta(pattern=r"^\d\d:\d\d:\d\d$", examples=["16:45:13"])]
PoundsText = Annotated[
    str, Meta(description="Pounds, two decimals.", pattern=r"^\d+\.\d\d$", examples=["20.00"])
]
Pence = Annotated[int, Meta(description="Pence.", ge=0, examples=[350])]
HugggUrl = Annotated[str, Meta(examples=["https://gifts.example/z6xPIefA1gKvsxRb"])]
