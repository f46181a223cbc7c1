"""Style, scripts and the icon, which ride in the package."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"


@cache
def fingerprint(name: str) -> str:
    """Eight hex digits of a hash of file *name*."""
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:8]


class Static(StaticFiles):
    """Our files; one that is asked for by its fingerprint never changes, and may be kept."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file."""
        response = await super().get_response(path, scope)
        asked_by_content = b"v=" in scope.get("query_string", b"")
        kept = "public, max-age=31536000, immutable" if asked_by_content else "no-cache"
        response.headers["cache-control"] = kept
        return response
