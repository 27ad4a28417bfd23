"""The pages at `/` and `/sessions`, with style sheet and scripts: files of the package, served as they are."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

PAGE_FILES = {
    "/": ("index.html", "text/html"),
    "/sessions": ("sessions.html", "text/html"),
    "/sessions.js": ("sessions.js", "text/javascript"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
"""Path to file and media type. Nothing else is served from the folder."""


class Pages:
    """The routes of the pages."""

    def __init__(self) -> None:
        folder = files("gateway.http.page")
        self._contents = {
            path: (folder.joinpath(name).read_bytes(), media_type) for path, (name, media_type) in PAGE_FILES.items()
        }

    def router(self) -> APIRouter:
        """What the application serves."""
        router = APIRouter(include_in_schema=False)
        for path in PAGE_FILES:
            router.add_api_route(path, self._file)
        return router

    async def _file(self, request: Request) -> Response:
        content, media_type = self._contents[request.url.path]
        return Response(content, media_type=media_type)
