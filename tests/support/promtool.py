"""Rules tried on made series by promtool, the evaluator that Prometheus itself uses."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

from support.slos import AT, series
from tallystick.core.duration import format_seconds
from tallystick.core.slo import Slo
from tallystick.generate.render import render

Try = Callable[..., "Trial"]
"""What the fixture `try_rules` gives: (slo, given, more arguments of `Trial` by name)."""

Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True, slots=True)
class Trial:
    """
    Rules of some SLOs, and series to try them on.

    Attributes:
        promtool: which promtool runs it.
        folder: where its files go.
        slos: whose rules.
        given: series in promtool's notation -> values.
        step_seconds: time between values, and between evaluations.
        config: what is changed in the rules' ``_config``.
        at: when the rules are made; promtool's time begins in 1970.
    """

    promtool: Path
    folder: Path
    slos: Sequence[Slo]
    given: Mapping[str, str]
    step_seconds: int = 60
    config: Mapping[str, Any] | None = None
    at: float = AT

    def expect(self, *expected: tuple[str, int, Sequence[Sample]]) -> None:
        """Fail unless each query, at so many seconds, gives exactly these samples: (query, seconds, samples)."""
        self._run(
            {
                "promql_expr_test": [
                    {
                        "expr": expr,
                        "eval_time": format_seconds(at),
                        "exp_samples": [
                            {
                                "labels": "{"
                                + ",".join(f"{k}={orjson.dumps(v).decode()}" for k, v in labels.items())
                                + "}",
                                "value": value,
                            }
                            for labels, value in samples
                        ],
                    }
                    for expr, at, samples in expected
                ]
            }
        )

    def expect_firing(self, *expected: tuple[int, Sequence[str]], state: str = "firing") -> None:
        """Fail unless exactly the burn-rate alerts of these long windows are *state*: (seconds, long windows)."""
        query = f'count by (long_window) (ALERTS{{alertname="SLOBurnRate",alertstate="{state}"}})'
        self.expect(*((query, at, [({"long_window": window}, 1) for window in windows]) for at, windows in expected))

    def expect_signal_missing(self, *expected: tuple[int, Sequence[tuple[str, str]]]) -> None:
        """Fail unless exactly these alerts on missing signals fire: (seconds, [(target, severity)])."""
        query = 'count by (target, severity) (ALERTS{alertname="SLOSignalMissing",alertstate="firing"})'
        self.expect(
            *(
                (query, at, [({"target": target, "severity": severity}, 1) for target, severity in alerts])
                for at, alerts in expected
            )
        )

    def expect_alert(self, at: int, name: str, alerts: Sequence[Mapping[str, Any]]) -> None:
        """Fail unless exactly *alerts* of *name* fire, with these labels and annotations."""
        self._run(
            {"alert_rule_test": [{"eval_time": format_seconds(at), "alertname": name, "exp_alerts": list(alerts)}]}
        )

    def _run(self, checks: Mapping[str, Any]) -> None:
        files = []
        groups = []
        for name, content in render(self.slos, ["rules"], self.config, at=self.at).items():
            files.append(name.replace("/", "-"))
            (self.folder / files[-1]).write_bytes(content)
            groups += [group["name"] for group in yaml.load(content, yaml.CSafeLoader)["groups"]]
        step = format_seconds(self.step_seconds)
        test = {"interval": step, "input_series": series(self.given.items()), **checks}
        # Recording before alerting; promtool's own order is random.
        document = {"rule_files": files, "evaluation_interval": step, "group_eval_order": groups, "tests": [test]}
        (self.folder / "test.yaml").write_bytes(orjson.dumps(document))
        done = subprocess.run(
            [self.promtool, "test", "rules", "test.yaml"], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
