"""What every handler needs: the running exporter, and how addresses are written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tallystick import __version__
from tallystick.core.view import BurnDownPoint, View
from tallystick.metrics import Exposition
from tallystick.web.looks import environment
from tallystick.web.static import fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """
    The site.

    Attributes:
        view: the running exporter.
        base: path in front of every address of ours; empty, or with a slash at its start and none at its end.
        telemetry_path: path of the metrics, after *base*.
        clock: the time now, in seconds since 1970.
        exposition: what the metrics answer.
        templates: the pages' templates.
    """

    view: View
    base: str
    telemetry_path: str
    clock: Callable[[], float]
    exposition: Exposition = field(init=False)
    templates: Environment = field(init=False, default_factory=environment)

    def __post_init__(self) -> None:
        """Make what depends on the view."""
        object.__setattr__(self, "exposition", Exposition(self.view))

    @classmethod
    def of(cls, request: Request) -> "Site":
        """The site that *request* is answered by."""
        site = request.app.state.site
        assert isinstance(site, cls)
        return site

    def href(self, *segments: str, **query: str) -> str:
        """The address of a page of ours: its path, of which each segment after the first is escaped, and a query."""
        head, *rest = segments
        path = "/".join([head.rstrip("/"), *(quote(segment, safe="") for segment in rest)]) or "/"
        asked = {name: value for name, value in query.items() if value}
        return self.base + path + ("?" + urlencode(asked) if asked else "")

    def asset(self, name: str) -> str:
        """The address of a file of ours, which changes with its content."""
        return self.href("/static", name, v=fingerprint(name))

    def burn_down(self, slo_id: str, window: str, group: Mapping[str, str]) -> Sequence[BurnDownPoint]:
        """
        The burn-down of an SLO, or of one of its groups.

        Raises:
            KeyError: there is no such SLO, window or group.
        """
        return self.view.burn_down(slo_id, window, group) if group else self.view.burn_down(slo_id, window)

    def page(self, template: str, values: dict[str, Any], status: int = 200) -> HTMLResponse:
        """Fill in *template*."""
        fixed = {
            "href": self.href,
            "asset": self.asset,
            "metrics_href": self.href(self.telemetry_path),
            "version": __version__,
            "now": self.clock(),
        }
        return HTMLResponse(self.templates.get_template(template).render(fixed | values), status_code=status)
