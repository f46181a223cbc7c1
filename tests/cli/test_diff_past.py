"""``tallystick diff`` over the past: from Prometheus, from a ledger, and from both."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.test_backtest import DAY, DAYS, DEFINITION, MIDNIGHT, OUTAGE, SLOW, history
from cli.test_diff import Answer, Run, commit, git, run
from support.servers import StartPrometheus
from tallystick.cli.reading import read_into
from tallystick.core.memory import Memory
from tallystick.core.slices import Slices
from tallystick.core.timerange import TimeRange
from tallystick.daemon.retrospect import cast, to_read
from tallystick.definition.load import load_paths
from tallystick.ledger.store import open_ledger
from tallystick.upstream.client import connect

__all__ = ["run"]

AT = ("--at", str(MIDNIGHT + DAYS * 86_400), "--days", "2", "--format", "json")
SHOP = DEFINITION.format(alerting="")
AMENDED = (
    SHOP.replace("name: availability\n    objective: 99%", "name: availability\n    objective: 99.5%")
    .replace(
        "name: login\n    objective: 99%\n    window: 2d", "name: signin\n    objective: 99%\n    window: [1d, month]"
    )
    .replace("slo: login", "slo: signin")
    .replace("name: reachable\n", "name: reachable\n    description: From outside.\n")
)
FRESH = """\
  - name: europe
    objective: 99.9%
    window: 1d
    sli:
      events:
        total: requests_total{job="shop",region="eu"}
        bad: requests_total{job="shop",code="500",region="eu"}
"""
"""An SLO to add."""


def sides(folder: Path, base: str, head: str) -> None:
    """Folders ``base`` and ``head``."""
    for name, text in (("base", base), ("head", head)):
        (folder / name).mkdir()
        (folder / name / "shop.yaml").write_text(text)


def past(answer: Answer) -> dict[tuple[str, str | None], Any]:
    """What was looked at, by SLO and region."""
    assert answer.returncode in {0, 1}, answer.stderr
    return {(one["slo"], one["group"].get("region")): one for one in json.loads(answer.stdout)["past"]["slos"]}


def window(side: dict[str, Any], name: str) -> tuple[str, float, int, int]:
    """State, budget remaining, days breached and days known of one window."""
    found = next(one for one in side["windows"] if one["window"] == name)
    return found["state"], round(found["budget_remaining"], 6), found["days_breached"], found["days_known"]


def recorded(folder: Path, errors: dict[range, float], names: tuple[str, ...] = ("login",)) -> str:
    """A ledger with five days of 100 events a minute of those SLOs in folder ``base``."""
    total = np.full(DAYS * DAY, 100.0)
    good = total.copy()
    for minutes, share in errors.items():
        good[minutes.start : minutes.stop] -= 100 * share
    path = folder / "slo.db"
    with closing(open_ledger(str(path))) as book:
        for slo in load_paths([folder / "base"]).slos:
            if slo.name in names:
                assert slo.sli.kind == "events"
                account = book.account(slo.slo_id, slo.sli, {})
                book.append(account, Slices(MIDNIGHT, total > 0, good, total), Memory(), "raw")
    return str(path)


def test_a_merge_request_on_a_real_server(run: Run, tmp_path: Path, start_prometheus: StartPrometheus) -> None:
    """A branch is judged by what happened: a stricter objective, a rename with other windows, a new SLO, and words."""
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path, {"slo-definitions/shop.yaml": SHOP})
    git(tmp_path, "checkout", "--quiet", "-b", "amended")
    commit(tmp_path, {"slo-definitions/shop.yaml": AMENDED + FRESH})
    url = start_prometheus(history=history()).url

    answer = run("main...amended", "--prometheus.url", url, *AT)

    assert (answer.returncode, answer.stderr) == (1, "")
    found = past(answer)
    # Neither the composite, whose part has another name, nor what is only described otherwise.
    assert list(found) == [
        ("shop-availability", "eu"),
        ("shop-availability", "us"),
        ("shop-europe", None),
        ("shop-signin", None),
    ]
    europe = found["shop-availability", "eu"]
    # 15 minutes of 100 and two hours of 5 % in 2 days of 100 a minute: 2,100 of 2,880 allowed; then of 1,440.
    assert window(europe["before"], "2d") == ("met", round(1 - 2_100 / 2_880, 6), 0, 2)
    assert window(europe["after"], "2d") == ("breached", round(1 - 2_100 / 1_440, 6), 2, 2)
    assert (europe["newly_breached"], europe["before"]["generation"]) == (["2d"], europe["after"]["generation"])
    assert europe["before"]["alerts"]["page"]["alerts"] == 4
    assert europe["after"]["alerts"]["page"]["detection_seconds"]["median"] < 480
    assert europe["before"]["rules"] == {"recording": 24, "alerting": 6, "series": 48}
    assert found["shop-availability", "us"]["newly_breached"] == []
    fresh = found["shop-europe", None]
    assert (fresh["before"], fresh["newly_breached"], fresh["more_pages"]) == (None, ["1d"], True)
    signin = found["shop-signin", None]
    # The same counts under either name: 1,500 and 600 bad of 144,000 a day.
    assert window(signin["before"], "2d") == window(europe["before"], "2d")
    assert window(signin["after"], "1d") == ("met", round(1 - 600 / 1_440, 6), 1, 2)
    # A day is too short for pairs of a day and of three.
    assert (signin["before"]["alerts"]["ticket"]["alerts"], "ticket" in signin["after"]["alerts"]) == (2, False)


def test_what_is_not_changed_is_not_read(run: Run, tmp_path: Path, start_prometheus: StartPrometheus) -> None:
    """Of thirty SLOs whose words change and one whose objective does, one is read."""
    many = SHOP + "".join(FRESH.replace("europe", f"e{number}") for number in range(30))
    sides(
        tmp_path,
        many,
        many.replace("login\n    objective: 99%", "login\n    objective: 98%").replace(
            "1d\n", "1d\n    description: words\n"
        ),
    )
    server = start_prometheus(history=history())
    span = TimeRange(MIDNIGHT + (DAYS - 2) * 86_400, MIDNIGHT + DAYS * 86_400)

    assert [key[0] for key in past(run("base", "head", "--prometheus.url", server.url, *AT))] == ["shop-login"]
    slos = load_paths([tmp_path / "base"]).slos
    assert [slo.slo_id for slo in to_read([cast(slos, ["shop-login"])], span)] == ["shop-login"]


def test_a_ledger_and_prometheus_say_the_same(run: Run, tmp_path: Path, start_prometheus: StartPrometheus) -> None:
    """What an exporter recorded and what is read for it give the same, to the last digit, composites and groups included."""
    stricter = SHOP.replace("99%", "99.5%")
    sides(tmp_path, SHOP, stricter)
    url = start_prometheus(history=history()).url
    span = TimeRange(MIDNIGHT + (DAYS - 2) * 86_400, MIDNIGHT + DAYS * 86_400)
    slos = load_paths([tmp_path / "base"]).slos
    with closing(open_ledger(str(tmp_path / "slo.db"))) as book:
        wanted = to_read([cast(slos, [slo.slo_id for slo in slos])], span)
        assert read_into(book, connect(url), wanted, span.end)[1] == []

    live = run("base", "head", "--prometheus.url", url, *AT)
    kept = run("base", "head", "--ledger", "slo.db", *AT)

    assert past(live) == past(kept)
    assert {key[0] for key in past(live)} == {"shop-availability", "shop-journey", "shop-login", "shop-reachable"}
    assert past(live)["shop-journey", None]["newly_breached"] == ["2d"]
    assert past(live)["shop-reachable", None]["after"]["known"] is False


def test_what_a_ledger_lacks_is_read(run: Run, tmp_path: Path, start_prometheus: StartPrometheus) -> None:
    """With both, what was recorded is taken from the ledger, and what counts something new is read from Prometheus."""
    europe = SHOP.replace('logins_total{job="shop"', 'logins_total{job="shop",instance="i"')
    sides(tmp_path, SHOP, europe)
    # The ledger knows of an outage that Prometheus knows nothing of.
    ledger = recorded(tmp_path, {range(4 * DAY, 4 * DAY + 60): 1.0})
    url = start_prometheus(history=history()).url

    alone = run("base", "head", "--ledger", ledger, *AT)
    both = run("base", "head", "--ledger", ledger, "--prometheus.url", url, *AT)

    assert "note: the ledger does not have all of shop-journey and 1 more; with --prometheus.url too" in alone.stderr
    assert past(alone)["shop-login", None]["after"]["known"] is False
    one = past(both)["shop-login", None]
    assert window(one["before"], "2d") == ("breached", round(1 - 6_000 / 2_880, 6), 1, 2)
    assert window(one["after"], "2d")[:2] == ("met", round(1 - 2_100 / 2_880, 6))
    assert (one["newly_breached"], both.stderr) == ([], "")


def test_exclusions_rewrite_the_past(run: Run, tmp_path: Path) -> None:
    """An exclusion that is agreed afterwards takes its breach away; one that is taken back brings it again."""
    agreed = SHOP + (
        "exclusions:\n  - {reason: upgrade, from: 2025-12-04 09:00, to: 2025-12-04 12:00}\n"
        "  - {reason: upgrade, from: 2025-12-05 05:00, to: 2025-12-05 08:00}\n"
    )
    sides(tmp_path, SHOP, agreed)
    ledger = recorded(tmp_path, {OUTAGE: 1.0, range(4 * DAY + 300, 4 * DAY + 420): 0.2})

    there, back = run("base", "head", "--ledger", ledger, *AT), run("head", "base", "--ledger", ledger, *AT)

    after = past(there)["shop-login", None]
    assert window(after["before"], "2d")[0] == "breached"
    assert window(after["after"], "2d") == ("met", 1.0, 0, 2)
    assert (after["newly_breached"], after["more_pages"], there.returncode) == ([], False, 0)
    assert after["after"]["excluded_seconds"] == 6 * 3_600
    before = past(back)["shop-login", None]
    assert (before["before"], before["after"]) == (after["after"], after["before"])
    assert (before["newly_breached"], before["more_pages"], back.returncode) == (["2d"], True, 1)


@pytest.mark.parametrize(
    ("amend", "flags", "code"),
    [
        (lambda text: text.replace("login\n    objective: 99%", "login\n    objective: 98%"), (), 0),
        (lambda text: text.replace("login\n    objective: 99%", "login\n    objective: 99.5%"), (), 1),
        (
            lambda text: text.replace("login\n    objective: 99%", "login\n    objective: 99.5%"),
            ("--fail-on", "none"),
            0,
        ),
        (lambda text: text.replace("login\n", "login\n    alerting: {page: {for: 30m}}\n"), ("--fail-on", "pages"), 0),
        (lambda text: text.replace("login\n", "login\n    alerting: {page: {for: 30m}}\n"), ("--exit-code",), 1),
    ],
)
def test_exit_codes(run: Run, tmp_path: Path, amend: Callable[[str], str], flags: tuple[str, ...], code: int) -> None:
    """By default a promise that would be breached, and was not, is a finding."""
    sides(tmp_path, SHOP, amend(SHOP))
    ledger = recorded(tmp_path, {OUTAGE: 1.0, SLOW: 0.05})

    assert run("base", "head", "--ledger", ledger, *AT, *flags).returncode == code


def test_more_pages_can_be_a_finding(run: Run, tmp_path: Path) -> None:
    """Alerts that would have woken somebody more often fail, if that is asked for."""
    eager = SHOP.replace("login\n", "login\n    alerting: {page: {burn: [{budget: 20%, in: 6h}]}}\n")
    sides(tmp_path, eager, SHOP)
    ledger = recorded(tmp_path, {OUTAGE: 1.0, SLOW: 0.05})

    usual, strict = (run("base", "head", "--ledger", ledger, *AT, *flags) for flags in ((), ("--fail-on", "pages")))

    assert (usual.returncode, strict.returncode) == (0, 1)
    assert past(strict)["shop-login", None]["more_pages"] is True


def test_what_could_not_be_read_is_exit_code_2(run: Run, tmp_path: Path) -> None:
    """Without Prometheus the change is told all the same, and that the past is not in it."""
    sides(tmp_path, SHOP, SHOP.replace("login\n    objective: 99%", "login\n    objective: 98%"))

    answer = run("base", "head", "--prometheus.url", "http://127.0.0.1:1", *AT)

    assert answer.returncode == 2
    assert "could not read everything:\n  shop-login: can't reach http://127.0.0.1:1" in answer.stderr
    assert json.loads(answer.stdout)["past"]["unread"][0].startswith("shop-login: ")
    assert json.loads(answer.stdout)["changes"][0]["slo"] == "shop-login"


def test_words_are_not_looked_up(run: Run, tmp_path: Path) -> None:
    """Where no figure and no alert can differ nothing is read, and that is said."""
    sides(tmp_path, SHOP, SHOP.replace("login\n", "login\n    description: words\n"))

    shown = run("base", "head", "--prometheus.url", "http://127.0.0.1:1", "--fail-on", "pages")
    comment = run("base", "head", "--prometheus.url", "http://127.0.0.1:1", "--format", "markdown")

    assert (shown.returncode, shown.stderr, comment.returncode) == (0, "", 0)
    assert "Nothing: no figure and no alert would have been another." in shown.stdout
    assert "nothing; no figure and no alert would have been another." in comment.stdout


GOLD = """\
agreements:
  - {{name: gold, kind: sla, party: ACME, slo: login, objective: {objective}, window: day, credits: [{credits}]}}
"""


def test_an_agreement_is_judged_by_either_terms(run: Run, tmp_path: Path) -> None:
    """Days that were kept at 60 % are broken at 95 %, with what would have been due for each of them."""
    before = SHOP + GOLD.format(objective="60%", credits="{below: 60%, credit: 5%}")
    after = SHOP + GOLD.format(objective="95%", credits="{below: 95%, credit: 10%}, {below: 80%, credit: 30%}")
    sides(tmp_path, before, after)
    # Of the fourth day 10 %, of the fifth 25 % are bad; a day that ended before is none of the past two.
    ledger = recorded(tmp_path, {range(DAY): 1.0, range(3 * DAY, 4 * DAY): 0.1, range(4 * DAY, 5 * DAY): 0.25})

    there, back, text, markdown = (
        run(*arguments, "--ledger", ledger, *AT[:-1], form)
        for *arguments, form in (
            ("base", "head", "json"),
            ("head", "base", "json"),
            ("base", "head", "text"),
            ("base", "head", "markdown"),
        )
    )

    found = past(there)["shop-login", None]
    assert found["before"]["agreements"] == [{"agreement": "shop-gold", "periods": 2, "broken": 0, "credit": 0.0}]
    assert found["after"]["agreements"] == [{"agreement": "shop-gold", "periods": 2, "broken": 2, "credit": 0.4}]
    assert found["more_credits"] is True
    assert past(back)["shop-login", None]["more_credits"] is False
    change = next(one for one in json.loads(there.stdout)["changes"] if one["slo"] == "shop-login")
    assert change["effects"] == ["agreed"]
    assert [fact["name"] for fact in change["facts"]] == ["agreements.gold"]
    line = "shop-gold: broken in 0 of 2 → 2 of 2 periods, credits 0 % → 40 % of a price"
    assert f"agreement {line}" in text.stdout
    assert "more credits would have been due: `shop-login`" in text.stdout
    assert f"- agreement `{line}`" in markdown.stdout


def test_a_new_agreement_has_one_side(run: Run, tmp_path: Path) -> None:
    """What would have been due if it had been agreed before."""
    sides(tmp_path, SHOP, SHOP + GOLD.format(objective="95%", credits="{below: 95%, credit: 10%}"))
    ledger = recorded(tmp_path, {range(4 * DAY, 5 * DAY): 0.25})

    answer = run("base", "head", "--ledger", ledger, *AT[:-1], "text")

    assert "agreement shop-gold: broken in 1 of 2 periods, credits 10 % of a price (a new agreement)" in answer.stdout
