"""Alertmanager: whether it knows what to do with alerts of SLOs."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml

from tallystick.cli.doctor.line import Line
from tallystick.cli.doctor.prometheus import alertmanagers_of
from tallystick.cli.words import count
from tallystick.definition.problem import show
from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus

PART = "alertmanager"

_OURS = ("slo", "slo_service")
"""Labels that only alerts of SLOs have; routes that look at one of them are meant for them."""

_GENERATE = (
    "put the routes of DIR/alertmanager.yaml, as tallystick generate writes it, before yours (docs/alertmanager.md)"
)


def look_at_alertmanager(client: Prometheus, prometheus: Prometheus | None) -> Iterator[Line]:
    """Everything that is asked of it."""
    try:
        status = client.document("/api/v2/status")
        version, text = str(status["versionInfo"]["version"]), status["config"]["original"]
        config = yaml.safe_load(text)
        root = config["route"]
        receivers = {str(one["name"]): one for one in config["receivers"]}
    except PrometheusError as fault:
        yield Line(PART, "fail", str(fault), "look whether it runs, and whether the address is right")
        return
    except (LookupError, TypeError, AttributeError, yaml.YAMLError):
        yield Line(PART, "fail", f"{client.public_url} did not answer as Alertmanager does", "look at the address")
        return
    yield Line(PART, "ok", f"{client.public_url} answers, version {show(version)}")
    if prometheus and (known := _known_to(prometheus, client)):
        yield known
    yield from _routes(root, receivers)


def _known_to(prometheus: Prometheus, client: Prometheus) -> Line | None:
    """Whether *prometheus* sends to it; None if that is not known, which is told with Prometheus."""
    try:
        known = alertmanagers_of(prometheus)
    except PrometheusError:
        return None
    ports = {urlsplit(one).port for one in known}
    if urlsplit(client.public_url).port in ports:  # names differ from place to place, ports hardly
        return None
    return Line(
        PART, "warn", f"Prometheus sends to {', '.join(known) or 'none'}, and not here", "look which one is meant"
    )


def _routes(root: Mapping[str, Any], receivers: Mapping[str, Any]) -> Iterator[Line]:
    ours = [route for route in _all(root) if any(label in _OURS for label in _labels(route))]
    if not ours:
        text = f"no route is for alerts of SLOs: they go to {show(str(root.get('receiver', '')))}, or where another route lets them"
        yield Line(PART, "warn", text, _GENERATE)
        used = {str(root.get("receiver", ""))}
    else:
        yield Line(PART, "ok", f"{count(len(ours), 'route')} for alerts of SLOs")
        used = {name for route in ours for one in _all(route) if (name := str(one.get("receiver", "")))}
    empty = sorted(name for name in used if not _sends(receivers.get(name, {})))
    if empty:
        hint = "write receivers of these names that send somewhere"
        yield Line(PART, "fail", f"receivers that send nothing: {show(', '.join(empty))}", hint)
    else:
        yield Line(PART, "ok", f"{count(len(used), 'receiver')} for them, each of which sends somewhere")


def _all(route: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """*route* and those below it."""
    todo = [route]
    while todo:
        one = todo.pop()
        yield one
        todo += [child for child in one.get("routes") or () if isinstance(child, dict)]


def _labels(route: Mapping[str, Any]) -> Iterator[str]:
    """The labels that it looks at, in any of the ways they may be written."""
    for key in ("match", "match_re"):
        yield from map(str, route.get(key) or {})
    for matcher in route.get("matchers") or ():
        yield str(matcher).partition("=")[0].partition("!")[0].strip().strip('"')


def _sends(receiver: Mapping[str, Any]) -> bool:
    return any(key.endswith("_configs") and value for key, value in receiver.items())
