"""Options that several commands share, in Prometheus' dotted style, each also an environment variable."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from tallystick.core.duration import parse_seconds
from tallystick.core.timerange import DAY_SECONDS
from tallystick.definition.checks.interval import Told
from tallystick.definition.values import ValueFault, read_share
from tallystick.generate.operator import LABEL_KEY, LABEL_VALUE

Command = TypeVar("Command", bound=Callable[..., Any])

_LATEST = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
"""No definition speaks of a later time."""


_MOST_DAYS = 3_660
"""Longer than any ledger there is."""


class Duration(click.ParamType[int]):
    """Whole seconds, written as Prometheus writes durations."""

    name = "duration"

    def __init__(self, least: int = 0) -> None:
        """Refuse less than *least* seconds."""
        self._least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read *value*, which is text, or seconds where it is a default."""
        if isinstance(value, int):
            return value
        try:
            seconds = parse_seconds(value)
        except ValueError as fault:
            self.fail(f"{fault}; write for example 5m or 30s", param, ctx)
        if seconds < self._least:
            self.fail(f"{value!r} is too short; the least is {self._least}s", param, ctx)
        return seconds


class Lines(click.types.StringParamType):
    """Text, of which an environment variable has one a line: values of headers have blanks."""

    def split_envvar_value(self, rv: str) -> list[str]:
        """Its lines but the empty ones."""
        return [line.strip() for line in rv.splitlines() if line.strip()]


class Matching(click.ParamType[str]):
    """Text that a pattern matches as a whole."""

    name = "text"

    def __init__(self, pattern: re.Pattern[str], what: str) -> None:
        """Messages say that a value is not *what*."""
        self._pattern = pattern
        self._what = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read *value*."""
        if not self._pattern.fullmatch(str(value)):
            self.fail(f"{str(value)!r} is not {self._what}", param, ctx)
        return str(value)


class Instant(click.ParamType[float]):
    """A time as RFC 3339 text or as seconds since 1970."""

    name = "time"

    def __init__(self, *, future: bool = False) -> None:
        """Refuse what is in the *future*, unless it is asked about."""
        self._future = future

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read *value*; a time without a zone is UTC."""
        text = str(value)
        try:
            seconds = _seconds(text)
        except (ValueError, OverflowError):
            self.fail(f"{text!r} is not a time; write for example 2026-11-23T12:00:00Z", param, ctx)
        if not 0 <= seconds <= (_LATEST if self._future else time.time() + DAY_SECONDS):
            when = "after 2199" if self._future else "in the future"
            self.fail(f"{text!r} is before 1970 or {when}; of that nothing is known", param, ctx)
        return seconds


class Share(click.ParamType[Fraction]):
    """A share as in definitions: ``1%`` or ``0.01``."""

    name = "share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Read *value*, exactly."""
        if isinstance(value, Fraction):
            return value
        try:
            return Fraction(read_share(str(value)))
        except ValueFault as fault:
            self.fail(f"{value!r} {fault}; {fault.hint}", param, ctx)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        from dateutil.parser import isoparse  # noqa: PLC0415  # commands without times do not pay for it

        moment = isoparse(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


DURATION = Duration()
SOME_TIME = Duration(least=1)


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


def interval_options(command: Command) -> Command:
    """How often Prometheus scrapes and evaluates; the command gets ``told``."""

    @wraps(command)
    def informed(*arguments: Any, scrape_interval: int | None, evaluation_interval: int | None, **others: Any) -> Any:
        intervals = (seconds and seconds * 1_000 for seconds in (scrape_interval, evaluation_interval))
        return command(*arguments, told=Told(*intervals), **others)

    scrapes = option(
        "--scrape-interval",
        type=SOME_TIME,
        metavar="DURATION",
        help="How often Prometheus scrapes what the SLOs are made of. By default what it says, if it can be asked, else 1m.",
    )
    evaluations = option(
        "--evaluation-interval",
        type=SOME_TIME,
        metavar="DURATION",
        help="How often it evaluates rules. By default what it says, if it can be asked, else 1m.",
    )
    return cast("Command", scrapes(evaluations(informed)))


def past_options(verb: str) -> Callable[[Command], Command]:
    """Which past a command looks at; it gets ``days`` and ``at``. *verb* is what it does with it, as in "look back"."""

    def with_past(command: Command) -> Command:
        ends = option(
            "--at",
            type=Instant(),
            metavar="TIME",
            help="Where they end, as 2026-11-23T12:00:00Z or seconds since 1970; now by default.",
        )
        days = option("--days", type=click.IntRange(1, _MOST_DAYS), default=30, help=f"How many days to {verb}.")
        return days(ends(command))

    return with_past


def prometheus_options(command: Command) -> Command:
    """
    How to reach Prometheus; the command gets ``prometheus``, a client that has sent nothing yet, or None without an address.

    Raises:
        click.BadParameter: a header is none.
        TallystickError: the address or a header can't be used.
    """

    @wraps(command)
    def connected(
        *arguments: Any,
        prometheus_url: str | None,
        prometheus_timeout: int,
        prometheus_header: tuple[str, ...],
        **others: Any,
    ) -> Any:
        headers = parse_headers(prometheus_header)
        return command(*arguments, prometheus=client_of(prometheus_url, prometheus_timeout, headers), **others)

    address = option(
        "--prometheus.url", metavar="URL", help="Address of Prometheus (or Mimir, Thanos, VictoriaMetrics)."
    )
    patience = option(
        "--prometheus.timeout", type=SOME_TIME, default=30, help="How long one answer of Prometheus may take."
    )
    header = option(
        "--prometheus.header",
        type=Lines(),
        multiple=True,
        metavar="NAME=VALUE",
        help="Header to send with each request, for example X-Scope-OrgID=prod; repeatable, and in the variable one a line.",
    )
    return cast("Command", address(patience(header(connected))))


SHORT_SECONDS = 10
"""How long an answer of what is no Prometheus may take."""


def client_of(url: str | None, timeout_seconds: int, headers: dict[str, str]) -> Any:
    """A client that has sent nothing yet; None without an address."""
    if not url:
        return None
    from tallystick.upstream.client import connect  # noqa: PLC0415  # `check` does not pay for it

    return connect(url, timeout_seconds=timeout_seconds, headers=headers)


def grafana_options(command: Command) -> Command:
    """How to ask a Grafana; the command gets ``grafana``, which has sent nothing yet, or None without an address."""

    @wraps(command)
    def connected(*arguments: Any, grafana_url: str | None, grafana_token: str | None, **others: Any) -> Any:
        return command(*arguments, grafana=_grafana(grafana_url, grafana_token), **others)

    address = option(
        "--grafana.url", metavar="URL", help="Address of Grafana, to see whether the dashboards have a source."
    )
    token = option(
        "--grafana.token",
        metavar="TOKEN",
        help="Token of a service account that may read sources of data; better in the variable than on the line.",
    )
    return cast("Command", address(token(connected)))


def _grafana(url: str | None, token: str | None) -> Any:
    if not url:
        return None
    from tallystick.upstream.grafana import Grafana  # noqa: PLC0415  # `check` does not pay for it

    client = client_of(url, SHORT_SECONDS, {"Authorization": f"Bearer {token}"} if token else {})
    return Grafana(client)


def parse_labels(pairs: tuple[str, ...], flag: str) -> dict[str, str]:
    """
    Read ``NAME=VALUE`` *pairs* of *flag* as labels of an object in Kubernetes.

    Raises:
        click.BadParameter: one of them is something else.
    """
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not LABEL_KEY.fullmatch(name) or not LABEL_VALUE.fullmatch(value):
            raise click.BadParameter(
                f"{pair!r} is not a label of Kubernetes, such as release=prometheus", param_hint=flag
            )
        found[name] = value
    return found


def parse_headers(pairs: tuple[str, ...]) -> dict[str, str]:
    """
    Read ``NAME=VALUE`` *pairs*.

    Raises:
        click.BadParameter: one of them is something else; values may be secret and are not repeated.
    """
    return dict(_header(number, pair) for number, pair in enumerate(pairs, start=1))


def _header(number: int, pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    before, colon, _ = name.partition(":")
    if equals and name and not colon:
        return name, value
    what = f"{before!r} with a colon" if colon else f"header {number}"
    raise click.BadParameter(f"{what} is not NAME=VALUE", param_hint="--prometheus.header")
