"""The API's document at `/openapi.json`, and a page that shows it and tries it out at `/docs`, without a network.

The page is Swagger UI as fastapi-offline brings it. Nothing in it stands in the page itself, because the application
lets no page run what does not come from a file of this host.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.resources import files

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

ASSETS = {
    "/docs/swagger-ui-bundle.js": ("swagger-ui-bundle.js", "text/javascript"),
    "/docs/swagger-ui.css": ("swagger-ui.css", "text/css"),
}
"""Files of fastapi-offline. Nothing else is served from it."""

PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>fixpit API</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/page.js"></script>
</body>
</html>
"""

SCRIPT = b"""\
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null });
"""


class Documents:
    """The routes of the document."""

    def __init__(self, document: Callable[[], object]) -> None:
        """`document` makes it."""
        self._document = document
        self._contents: dict[str, bytes] = {}

    def router(self) -> APIRouter:
        """What the application serves."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/openapi.json", self._openapi)
        router.add_api_route("/docs", self._page)
        router.add_api_route("/docs/page.js", self._script)
        for path, (name, media_type) in ASSETS.items():
            router.add_api_route(path, self._asset(path, name, media_type))
        return router

    async def _openapi(self) -> Response:
        return await self._answer("/openapi.json", "application/json", lambda: msgspec.json.encode(self._document()))

    async def _page(self) -> Response:
        return Response(PAGE, media_type="text/html")

    async def _script(self) -> Response:
        return Response(SCRIPT, media_type="text/javascript")

    def _asset(self, path: str, name: str, media_type: str) -> Callable[[], object]:
        async def asset() -> Response:
            file = files("fastapi_offline") / "static" / name
            return await self._answer(path, media_type, file.read_bytes)

        return asset

    async def _answer(self, path: str, media_type: str, make: Callable[[], bytes]) -> Response:
        """What is made once, beside the loop, and kept."""
        if path not in self._contents:
            self._contents[path] = await asyncio.to_thread(make)
        return Response(self._contents[path], media_type=media_type)
