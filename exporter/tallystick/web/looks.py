"""How values look on a page: the filters and functions that the templates use."""

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tallystick.report import figures
from tallystick.report.document import instant
from tallystick.web import described

TEMPLATES = Path(__file__).parent / "templates"


def environment() -> Environment:
    """The templates, with everything escaped that is put into them."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "ago": ago,
        "bar": bar,
        "combine": combine,
        "events": figures.count,
        "exclusion": described.exclusion,
        "indicator": described.indicator,
        "instant": instant,
        "objective": figures.objective,
        "over": figures.over,
        "reckoning": described.reckoning,
        "rate": figures.rate,
        "share": figures.share,
        "when": when,
        "web_links": web_links,
    }
    return made


def when(at: float) -> str:
    """An instant, to the minute: ``2026-11-23 12:00 UTC``."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def ago(at: float, now: float) -> str:
    """How long before *now* instant *at* was; clocks that differ a little make it ``just now``."""
    return f"{figures.length(now - at)} ago" if now - at >= 1 else "just now"


def bar(remaining: Fraction | None) -> float:
    """Length of a budget's bar, 0 to 100: what is left, or by how much it is overspent, up to once over."""
    return 0.0 if remaining is None else float(min(abs(remaining), Fraction(1)) * 100)


def combine(query: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """*query* with the values of *other*."""
    return {**query, **other}


def web_links(links: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """Links as name, address, and whether a browser may follow it: only web addresses may be clicked."""
    return [(name, address, _is_web(address)) for name, address in links.items()]


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
