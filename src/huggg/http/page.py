"""A page: HTML that carries its own style, runs nothing, and is shown in no frame of another site."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

from huggg.http.web import Response

HTML = "text/html; charset=utf-8"

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def page_response(html: str) -> Response:
    """Answer with a page, and with the policy that lets a browser load its `<style>` alone."""
    headers = {"Content-Security-Policy": content_policy(html), "Referrer-Policy": "no-referrer"}
    return Response(html.encode(), media_type=HTML, headers=headers)


def content_policy(html: str) -> str:
    """Write the policy. A style is named by its hash, so that one which is smuggled in has no effect."""
    styles = " ".join(f"'sha256-{_hash(style)}'" for style in _STYLE.findall(html)) or "'none'"
    return (
        f"default-src 'none'; style-src {styles}; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )


def _hash(style: str) -> str:
    return b64encode(sha256(style.encode()).digest()).decode()
