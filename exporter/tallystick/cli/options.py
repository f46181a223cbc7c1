"""Options that several commands share, in Prometheus' dotted style, each also an environment variable."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from tallystick.core.duration import parse_seconds

Command = TypeVar("Command", bound=Callable[..., Any])


class Duration(click.ParamType[int]):
    """Whole seconds, written as Prometheus writes durations."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read *value*, which is text, or seconds where it is a default."""
        if isinstance(value, int):
            return value
        try:
            return parse_seconds(value)
        except ValueError as fault:
            self.fail(f"{fault}; write for example 5m or 30s", param, ctx)


DURATION = Duration()


def option(flag: str, **settings: Any) -> Callable[[Command], Command]:
    """
    An option ``--like.this``, handed over as ``like_this`` and readable from ``TALLYSTICK_LIKE_THIS``.

    Args:
        flag: its name with the dashes; ``--yes/--no`` pairs work as in click.
        settings: what ``click.option`` takes.
    """
    name = flag.split("/", maxsplit=1)[0].lstrip("-").replace(".", "_").replace("-", "_")
    merged: dict[str, Any] = {"envvar": f"TALLYSTICK_{name.upper()}", "show_envvar": True, "show_default": True}
    merged.update(settings)
    return click.option(flag, name, **merged)


def paths_argument(command: Command) -> Command:
    """Files and folders of definitions; ``slo-definitions`` if none is named."""
    return click.argument(
        "paths", nargs=-1, type=click.Path(path_type=Path), default=(Path("slo-definitions"),), metavar="[PATHS]..."
    )(command)


prometheus_url_option = option(
    "--prometheus.url", metavar="URL", help="Address of Prometheus (or Mimir, Thanos, VictoriaMetrics)."
)
prometheus_timeout_option = option(
    "--prometheus.timeout", type=DURATION, default=30, help="How long one answer of Prometheus may take."
)
prometheus_header_option = option(
    "--prometheus.header",
    multiple=True,
    metavar="NAME=VALUE",
    help="Header to send with each request, for example X-Scope-OrgID=prod; repeatable.",
)


def parse_headers(pairs: tuple[str, ...]) -> dict[str, str]:
    """
    Read ``NAME=VALUE`` *pairs*.

    Raises:
        click.BadParameter: one of them has no ``=``.
    """
    for pair in pairs:
        if "=" not in pair:
            raise click.BadParameter(f"{pair!r} is not NAME=VALUE", param_hint="--prometheus.header")
    return dict(pair.split("=", 1) for pair in pairs)
