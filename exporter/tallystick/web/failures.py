"""Answers when something is not there or went wrong, in the look of what was asked for."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tallystick.web.headers import HEADERS
from tallystick.web.site import Site

log = logging.getLogger(__name__)

Handler = Callable[[Request, Exception], Response]


def expected(request: Request, fault: Exception) -> Response:
    """An address that does not exist, a method that is not allowed, a wish that can't be met."""
    assert isinstance(fault, HTTPException)
    response = _answer(request, fault.status_code, fault.detail)
    response.headers.update(fault.headers or {})
    return response


def unexpected(request: Request, fault: Exception) -> Response:
    """A failure of ours; the log has the details, the answer has none."""
    log.error("answering %s failed", request.url.path, exc_info=fault)
    response = _answer(request, 500, "Something went wrong here. The log of tallystick says what.")
    response.headers.update(HEADERS)  # this answer is made outside of all middleware
    return response


HANDLERS: Mapping[type[Exception] | int, Handler] = {HTTPException: expected, Exception: unexpected}


def _answer(request: Request, status: int, detail: str) -> Response:
    site, path = Site.of(request), request.url.path
    if "/api/" in path:
        return Response(orjson.dumps({"error": detail}), status, media_type="application/json")
    if "/-/" in path:
        return PlainTextResponse(detail + "\n", status)
    title = HTTPStatus(status).phrase
    if detail == title:
        detail = "There is nothing at this address." if status == HTTPStatus.NOT_FOUND else ""
    return site.page("failure.html", {"status": status, "title": title, "detail": detail}, status)
