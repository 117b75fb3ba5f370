"""The renderer: it turns templates into answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from huggg.html.assets import Assets
from huggg.html.policy import HTML, page_headers
from huggg.http.web import Response

POLICY = "Content-Security-Policy"

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


class Renderer:
    """Renders pages. One per process; its templates are opened when the first page is asked for."""

    def __init__(self, assets: Assets) -> None:
        self.assets = assets
        self._environment: Environment | None = None

    async def page(
        self,
        template: str,
        values: Mapping[str, Any],
        *,
        status: int = 200,
        scripts: bool = False,
        headers: Mapping[str, str] | None = None,
        cookies: tuple[str, ...] = (),
        in_thread: bool = False,
    ) -> Response:
        """Answer with a page.

        A page with `scripts` may run those that this server has, unless its `headers` have a policy of
        their own; `cookies` are `Set-Cookie` lines. A
        long page is rendered `in_thread`, so that no other request waits for it. Raises UndefinedError
        for a value that the template needs and does not get.
        """
        render = (await self._load()).get_template(template).render
        html = await asyncio.to_thread(render, values) if in_thread else render(values)
        if headers is None or POLICY not in headers:
            headers = page_headers(scripts=scripts) | dict(headers or {})
        return Response(html.encode(), status, media_type=HTML, headers=headers, cookies=cookies)

    async def part(self, template: str, values: Mapping[str, Any]) -> Markup:
        """Render a part of a page, to be kept and put into pages. Raises UndefinedError."""
        from markupsafe import Markup  # noqa: PLC0415 - with the library of templates

        html = (await self._load()).get_template(template).render(values)
        return Markup(html)  # noqa: S704 - its template escaped each value

    async def _load(self) -> Environment:
        if self._environment is None:
            # In a thread: requests of the API do not wait while the library is imported.
            self._environment = await asyncio.to_thread(_build_environment, self.assets)
        return self._environment


def _build_environment(assets: Assets) -> Environment:
    """Import the library of templates with the first page: the API starts without it."""
    from huggg.html.templates import build_environment  # noqa: PLC0415

    return build_environment(assets)
