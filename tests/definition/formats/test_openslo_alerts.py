"""OpenSLO's alert policies, as pairs of windows."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from tallystick.core.alerting import BurnPolicy
from tallystick.core.burn import burn_alerts
from tallystick.core.slo import Slo
from tallystick.definition.formats.openslo.severities import PAGES, TICKETS, severity_of
from tallystick.definition.load import Loaded, load_paths
from tallystick.generate.decimals import decimal_text

Json = dict[str, Any]


def condition(**more: Any) -> Json:
    """An AlertCondition's spec; *more* wins over what is usual."""
    severity = more.pop("severity", "page")
    usual = {"kind": "burnrate", "op": "gte", "threshold": 14.4, "lookbackWindow": "1h"}
    return {"severity": severity, "condition": {**usual, **more}}


def policy(*conditions: Json, targets: tuple[str, ...] = ("chat",), **more: Any) -> Json:
    """An AlertPolicy in place, with its conditions and targets in place."""
    return {
        "kind": "AlertPolicy",
        "metadata": {"name": "p"},
        "spec": {
            "alertWhenBreaching": True,
            "conditions": [{"kind": "AlertCondition", "metadata": {"name": "c"}, "spec": one} for one in conditions],
            "notificationTargets": [
                {"kind": "AlertNotificationTarget", "metadata": {"name": name}, "spec": {"target": "slack"}}
                for name in targets
            ],
            **more,
        },
    }


def read(folder: Path, policies: Any, *others: Json, target: float = 0.999, days: str = "30d") -> Loaded:
    """Load an SLO with *policies*, and *others* beside it."""
    sides = {
        side: {"metricSource": {"type": "Prometheus", "spec": {"query": f"sum({side}_total)"}}}
        for side in ("good", "total")
    }
    spec = {
        "service": "checkout",
        "indicator": {"metadata": {"name": "i"}, "spec": {"ratioMetric": {"counter": True, **sides}}},
        "timeWindow": [{"duration": days, "isRolling": True}],
        "budgetingMethod": "Occurrences",
        "objectives": [{"target": target}],
        "alertPolicies": policies,
    }
    slo = {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": {"name": "a"}, "spec": spec}
    (folder / "a.yaml").write_text(yaml.safe_dump_all([slo, *others]), encoding="utf-8")
    return load_paths([folder])


def read_one(folder: Path, policies: Any, **more: Any) -> Slo:
    """The SLO, which is right."""
    loaded = read(folder, policies, **more)
    assert loaded.errors == ()
    return loaded.slos[0]


def told(loaded: Loaded) -> list[tuple[str, str, str]]:
    """Severity, message and hint of each problem."""
    return [(problem.severity, problem.message, problem.hint) for problem in loaded.problems]


def named(kind: str, name: str, spec: Json) -> Json:
    """An object of its own."""
    return {"apiVersion": "openslo/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def test_a_burn_rate_is_a_share_of_the_budget(tmp_path: Path) -> None:
    """14.4 for an hour of 30 days is 2 % of the budget; only the severity that is asked for alerts."""
    slo = read_one(tmp_path, [policy(condition(severity="critical", alertAfter="5m"))])

    assert slo.alerting.page.burn == (BurnPolicy("page", Fraction(2, 100), 3_600, 300, 300),)
    assert slo.alerting.page.labels == {"severity": "critical", "notify": "chat"}
    assert not slo.alerting.ticket.enabled


@pytest.mark.parametrize(
    ("threshold", "lookback", "days"), [("2", "1h", "7d"), ("1", "1d", "28d"), ("13.44", "1h", "4w"), ("3.7", "45m", "1Q"), ("7", "6h", "31d")]
)  # fmt: skip
def test_rules_have_the_burn_rate_that_was_written(tmp_path: Path, threshold: str, lookback: str, days: str) -> None:
    """Also where the share of the budget has no end as a decimal."""
    slo = read_one(tmp_path, [policy(condition(threshold=float(threshold), lookbackWindow=lookback))], days=days)

    (alert,) = burn_alerts(slo, slo.windows[0].nominal_seconds)
    assert (decimal_text(alert.factor), alert.raised, alert.lowered) == (threshold, False, False)


def test_policies_are_found_by_name(tmp_path: Path) -> None:
    """Policies, conditions and targets are objects of their own; a bare name is one too, as in old files."""
    spec = {"conditions": [{"conditionRef": "fast"}], "notificationTargets": [{"targetRef": "chat"}, "mail"]}
    others = [
        named("AlertPolicy", "pages", spec),
        named("AlertCondition", "fast", condition()),
        named("AlertNotificationTarget", "chat", {"target": "slack"}),
        named("AlertNotificationTarget", "mail", {"target": "email"}),
    ]

    loaded = read(tmp_path, ["pages", {"alertPolicyRef": "pages"}], *others)

    assert loaded.problems == ()
    page = loaded.slos[0].alerting.page
    assert page.burn == (BurnPolicy("page", Fraction(2, 100), 3_600, 300, 0),)
    assert page.labels["notify"] == "chat,mail"


def test_alertmanager_is_where_alerts_go_anyway(tmp_path: Path) -> None:
    """A target that is Alertmanager needs no label."""
    one = policy(condition(), targets=("alerts",))
    one["spec"]["notificationTargets"][0]["spec"]["target"] = "alertmanager"

    assert "notify" not in read_one(tmp_path, [one]).alerting.page.labels


def test_no_list_leaves_alerts_to_us(tmp_path: Path) -> None:
    """A file that says nothing of alerts gets ours, which is told; an empty list says that there are none."""
    nothing = read(tmp_path, None)
    empty = read(tmp_path, [])

    assert nothing.slos[0].alerting.page.burn is None
    assert [note.message for note in nothing.notes] == ["alerts are tallystick's own, as the file names no policies"]
    assert not empty.slos[0].alerting.page.enabled
    assert not empty.slos[0].alerting.ticket.enabled


def test_a_policy_may_say_when_it_alerts(tmp_path: Path) -> None:
    """A policy that does not alert when it is breached gives no alert; what is always so is told."""
    quiet = policy(condition(), alertWhenBreaching=False, alertWhenNoData=True, alertWhenResolved=True)

    loaded = read(tmp_path, [quiet])

    assert not loaded.slos[0].alerting.page.enabled
    assert [note.code for note in loaded.notes] == ["alerts"] * 3


def test_words_are_pages_or_tickets(tmp_path: Path) -> None:
    """Every word is one of the two; one that nobody knows wakes somebody, and is told."""
    loaded = read(
        tmp_path,
        [policy(condition(severity="purple")), policy(condition(severity="Sev-3", threshold=1, lookbackWindow="3d"))],
    )

    slo = loaded.slos[0]
    assert slo.alerting.page.labels["severity"] == "purple"
    assert slo.alerting.ticket.labels["severity"] == "Sev-3"
    assert "severity purple is taken for a page" in [note.message for note in loaded.notes]
    assert [severity_of(word) for word in ("P1", "sev 1", "HIGH", "warning", "4")] == [("page", True)] * 3 + [
        ("ticket", True)
    ] * 2
    assert not PAGES & TICKETS


def test_one_severity_has_one_word(tmp_path: Path) -> None:
    """Two words of one severity: the first is on both, and that is told."""
    loaded = read(
        tmp_path,
        [
            policy(condition(severity="page")),
            policy(condition(severity="critical", threshold=6, lookbackWindow="6h"), targets=("mail",)),
        ],
    )

    page = loaded.slos[0].alerting.page
    assert (page.labels, len(page.burn or ())) == ({"severity": "page", "notify": "chat,mail"}, 2)
    assert "severity page is on all of these: critical, page" in [note.message for note in loaded.notes]


def test_a_comparison_the_wrong_way_round_is_told(tmp_path: Path) -> None:
    """The specification's examples say lte under the word "exceeds"; it is read as it is meant."""
    loaded = read(tmp_path, [policy(condition(op="lte"))])

    assert told(loaded) == [("warning", "op lte would alert while nothing burns; it is read as gte", "write op: gte")]
    assert loaded.slos[0].alerting.page.burn


@pytest.mark.parametrize(
    ("one", "message", "hint"),
    [
        (condition(threshold=200), "a burn rate of 200 can't be reached: when all events are bad it is 100, at a target of 0.99", "write 90 or less"),
        (condition(threshold=0), "threshold 0 is no burn rate", "write a number from 1 on, for example 14.4"),
        (condition(threshold=50, lookbackWindow="7d"), "at a burn rate of 50 all of the budget is gone before 7d is over", "write 4.28 or less, or a shorter lookbackWindow"),
        (condition(threshold=1, lookbackWindow="16d"), "16d is more than half of the 30d that the budget is for (of checkout-a)", "write at most 15d"),
        (condition(lookbackWindow="7m"), "`lookbackWindow` 7m is not a multiple of 5m", "write 10m: rates are taken over 5 minutes"),
        (condition(lookbackWindow="5m"), "the short window of 5m is not shorter than it", "write an `lookbackWindow` of 10m or more"),
        (condition(lookbackWindow="1hour"), "lookbackWindow 1hour is not a duration", "write 1h"),
        (condition(alertAfter="30s"), "alertAfter 30s is not a duration", "write a number and one of m (minutes), h, d, w, M (months), Q, Y"),
        (condition(kind="latency"), "conditions of kind latency are not known", "write kind: burnrate"),
    ],
)  # fmt: skip
def test_what_can_not_alert_is_refused(tmp_path: Path, one: Json, message: str, hint: str) -> None:
    """It is told in the condition's words, at its line, with what would work."""
    loaded = read(tmp_path, [policy(one)], target=0.99)

    assert told(loaded) == [("error", message, hint)]
    assert loaded.slos == ()


def test_a_rate_under_one_is_raised(tmp_path: Path) -> None:
    """It would alert on a kept promise; once is enough to tell it."""
    loaded = read(tmp_path, [policy(condition(threshold=0.5, severity="ticket"))])

    assert told(loaded) == [
        ("warning", "a burn rate of 0.5 would alert on a kept promise; it is raised to 1", "write 1 or more")
    ]
    (alert,) = burn_alerts(loaded.slos[0], 30 * 86_400)
    assert decimal_text(alert.factor) == "1"


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        ([{"alertPolicyRef": "none"}], "there is no AlertPolicy none"),
        ([policy()], "there is no condition"),
        ([policy(condition(), condition(threshold=3))], "a policy has one condition"),
        ([policy(condition(), conditions=[{"conditionRef": "none"}])], "there is no AlertCondition none"),
        (
            [policy(condition(), notificationTargets=[{"targetRef": "none"}])],
            "there is no AlertNotificationTarget none",
        ),
        ([{**policy(condition()), "alertPolicyRef": "p"}], "there is both a name and a AlertPolicy in place"),
        ([{**policy(condition()), "kind": "AlertCondition"}], "a AlertCondition stands where a AlertPolicy belongs"),
        ([{"metadata": {"name": "p"}}], "there is neither a name nor a AlertPolicy in place"),
    ],
)
def test_policies_that_are_none(tmp_path: Path, policies: list[Json], message: str) -> None:
    """A reference that leads nowhere, and what is neither a name nor an object, are told."""
    loaded = read(tmp_path, policies)

    assert message in [problem.message for problem in loaded.errors]


def test_the_short_window_may_be_said(tmp_path: Path) -> None:
    """OpenSLO has no second window; an annotation of ours does."""
    one = policy(condition())
    one["spec"]["conditions"][0]["metadata"]["annotations"] = {"tallystick/burn": "{short: 10m}"}

    (found,) = read_one(tmp_path, [one]).alerting.page.burn or ()

    assert (found.long_seconds, found.short_seconds) == (3_600, 600)


def test_alerts_of_all_objectives(tmp_path: Path) -> None:
    """Each objective has the policies of the SLO, with the share of its own budget."""
    loaded = read(tmp_path, [policy(condition())])

    assert {Decimal("0.999"): slo.alerting.page.burn for slo in loaded.slos} == {
        Decimal("0.999"): (BurnPolicy("page", Fraction(2, 100), 3_600, 300, 0),)
    }
