"""The web application: which address answers with what."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from tallystick.core.view import View
from tallystick.web import api, failures, lifecycle, pages
from tallystick.web.headers import SafeHeaders
from tallystick.web.site import Site
from tallystick.web.static import Static

GZIP_LEVEL = 1
"""A scrape at level 9 takes ten times as long to compress and is hardly smaller."""


def create_app(
    view: View,
    *,
    external_url: str = "",
    route_prefix: str = "",
    telemetry_path: str = "/metrics",
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """
    Make the application.

    Args:
        view: the running exporter.
        external_url: address under which people reach it, if that is another than it listens on; links use its path.
        route_prefix: path under which everything is served; empty: the path of *external_url*, as in Prometheus.
            A proxy that takes the path away needs ``/``.
        telemetry_path: where the metrics are, under the prefix.
        clock: the time now, in seconds since 1970.
    """
    outside = urlsplit(external_url).path.rstrip("/")
    prefix = "/" + route_prefix.strip("/") if route_prefix.strip("/") else "" if route_prefix else outside
    site = Site(
        view=view,
        base=outside if external_url else prefix,
        telemetry_path="/" + telemetry_path.strip("/"),
        clock=clock,
    )
    routes = _routes(site)
    app = Starlette(
        routes=[Mount(prefix, routes=routes), Route("/", _to_prefix)] if prefix else routes,
        middleware=[Middleware(SafeHeaders), Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=GZIP_LEVEL)],
        exception_handlers=failures.HANDLERS,
    )
    app.state.site = site
    return app


def _routes(site: Site) -> list[BaseRoute]:
    return [
        Route("/", pages.index, name="index"),
        Route("/slo/{slo_id:path}", pages.slo, name="slo"),
        Route("/api/v1/standings", api.standings),
        Route("/api/v1/agreements", api.agreements),
        Route("/api/v1/status", api.status),
        Route("/api/v1/slo/{slo_id:path}/burn-down", api.burn_down),
        Route("/api/v1/slo/{slo_id:path}", api.slo),
        Route(site.telemetry_path, lifecycle.metrics),
        Route("/-/healthy", lifecycle.healthy),
        Route("/-/ready", lifecycle.ready),
        Route("/-/reload", lifecycle.reload, methods=["POST", "PUT"]),
        Route("/favicon.ico", _favicon),
        Mount("/static", Static()),
    ]


def _to_prefix(request: Request) -> Response:
    return RedirectResponse(Site.of(request).href("/"))


def _favicon(request: Request) -> Response:
    return RedirectResponse(Site.of(request).asset("favicon.svg"), status_code=301)
