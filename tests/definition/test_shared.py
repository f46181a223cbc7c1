"""What is said for several services: tiers, folders and files; laid under what SLOs say, told where it is written."""

from fractions import Fraction
from pathlib import Path

import pytest

from tallystick.core.alerting import BurnPolicy
from tallystick.core.slo import Slo
from tallystick.definition.load import Loaded, load_paths

TIERS = """\
apiVersion: tallystick/v1
tiers:
  1:
    alerting:
      labels: {channel: on-call, region: eu}
      for: 4m
      min_bad: 3
      page: {labels: {severity: critical}, for: 30s, burn: [{budget: 3%, in: 1h}]}
      ticket: {enabled: false, burn: [{budget: 20%, in: 3d}]}
  silver:
    alerting: {weigh: traffic}
"""

SERVICE = """\
apiVersion: tallystick/v1
service: checkout
tier: {tier}
slos:
  - name: availability
    objective: 99.9%
    window: 30d
    sli:
      events:
        total: http_requests_total{{job="checkout"}}
        bad: http_requests_total{{job="checkout",code=~"5.."}}
{alerting}"""


def load(folder: Path, tier: str, alerting: str, tiers: str = TIERS) -> Loaded:
    """One SLO of *tier* with this *alerting*, and the tiers in a file that is read after it."""
    (folder / "a.yaml").write_text(SERVICE.format(tier=tier, alerting=alerting), encoding="utf-8")
    (folder / "b.yaml").write_text(tiers, encoding="utf-8")
    return load_paths([folder])


def slo_of(loaded: Loaded) -> Slo:
    """The one SLO, if all is well."""
    assert not loaded.problems
    (slo,) = loaded.slos
    return slo


@pytest.mark.parametrize("alerting", ["", "    alerting: {}\n", "    alerting:\n      page: {}\n"])
def test_a_tier_speaks_where_the_slo_does_not(tmp_path: Path, alerting: str) -> None:
    """Without anything of its own an SLO alerts as its tier says."""
    found = slo_of(load(tmp_path, "1", alerting)).alerting

    assert found.page.labels == {"channel": "on-call", "region": "eu", "severity": "critical"}
    assert (found.page.for_seconds, found.ticket.for_seconds, found.min_bad) == (30, 240, 3)
    assert found.page.burn is not None
    assert found.page.burn == (BurnPolicy("page", Fraction(3, 100), 3_600, 300),)
    assert (found.ticket.enabled, found.weigh) == (False, "time")


def test_what_the_slo_says_wins(tmp_path: Path) -> None:
    """Key by key, in depth; a list is taken as a whole."""
    own = "    alerting:\n      labels: {region: us}\n      min_bad: 0\n      page: {burn: [{budget: 1%, in: 30m}]}\n"

    found = slo_of(load(tmp_path, "1", own)).alerting

    assert found.page.labels == {"channel": "on-call", "region": "us", "severity": "critical"}
    assert (found.page.for_seconds, found.min_bad, found.ticket.enabled) == (30, 0, False)
    assert found.page.burn is not None
    assert [one.long_seconds for one in found.page.burn] == [1_800]
    assert found.ticket.burn is not None


def test_what_it_says_of_both_severities_wins_over_what_the_tier_says_of_each(tmp_path: Path) -> None:
    """`for` and `burn` in `alerting` are the SLO's word on pages and tickets alike."""
    own = "    alerting:\n      for: 2m\n      burn: [{severity: ticket, budget: 30%, in: 2d}]\n"

    found = slo_of(load(tmp_path, "1", own)).alerting

    assert (found.page.for_seconds, found.ticket.for_seconds) == (120, 120)
    assert found.page.burn == ()
    assert found.ticket.burn is not None
    (policy,) = found.ticket.burn
    assert isinstance(policy, BurnPolicy)
    assert (policy.long_seconds, policy.short_seconds) == (2 * 86_400, 4 * 3_600)


def test_another_tier_is_another_matter(tmp_path: Path) -> None:
    """A tier that nothing is said of changes nothing, and one is not mixed up with another."""
    assert slo_of(load(tmp_path, "2", "")).alerting.page.burn is None
    assert slo_of(load(tmp_path, "silver", "")).alerting.weigh == "traffic"


def test_a_change_of_the_tier_is_a_change_of_the_slo(tmp_path: Path) -> None:
    """The revision is of everything that an SLO says, wherever that is written."""
    before = slo_of(load(tmp_path, "1", "")).revision
    after = slo_of(load(tmp_path, "1", "", TIERS.replace("30s", "31s"))).revision

    assert before != after


def test_a_mistake_in_a_tier_is_told_there_and_leaves_out_whom_it_concerns(tmp_path: Path) -> None:
    """It is one problem at its own line, however many SLOs it reaches, and none of them is built half."""
    loaded = load(tmp_path, "1", "", TIERS.replace("budget: 3%", "budget: 300%"))

    assert [(Path(one.file).name, one.line, one.code) for one in loaded.problems] == [("b.yaml", 8, "burn")]
    assert loaded.slos == ()


def test_a_share_that_one_objective_can_not_lose_is_told_at_the_tier(tmp_path: Path) -> None:
    """What is right for most SLOs of a tier may never fire for one of them."""
    (tmp_path / "c.yaml").write_text(
        SERVICE.format(tier="1", alerting="").replace("service: checkout", "service: easy").replace("99.9%", "90%"),
        encoding="utf-8",
    )

    loaded = load(tmp_path, "1", "")

    assert [(Path(one.file).name, one.code) for one in loaded.problems] == [("b.yaml", "burn")]


def test_of_several_slos_the_first_is_named(tmp_path: Path) -> None:
    """The same that is wrong with many is one problem at the tier, and says how many there are."""
    for name in "cde":
        text = SERVICE.format(tier="1", alerting="").replace("service: checkout", f"service: {name}")
        (tmp_path / f"{name}.yaml").write_text(text.replace("99.9%", "90%"), encoding="utf-8")

    (problem,) = load(tmp_path, "1", "").problems

    assert problem.message.endswith("at this objective (of c-availability and 2 more)")


def test_a_tier_that_is_nearly_the_one_is_told(tmp_path: Path) -> None:
    """`Silver` is not `silver`, and would be laid under nobody without a word."""
    loaded = load(tmp_path, "Silver", "")

    assert [(one.code, one.severity, one.line, one.hint) for one in loaded.problems] == [
        ("tier", "warning", 10, "write Silver")
    ]


def test_labels_that_it_gives_both_severities_win_over_the_tiers(tmp_path: Path) -> None:
    """What an SLO says of all its alerts is not overruled by what its tier says of pages."""
    found = slo_of(
        load(
            tmp_path,
            "1",
            "    alerting:\n      labels: {oncall: own}\n",
            TIERS.replace("severity: critical", "oncall: tier"),
        )
    )

    assert found.alerting.page.labels["oncall"] == found.alerting.ticket.labels["oncall"] == "own"


HEAD = "apiVersion: tallystick/v1\n"
SLI = "    sli: {up: {metric: up}}\n"


def write(folder: Path, **files: str) -> Loaded:
    """Definitions by path, with `__` for a slash, loaded together."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + text, encoding="utf-8")
    return load_paths([folder])


def places(loaded: Loaded) -> list[tuple[str, int, str]]:
    """File, line and code of each problem."""
    return [(Path(one.file).name, one.line, one.code) for one in loaded.problems]


def by_id(loaded: Loaded) -> dict[str, Slo]:
    """The SLOs, if all is well."""
    assert loaded.problems == ()
    return {slo.slo_id: slo for slo in loaded.slos}


def test_the_most_specific_wins(tmp_path: Path) -> None:
    """The SLO, its file, its tier, its folder, the folder above: each key is taken from the first that says it."""
    found = by_id(
        write(
            tmp_path,
            top="defaults: {objective: 90%, window: 7d, min_coverage: 10%, no_data: good, budgeting: ratio_timeslices, slice: 10m}\n",
            a__near="defaults: {objective: 91%, window: 8d, min_coverage: 20%, no_data: bad}\n",
            tiers="tiers: {1: {objective: 92%, window: 9d, min_coverage: 30%}}\n",
            a__b__x=f"service: x\ntier: 1\ndefaults: {{objective: 93%, window: 10d}}\nslos:\n  - name: own\n    objective: 94%\n{SLI}",
        )
    )["x-own"]

    assert str(found.objective) == "0.94"
    assert [window.name for window in found.windows] == ["10d"]
    assert (str(found.min_coverage), found.no_data) == ("0.3", "bad")
    assert (found.budgeting.method, found.budgeting.slice_seconds) == ("ratio_timeslices", 600)


def test_folders_hold_below_and_not_beside(tmp_path: Path) -> None:
    """A folder's defaults reach its own files and those below, however deep, and no others."""
    slo = f"slos:\n  - name: a\n    objective: 99%\n{SLI}"
    found = by_id(
        write(
            tmp_path,
            all="defaults: {window: 30d}\n",
            a__d="defaults: {window: 7d, team: payments, labels: {env: prod}}\n",
            a__b__c__x=f"service: x\n{slo}",
            ab__y=f"service: y\n{slo}",
        )
    )

    assert {slo_id: (one.windows[0].name, one.team, dict(one.labels)) for slo_id, one in found.items()} == {
        "x-a": ("7d", "payments", {"env": "prod"}),
        "y-a": ("30d", None, {}),
    }


def test_folders_are_the_same_however_they_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path and one with dots are the folder that they mean."""
    write(tmp_path, d="defaults: {window: 7d}\n", x__x=f"service: x\nslos:\n  - name: a\n    objective: 99%\n{SLI}")
    monkeypatch.chdir(tmp_path / "x")

    loaded = load_paths([Path("../d.yaml"), tmp_path / "x" / "x.yaml"])

    assert [slo.windows[0].name for slo in loaded.slos] == ["7d"]


def test_a_folder_names_team_and_tier(tmp_path: Path) -> None:
    """A service that says neither has its folder's; the tier's own defaults follow from it."""
    slos = "slos:\n  - {name: a, sli: {up: {metric: up}}}\n"
    found = by_id(
        write(
            tmp_path,
            d="defaults: {team: payments, tier: 1, window: 30d}\ntiers: {1: {objective: 99.9%}, 2: {objective: 99%}}\n",
            x=f"service: x\n{slos}",
            y=f"service: y\nteam: shop\ntier: 2\n{slos}",
        )
    )

    assert {slo_id: (one.team, one.tier, str(one.objective)) for slo_id, one in found.items()} == {
        "x-a": ("payments", "1", "0.999"),
        "y-a": ("shop", "2", "0.99"),
    }


def test_a_services_own_word_wins_over_its_folders(tmp_path: Path) -> None:
    """What stands at the top of a document is more of the SLO's own than what its tier or folder says."""
    found = by_id(
        write(
            tmp_path,
            d='defaults: {timezone: Asia/Tokyo, labels: {env: dev, region: eu}, links: {runbook: "https://example.com/a"}}\n',
            x=f"service: x\ntimezone: Europe/Berlin\nlabels: {{env: prod}}\nslos:\n  - name: a\n    objective: 99%\n    window: month\n    labels: {{kind: up}}\n{SLI}",
        )
    )["x-a"]

    assert dict(found.labels) == {"env": "prod", "region": "eu", "kind": "up"}
    assert dict(found.links) == {"runbook": "https://example.com/a"}
    assert getattr(found.windows[0], "zone", None) == "Europe/Berlin"


def test_slices_are_for_those_that_have_some(tmp_path: Path) -> None:
    """A default of slices is no mistake of an SLO that counts events, nor of a composite."""
    found = by_id(
        write(
            tmp_path,
            x=(
                "service: x\ndefaults: {window: 30d, objective: 99%, no_data: bad, budgeting: timeslices, slice: 5m, slice_target: 95%}\nslos:\n"
                f"  - name: sliced\n{SLI}  - name: events\n    budgeting: occurrences\n{SLI}"
                f"  - name: ratio\n    budgeting: ratio_timeslices\n{SLI}"
                "  - name: both\n    sli: {composite: {of: [{slo: sliced}, {slo: events}]}}\n"
            ),
        )
    )

    assert {
        one.name: (one.budgeting.method, one.budgeting.slice_seconds) for one in found.values() if one.name != "both"
    } == {
        "sliced": ("timeslices", 300),
        "events": ("occurrences", 60),
        "ratio": ("ratio_timeslices", 300),
    }
    assert found["x-both"].budgeting.method == "occurrences"
    assert (found["x-sliced"].no_data, found["x-both"].no_data) == ("bad", "ignore")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("{window: 30 days}", "window"),
        ("{objective: 99.9}", "objective-range"),
        ("{timezone: Berlin}", "timezone"),
        ("{min_coverage: 200%}", "coverage"),
        ("{slice_target: 0%}", "budgeting"),
        ("{slice: 7m}", "slice-length"),
        ("{year_start: 13-01}", "year-start"),
        ("{labels: {slo: a}}", "label"),
        ("{links: {runbook: nowhere}}", "link"),
        ("{alerting: {page: {burn: [{budget: 2%, in: 7m}]}}}", "burn"),
        ("{alerting: {min_event: 3}}", "unknown-key"),
        ("{no_data: perhaps}", "wrong-type"),
        ("{name: availability}", "unknown-key"),
    ],
)
@pytest.mark.parametrize("where", ["file", "tier", "folder"])
def test_a_mistake_in_defaults_is_told_once_and_there(tmp_path: Path, where: str, said: str, code: str) -> None:
    """However many SLOs take them, or none at all, it is one problem at the defaults' own line."""
    shared = {"tier": f"\ntiers:\n  1: {said}\n", "folder": f"\n\ndefaults: {said}\n", "file": ""}[where]
    own = f"defaults: {said}\n" if where == "file" else "tier: 1\n"
    slos = "".join(f"  - name: {name}\n    objective: 99%\n    window: 30d\n{SLI}" for name in "abc")

    taken = places(write(tmp_path / "taken", d=shared or "tiers: {}\n", x=f"service: x\n\n{own}slos:\n{slos}"))
    full = "    timezone: UTC\n    year_start: 01-01\n    min_coverage: 1%\n    budgeting: timeslices\n    slice: 5m\n    slice_target: 1%\n    no_data: bad\n"
    full += '    labels: {slo_: a}\n    links: {runbook: "https://example.com"}\n    alerting: {min_events: 3, page: {burn: []}}\n'
    unused = places(
        write(
            tmp_path / "unused",
            d=shared or "tiers: {}\n",
            x=f"service: x\n\n{own}slos:\n  - name: a\n    objective: 99%\n    window: 30d\n{full}{SLI}",
        )
    )

    assert taken == unused == [("d.yaml" if shared else "x.yaml", 4, code)]


def test_two_defaults_of_one_folder(tmp_path: Path) -> None:
    """Which of them would win depends on nothing that a reader sees, so it is a mistake."""
    loaded = write(
        tmp_path, a="defaults: {window: 30d}\n", b="defaults: {window: 7d}\n", c__c="defaults: {window: 8d}\n"
    )

    assert places(loaded) == [("b.yaml", 2, "defaults")]


def test_a_default_that_is_missing_everywhere_is_missing_at_the_slo(tmp_path: Path) -> None:
    """Without any layer that says it, the SLO is told what it lacks."""
    loaded = write(tmp_path, d="defaults: {window: 30d}\n", x=f"service: x\nslos:\n  - name: a\n{SLI}")

    assert [(one.code, one.message) for one in loaded.problems] == [("missing-key", "this SLO has no `objective`")]
