"""How callers name a huggg: by its id or by its shortcode, wherever an `{id}` is published."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from huggg.kit.codes import Vault
from huggg.kit.ids import parse_id


class HugggReference(Struct, frozen=True, gc=False):
    """An id, or the fingerprints that a shortcode may have; never the shortcode itself."""

    id: UUID | None
    fingerprints: list[bytes]

    def candidates(self) -> list[tuple[UUID | None, bytes | None]]:
        """List what it may mean: one id, or one fingerprint for each key."""
        if self.id is not None:
            return [(self.id, None)]
        return [(None, fingerprint) for fingerprint in self.fingerprints]


def reference(vault: Vault, text: str) -> HugggReference:
    """Read what a caller wrote. Anything that is no GUID is taken for a shortcode."""
    huggg_id = parse_id(text)
    if huggg_id is not None:
        return HugggReference(huggg_id, [])
    return HugggReference(None, vault.fingerprints("shortcode", text))
