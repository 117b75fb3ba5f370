"""References of callers to a huggg: by id or shortcode at every `{id}`, and by redeem code at tills."""

from __future__ import annotations

import re
from uuid import UUID

from msgspec import Struct

from huggg.hugggs.huggg import REDEEM_CODE_SYMBOLS
from huggg.kit.codes import Vault
from huggg.kit.ids import parse_id

REDEEM_CODE = "redeem code"
"""The kind under which redeem codes are fingerprinted."""

_BETWEEN = r"[\s\u2010-\u2015\u2212-]*"  # a keyboard of a phone writes other dashes and blanks, too
_TYPED = re.compile(rf"{_BETWEEN}(?:[A-Za-z0-9]{_BETWEEN}){{{REDEEM_CODE_SYMBOLS}}}")


class HugggReference(Struct, frozen=True, gc=False):
    """An id, or the fingerprints that a shortcode or a redeem code may have; never the code itself."""

    id: UUID | None
    fingerprints: list[bytes]
    redeem_fingerprints: list[bytes] = []

    def candidates(self) -> list[tuple[UUID | None, bytes | None]]:
        """List the possible meanings: one id, or one fingerprint for each key; none for a redeem code.

        A redeem code means a huggg only at a brand's till, and a lookup learns that brand together with
        the huggg. See `typed.py`.
        """
        if self.id is not None:
            return [(self.id, None)]
        return [(None, fingerprint) for fingerprint in self.fingerprints] or [(None, None)]


def reference(vault: Vault, text: str) -> HugggReference:
    """Read a reference to a huggg. A text that is no GUID is taken for a shortcode."""
    huggg_id = parse_id(text)
    return link_reference(vault, text) if huggg_id is None else HugggReference(huggg_id, [])


def link_reference(vault: Vault, shortcode: str) -> HugggReference:
    """Refer to the huggg of a link, which finds nothing any more once the huggg moved."""
    return HugggReference(None, vault.fingerprints("shortcode", shortcode))


def till_reference(vault: Vault, text: str) -> HugggReference:
    """Read a till's reference to a huggg: an id, a shortcode or a redeem code.

    Clerks type a redeem code as they hear or read it, in either case, with blanks or dashes anywhere.
    """
    if _TYPED.fullmatch(text) is None:
        return reference(vault, text)
    code = re.sub(_BETWEEN, "", text).lower()
    return HugggReference(None, [], vault.fingerprints(REDEEM_CODE, code))
