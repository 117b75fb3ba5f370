"""The policy: the limits that browsers apply to a page, sent along with every page.

A page loads from this server alone, and stands in no frame. In its own text it carries no script, and no
style but those whose hashes the policy names. So browsers run nothing that an attacker smuggles into a
page, and send nothing away for it.
"""

from __future__ import annotations

from collections.abc import Sequence

HTML = "text/html; charset=utf-8"

CONTENT = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

SCRIPTS = {"script-src": "'self'", "connect-src": "'self'", "manifest-src": "'self'"}
"""The policy of pages with a script of ours, which may ask this server alone, and be installed."""

HEADERS = {
    # Other sites learn no address of ours. `no-referrer` would hide as much, but browsers then send
    # `Origin: null` with a form, and forms are judged by it where `Sec-Fetch-Site` is missing.
    "Referrer-Policy": "same-origin",
    # A page of another site that opens ours, or embeds its text as a picture, gets no hold of it.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page_headers(*, scripts: bool = False, styles: Sequence[str] = ()) -> dict[str, str]:
    """Write the headers of a page; one with `scripts` may run those that this server has.

    `styles` are the hashes of style sheets that stand in the page itself, so that it is shown without
    waiting for another answer: `sha256-…` of their text, in base64.
    """
    sources = CONTENT | SCRIPTS if scripts else dict(CONTENT)
    if styles:
        sources["style-src"] = " ".join(["'self'", *(f"'{each}'" for each in styles)])
    policy = "; ".join(f"{name} {source}" for name, source in sources.items())
    return {"Content-Security-Policy": policy, **HEADERS}
