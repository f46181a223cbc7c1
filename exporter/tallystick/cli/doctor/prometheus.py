"""Prometheus, and what it knows of the exporter, the rules and Alertmanager."""

import time
from collections.abc import Iterator, Sequence

from tallystick.cli.doctor.line import Line, unknown
from tallystick.cli.words import count
from tallystick.core.duration import format_seconds
from tallystick.definition.load import Loaded
from tallystick.errors import PrometheusError
from tallystick.online.checks import rule_health, rules_loaded
from tallystick.online.run import Given, look
from tallystick.upstream.client import Prometheus
from tallystick.upstream.inventory import retention_seconds, version_of

PART = "prometheus"

CLOCK_SECONDS = 5
"""Difference of clocks that nobody minds: the exporter reads what is two minutes old."""

SETTLE_SECONDS = 120
"""How long the exporter waits for late samples by itself; clocks that differ by more make it read too early."""

_SCRAPE = "scrape it: a job under scrape_configs with the address of the exporter (docs/exporter.md)"


def look_at_prometheus(prometheus: Prometheus, loaded: Loaded) -> Iterator[Line]:
    """Everything that is asked of it; nothing more once it is not there."""
    before = time.time()
    try:
        now = prometheus.now()
    except PrometheusError as fault:
        yield Line(PART, "fail", str(fault), "look whether it runs, and whether the address and the headers are right")
        return
    after = time.time()
    yield _version(prometheus)
    yield _clock(now - (before + after) / 2, (after - before) / 2)
    yield _retention(prometheus, loaded)
    yield _scraped(prometheus, now)
    yield from _rules(prometheus, loaded)
    yield _alertmanagers(prometheus)


def _version(prometheus: Prometheus) -> Line:
    try:
        version = version_of(prometheus)
    except PrometheusError as fault:
        return unknown(PART, f"{prometheus.public_url} answers queries; its version", fault)
    return Line(PART, "ok", f"{prometheus.public_url} answers, version {version or 'not told'}")


def _clock(ahead: float, error: float) -> Line:
    """How far its clock is *ahead* of ours, give or take *error*, both in seconds."""
    apart = abs(ahead) - error
    which = "ahead of" if ahead > 0 else "behind"
    if apart <= CLOCK_SECONDS:
        return Line(PART, "ok", "its clock and ours agree")
    text = f"its clock is {abs(ahead):.0f} s {which} ours"
    return Line(PART, "fail" if apart > SETTLE_SECONDS else "warn", text, "let both machines ask a time server (NTP)")


def _retention(prometheus: Prometheus, loaded: Loaded) -> Line:
    longest = max((window.nominal_seconds for slo in loaded.slos for window in slo.windows), default=0)
    try:
        kept = retention_seconds(prometheus)
    except PrometheusError as fault:
        return unknown(PART, "how long it keeps samples", fault)
    if kept is None:
        return Line(PART, "ok", "it keeps samples until its disk is as full as it may be")
    text = f"it keeps samples for {format_seconds(kept)}"
    if kept >= longest:
        return Line(PART, "ok", text)
    hint = "nothing to do: the ledger does not forget; a new one begins with that much"
    return Line(PART, "warn", f"{text}, and the longest window is {format_seconds(longest)}", hint)


def _scraped(prometheus: Prometheus, now: float) -> Line:
    """Whether the exporter's own metrics get there."""
    try:
        result = prometheus.query("tallystick_up", int(now * 1_000))
        found = {
            f"{one['metric'].get('job', '')}/{one['metric'].get('instance', '')}": float(one["value"][1])
            for one in result
        }
    except PrometheusError as fault:
        return unknown(PART, "whether it scrapes the exporter", fault)
    except (LookupError, TypeError, ValueError, AttributeError):
        return Line(PART, "unknown", "whether it scrapes the exporter is not known: it sent numbers that can't be read")
    if not found:
        return Line(
            PART, "warn", "it does not scrape the exporter (no tallystick_up): dashboards have no budgets", _SCRAPE
        )
    down = sorted(name for name, up in found.items() if up != 1)
    if down:
        return Line(PART, "fail", f"the exporter {', '.join(down)} can't reach its Prometheus", "look at its log")
    return Line(PART, "ok", f"it scrapes the exporter: {', '.join(sorted(found))}")


def _rules(prometheus: Prometheus, loaded: Loaded) -> Iterator[Line]:
    """What the checks of rules find, in two lines."""
    if not loaded.slos:
        return
    found = look(loaded, prometheus, Given(), lambda *_: None, (rules_loaded.CHECK, rule_health.CHECK))
    if found.fault or found.notes:
        yield Line(PART, "unknown", str(found.fault or found.notes[0]))
        return
    slos = count(len(loaded.slos), "SLO")
    unloaded = [one for one in found.problems if one.code == rules_loaded.RULE.code]
    unwell = [one for one in found.problems if one.code == rule_health.RULE.code]
    if unloaded:
        yield Line(PART, "fail", _first([one.message for one in unloaded], slos), unloaded[0].hint)
    else:
        yield Line(PART, "ok", f"the rules of {slos} are loaded, once, and of the definitions' revisions")
    if unwell:
        errors = [one for one in unwell if one.severity == "error"]
        yield Line(
            PART, "fail" if errors else "warn", _first([one.message for one in errors or unwell], slos), unwell[0].hint
        )
    elif not unloaded:
        yield Line(PART, "ok", "all of them are evaluated, and in time")


def _first(messages: Sequence[str], slos: str) -> str:
    """The first of *messages*, with how many of *slos* it is the like of."""
    return messages[0] if len(messages) == 1 else f"{messages[0]} (and likewise {len(messages) - 1} more of {slos})"


def _alertmanagers(prometheus: Prometheus) -> Line:
    try:
        known = alertmanagers_of(prometheus)
    except PrometheusError as fault:
        return unknown(PART, "which Alertmanagers it sends to", fault)
    if not known:
        hint = "name it under alerting.alertmanagers in prometheus.yml"
        return Line(PART, "fail", "it knows no Alertmanager: no alert reaches anybody", hint)
    return Line(PART, "ok", f"it sends alerts to {', '.join(known)}")


def alertmanagers_of(prometheus: Prometheus) -> list[str]:
    """
    Where it sends alerts to.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    data = prometheus.get("/api/v1/alertmanagers")
    try:
        return sorted(str(one["url"]).partition("/api/")[0] for one in data["activeAlertmanagers"])
    except (TypeError, KeyError) as fault:
        raise PrometheusError("bad_answer", f"{prometheus.public_url} answered without Alertmanagers") from fault
