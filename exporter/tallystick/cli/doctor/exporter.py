"""The running exporter, as its own metrics tell."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from tallystick.cli.doctor.line import Line
from tallystick.cli.doctor.record import BEHIND_SECONDS
from tallystick.cli.words import count
from tallystick.core.duration import format_seconds
from tallystick.core.slo import Slo
from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus

PART = "exporter"

ROUND_SECONDS = 60
"""How often it reads by itself."""

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What it shows, by the name of the metric."""

    samples: Mapping[str, Sequence[tuple[Labels, float]]]

    def one(self, name: str) -> float | None:
        """The value of a metric without labels; None if it is not there."""
        found = self.samples.get(name, ())
        return found[0][1] if found else None


def look_at_exporter(client: Prometheus, slos: Sequence[Slo], now: float) -> Iterator[Line]:
    """Everything that its metrics tell."""
    try:
        status, body = client.fetch("/metrics")
    except PrometheusError as fault:
        yield Line(PART, "fail", str(fault), "see whether it runs: tallystick serve; and whether the address is right")
        return
    shown = _read(body) if status == 200 else None  # noqa: PLR2004  # OK
    up = shown.one("tallystick_up") if shown else None
    if shown is None or up is None:
        text = f"{client.public_url}/metrics answered {status}, and not as the exporter does"
        yield Line(PART, "fail", text, "name the address without --web.telemetry-path, and with --web.route-prefix")
        return
    yield Line(PART, "ok", f"{client.public_url} answers, version {_version(shown)}")
    if up == 1:
        yield Line(PART, "ok", "it can reach Prometheus")
    else:
        yield Line(PART, "fail", "it can't reach its Prometheus", "look at its --prometheus.url, and at its log")
    yield _loaded(shown, slos)
    yield _rounds(shown)
    yield _ledger_end(shown, now)
    yield _failures(shown)


def _read(body: bytes) -> _Shown | None:
    found: dict[str, list[tuple[Labels, float]]] = defaultdict(list)
    try:
        for family in text_string_to_metric_families(body.decode()):
            for sample in family.samples:
                found[sample.name].append((sample.labels, float(sample.value)))
    except (ValueError, KeyError, IndexError):  # what a parser says of a page that is none
        return None
    return _Shown(found)


def _version(shown: _Shown) -> str:
    found = shown.samples.get("tallystick_build_info", ())
    return found[0][0].get("version", "not told") if found else "not told"


def _loaded(shown: _Shown, slos: Sequence[Slo]) -> Line:
    """Whether it goes by the definitions that are here."""
    reload = "tell it to load the definitions: POST /-/reload, or SIGHUP"
    if shown.one("tallystick_config_last_reload_successful") == 0:
        return Line(
            PART,
            "fail",
            "it could not load the definitions the last time, and goes by older ones",
            "tallystick check tells what is wrong with them",
        )
    there = {labels.get("slo", ""): labels.get("slo_revision", "") for labels, _ in shown.samples.get("slo_info", ())}
    other = [slo.slo_id for slo in slos if there.get(slo.slo_id) != slo.revision]
    if other:
        return Line(
            PART,
            "warn",
            f"it has {count(len(other), 'SLO')} in another revision or not at all, first {other[0]}",
            reload,
        )
    more = len(there.keys() - {slo.slo_id for slo in slos})
    if slos and more:
        return Line(PART, "warn", f"it has {count(more, 'SLO')} more than the definitions", reload)
    return Line(
        PART, "ok", f"it goes by {'these definitions' if slos else 'its definitions'}: {count(len(there), 'SLO')}"
    )


def _rounds(shown: _Shown) -> Line:
    if (done := shown.one("tallystick_backfill_done_ratio")) is not None and done < 1:
        return Line(PART, "warn", f"it is still reading the past: {100 * done:.0f} %", "wait")
    if failed := shown.one("tallystick_round_failures_total"):
        return Line(
            PART,
            "warn",
            f"{failed:.0f} rounds since its start failed at the ledger",
            "look at its log, and at the ledger",
        )
    took = shown.one("tallystick_round_duration_seconds") or 0
    text = f"its latest round took {took:.2f} s"
    if took > ROUND_SECONDS:
        return Line(
            PART,
            "warn",
            text,
            "more than the usual time between rounds: check --prometheus.url tells which SLOs read much",
        )
    return Line(PART, "ok", text)


def _ledger_end(shown: _Shown, now: float) -> Line:
    ends = [
        (value, labels.get("slo", "")) for labels, value in shown.samples.get("slo_ledger_end_timestamp_seconds", ())
    ]
    if not ends:
        return Line(PART, "warn", "it has measured nothing yet", "wait for its first round, or see what its log says")
    end, slo = min(ends)
    if now - end > BEHIND_SECONDS:
        text = f"what it shows of {slo} is {format_seconds(int(now - end))} old"
        return Line(
            PART, "fail", text, "see what its log says of it; check --prometheus.url tells whether its series are there"
        )
    return Line(PART, "ok", f"what it shows is at most {format_seconds(max(int(now - end), 0))} old")


def _failures(shown: _Shown) -> Line:
    """Readings that failed, since its start."""
    found = [(value, labels) for labels, value in shown.samples.get("tallystick_query_failures_total", ()) if value]
    if not found:
        return Line(PART, "ok", "no reading of an SLO has failed since its start")
    most, labels = max(found, key=lambda pair: pair[0])
    slos = len({labels.get("slo") for _, labels in found})
    text = f"readings of {count(slos, 'SLO')} failed, most of {labels.get('slo', '')}: {most:.0f} times {labels.get('reason', '')}"
    return Line(PART, "warn", text, "docs/metrics.md has what each reason means; the status page has the words")
