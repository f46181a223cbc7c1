"""Files of Pyrra on a real Prometheus: what `tallystick status` prints of them is what happened."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from e2e.conftest import Past
from tallystick.demo.shape import public_url
from tallystick.demo.truth import MEANING, Counted, Held, truth_of, within, without_server_error

DAYS = 2
SEARCH, PAY = 'job="search",handler="/search"', 'job="checkout",handler="/pay"'
BUCKET, COUNT = "http_request_duration_seconds_bucket", "http_request_duration_seconds_count"
OBJECT = """\
---
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {{name: {name}}}
spec:
  target: "99"
  window: {days}d
  indicator:
    {indicator}
"""


def two(kind: str, part: str, selector: str, total: str, more: str = "") -> str:
    """An indicator of two selectors."""
    return f"{kind}: {{{part}: {{metric: '{selector}'}}, total: {{metric: '{total}'}}{more}}}"


def requests(job: str) -> str:
    """An indicator of requests and of those that the service failed, by handler."""
    total = f'http_requests_total{{job="{job}"}}'
    return two("ratio", "errors", total.replace("}", ',code=~"5.."}'), total, ", grouping: [handler]")


INDICATORS = {
    "checkout-by-handler": requests("checkout"),
    "search-latency": two("latency", "success", f'{BUCKET}{{{SEARCH},le="1"}}', f"{COUNT}{{{SEARCH}}}"),
    "search-either": two("latency", "success", f'{BUCKET}{{le=~"1(\\\\.0)?",{SEARCH}}}', f"{COUNT}{{{SEARCH}}}"),
    "checkout-quick": two("latency", "success", f'{BUCKET}{{{PAY},le="1"}}', f"http_requests_total{{{PAY}}}"),
    "search-native": f"latencyNative: {{total: {{metric: 'http_request_duration_seconds{{{SEARCH}}}'}}, latency: 100ms}}",
    "checkout-probes": f"bool_gauge: {{metric: 'probe_success{{instance=\"{public_url('checkout')}\"}}'}}",
}
TRUE: Mapping[tuple[str, str], Counted | Held] = {
    ("checkout-by-handler", "/pay"): Counted("checkout", without_server_error, "/pay"),
    ("checkout-by-handler", "/orders"): Counted("checkout", without_server_error, "/orders"),
    ("search-latency", ""): MEANING["search-not-slow"],
    ("search-either", ""): MEANING["search-not-slow"],
    ("checkout-quick", ""): Counted("checkout", within(1.0), "/pay"),
    ("search-native", ""): MEANING["search-quick"],
    ("checkout-probes", ""): MEANING["checkout-reachable"],
}


def test_every_form_is_exact(short_past: Past, tmp_path: Path) -> None:
    """Counters and groups of them, buckets of one histogram and among others, a gauge."""
    file = tmp_path / "pyrra.yaml"
    objects = (OBJECT.format(name=name, days=DAYS, indicator=indicator) for name, indicator in INDICATORS.items())
    file.write_text("".join(objects), encoding="utf-8")
    at = short_past.history.span.end
    command = [sys.executable, "-m", "tallystick", "status", str(file), "--prometheus.url", short_past.prometheus.url]

    answer = subprocess.run(
        [*command, "--at", str(at), "--format", "json"], capture_output=True, text=True, check=False
    )

    assert answer.returncode in (0, 1), answer.stderr
    found = {
        (row["slo"], (row["group"] or {}).get("handler", "")): (row["good"], row["total"])
        for row in json.loads(answer.stdout)
    }
    start = at - DAYS * 86_400
    assert all(truth_of(short_past.history, meaning).between(start, at)[1] > 0 for meaning in TRUE.values())
    assert {key: found[key] for key in TRUE} == {
        key: truth_of(short_past.history, meaning).between(start, at) for key, meaning in TRUE.items()
    }
