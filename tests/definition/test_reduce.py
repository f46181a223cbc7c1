"""Queries that only add up counters are those counters; anything else stays a query."""

import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from support.servers import Binaries
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import Counters, Sum, Term, terms_of
from tallystick.definition.promql import read_query
from tallystick.definition.reduce import Reduced, functions_in, reduce_query

A, B, C = Selector("a_total"), Selector("b_total"), Selector("c_total")
A_ERRORS = Selector("a_total", (Matcher("code", MatchOp.REGEX, "5.."),))

SUMS: list[tuple[str, Counters]] = [
    ("a_total", A),
    (" ( a_total ) ", A),
    ("+a_total", A),
    ("-a_total", Sum((Term(-1, A),))),
    ("a_total + b_total", Sum((Term(1, A), Term(1, B)))),
    ("a_total + b_total - c_total", Sum((Term(1, A), Term(1, B), Term(-1, C)))),
    ("a_total - (b_total - c_total)", Sum((Term(1, A), Term(-1, B), Term(1, C)))),
    ("a_total - (b_total + c_total)", Sum((Term(1, A), Term(-1, B), Term(-1, C)))),
    ("-(a_total - b_total)", Sum((Term(-1, A), Term(1, B)))),
    ("a_total or vector(0)", A),
    ('a_total{code=~"5.."} # errors', A_ERRORS),
    ('a_total{code=~"\\\\Q.\\\\E"}', Selector("a_total", (Matcher("code", MatchOp.REGEX, "\\Q.\\E"),))),
]
"""Without a window."""

RATES: list[tuple[str, Counters]] = [
    ("sum(rate(a_total[$window]))", A),
    ('sum(rate(a_total{code=~"5.."}[$window])) or vector(0)', A_ERRORS),
    ("sum(rate(a_total[$window])) OR on() vector(0)", A),
    ("(sum(rate(a_total[$window])) or (vector((0))))", A),
    ("sum(rate(a_total[$window]) or vector(0))", A),
    ("sum((rate(a_total[$window])))", A),
    ("sum by () (rate(a_total[$window]))", A),
    ("sum(sum by (job) (rate(a_total[$window])))", A),
    ("sum(sum without (pod) (rate(a_total[$window])))", A),
    ("sum(rate(a_total[$window])) - (sum(rate(b_total[$window])) or vector(0))", Sum((Term(1, A), Term(-1, B)))),
    ("sum(rate(a_total[$window])) - on () sum(rate(b_total[$window]))", Sum((Term(1, A), Term(-1, B)))),
    ("sum(rate(a_total[$window])) - ignoring (x) sum(rate(b_total[$window]))", Sum((Term(1, A), Term(-1, B)))),
    ("-sum(rate(a_total[$window])) + sum(rate(b_total[$window]))", Sum((Term(-1, A), Term(1, B)))),
    ("# all\nsum(rate(a_total[$window])) # of them", A),
]
"""With one, and no labels."""


@pytest.mark.parametrize(("text", "counters"), SUMS)
def test_sums_of_selectors(text: str, counters: Counters) -> None:
    """Selectors added and subtracted are counters with their signs, in order, whatever the parentheses."""
    assert reduce_query(read_query(text)) == Reduced(counters)


@pytest.mark.parametrize(("text", "counters"), RATES)
@pytest.mark.parametrize("function", ["rate", "increase"])
def test_sums_of_rates(text: str, counters: Counters, function: str) -> None:
    """Sums of rates, or of increases, are the counters inside them; `or vector(0)` and blanks say nothing."""
    query = read_query(text.replace("rate", function))

    assert reduce_query(query) == Reduced(counters, "rate" if function == "rate" else "increase")


@pytest.mark.parametrize(
    "text",
    [
        "sum by (x, y) (rate(a_total[$window]))",
        "sum by (y, x) (rate(a_total[$window])) or vector(0)",
        "sum by (x, y) (sum by (x, y, z) (rate(a_total[$window])))",
        "sum by (x, y) (sum without (z) (rate(a_total[$window])))",
        "sum(rate(a_total[$window])) by (x, y)",
    ],
)
def test_labels_that_are_kept(text: str) -> None:
    """Which labels a sum keeps is told with its counters."""
    assert reduce_query(read_query(text)) == Reduced(A, "rate", frozenset({"x", "y"}))


@pytest.mark.parametrize(
    "text",
    [
        "sum by (x) (rate(a_total[$window])) - on (x) sum by (x) (rate(b_total[$window]))",
        "sum by (x) (rate(a_total[$window])) - ignoring (y) sum by (x) (rate(b_total[$window]))",
        "(sum by (x) (rate(a_total[$window]))) - -(-sum by (x) (rate(b_total[$window])))",
        "-(-sum by (x) (rate(a_total[$window]))) - on (x) sum by (x) (rate(b_total[$window]))",
        "sum by (x) (rate(a_total[$window])) - fill(0) sum by (x) (rate(b_total[$window]))",
    ],
)
def test_matching_on_all_labels_says_nothing(text: str) -> None:
    """Sums with the same labels are matched on all of them anyway."""
    assert reduce_query(read_query(text)) == Reduced(Sum((Term(1, A), Term(-1, B))), "rate", frozenset({"x"}))


def test_matching_is_looked_at_in_longer_sums() -> None:
    """Of three sums the first two are matched as well as the last."""
    text = "-sum by (x) (rate(a_total[$window])) + on (x) sum by (x) (rate(b_total[$window])) - on (x) sum by (x) (rate(c_total[$window]))"

    assert reduce_query(read_query(text)) == Reduced(
        Sum((Term(-1, A), Term(1, B), Term(-1, C))), "rate", frozenset({"x"})
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "1", '"a"', "sum(", "vector(0)", "a_total[5m]", "a_total * 2", "a_total + 1", "a_total or b_total", "a_total offset 5m",
        "a_total @ 0", '{job="x"}', "rate(a_total[5m])", "sum(a_total)", "sum(rate(a_total[5m]))", "rate(a_total[$window])",
        "a_total + on (x) b_total", "a_total + ignoring (x) b_total", "a_total + sum(rate(b_total[$window]))", "a_total + $window",
        "sum(rate(a_total[$window])) * 2", "sum(rate(a_total[$window])) + 0", "sum(rate(a_total[$window])) or vector(1)",
        "vector(0) or sum(rate(a_total[$window]))", "sum(rate(a_total[$window])) or sum(rate(b_total[$window]))",
        "max by (x) (rate(a_total[$window])) + on (x) sum by (x) (rate(b_total[$window]))", "sum(rate(a_total[61573ms]))",
        "sum(rate(a_total[$window] offset 1h))", "sum(rate(a_total[$window] @ 0))", "sum(rate(a_total[1h:$window]))",
        'sum(rate(a_total{x="1" or x="2"}[$window]))', 'sum(rate({__name__=~"a.*"}[$window]))',
        "sum(irate(a_total[$window]))", "sum(sum_over_time(a_total[$window]))", "max(rate(a_total[$window]))",
        "avg(rate(a_total[$window]))", "count(rate(a_total[$window]))", "topk(1, rate(a_total[$window]))",
        "max(sum by (x) (rate(a_total[$window])))", "sum(max by (x) (rate(a_total[$window])))",
        "sum without (x) (rate(a_total[$window]))", "sum by (x) (sum without (x) (rate(a_total[$window])))",
        "sum by (x) (sum(rate(a_total[$window])))", "sum by (x) (sum by (y) (rate(a_total[$window])))",
        "sum(rate(a_total[$window]) + rate(b_total[$window]))", "sum(rate(a_total[$window]) or rate(b_total[$window]))",
        "sum(rate(a_total[$window])) + sum(increase(b_total[$window]))", "sum(rate(a_total[$window])) + sum(rate(b_total[5m]))",
        "sum by (x) (rate(a_total[$window])) + sum(rate(b_total[$window]))",
        "sum by (x) (rate(a_total[$window])) + on () sum by (x) (rate(b_total[$window]))",
        "sum by (x) (rate(a_total[$window])) + on (x) group_left () sum by (x) (rate(b_total[$window]))",
        "sum by (x) (rate(a_total[$window])) + ignoring (x) sum by (x) (rate(b_total[$window]))",
        "sum by (x) (rate(a_total[$window])) + fill(1) sum by (x) (rate(b_total[$window]))",
        "clamp_min(sum(rate(a_total[$window])), 0)", "sum(rate(a_total[$window])) > 0", "scalar(sum(rate(a_total[$window])))",
    ],
)  # fmt: skip
def test_anything_else_is_no_sum_of_counters(text: str) -> None:
    """What does more than adding up counters, or other than that, is left as it is."""
    assert reduce_query(read_query(text)) is None


def test_functions_are_told_of_what_can_be_reduced() -> None:
    """How the addends are counted is known even where they are no sum together."""
    assert functions_in(read_query("sum(rate(a[$window])) + sum(increase(b[$window])) + max(c)")) == {
        "rate",
        "increase",
    }
    assert functions_in(read_query("2 * sum(rate(a[$window]))")) == set()


TREES = st.recursive(
    st.sampled_from(["a_total", "b_total", "c_total"]),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["+", "-"]), inner)
        | st.tuples(st.just("("), inner, st.just(")"))
        | st.tuples(st.just("-("), inner, st.just(")"))
    ),
    max_leaves=12,
)


def written(tree: object, leaf: str) -> str:
    """*tree* as PromQL; each counter stands in *leaf*."""
    if isinstance(tree, str):
        return leaf.format(tree) if tree.endswith("_total") else f" {tree} "
    assert isinstance(tree, tuple)
    return "".join(written(part, leaf) for part in tree)


@given(TREES)
def test_a_sum_is_worth_what_its_counters_are(tree: object) -> None:
    """Whatever the parentheses and signs, the counters add up to what the text says; rates reduce to the same."""
    worth = {"a_total": 1, "b_total": 100, "c_total": 10_000}

    plain = reduce_query(read_query(written(tree, "{}")))
    rates = reduce_query(read_query(written(tree, "sum(rate({}[$window]))")))

    assert plain
    assert rates
    assert rates.counters == plain.counters
    found = sum(term.sign * worth[term.selector.metric] for term in terms_of(plain.counters))
    assert found == eval(written(tree, "{}"), {}, worth)  # of counters, signs and parentheses


def rebuilt(counters: Counters, function: str, by: str) -> str:
    """The plain way to write *counters*: a sum for each, added up."""
    terms = [f"{'+' if term.sign > 0 else '-'} sum {by} ({function}({term.selector.promql}[5m]))" for term in terms_of(counters)]  # fmt: skip
    return " ".join(terms)


def test_prometheus_gives_the_same_for_both(binaries: Binaries, tmp_path: Path) -> None:
    """Of a text and the counters it was reduced to, Prometheus works out the same, with labels and without."""
    texts = [text for text, _ in RATES] + [
        "sum by (x) (rate(a_total[$window])) - on (x) sum by (x) (sum by (x, code) (rate(b_total[$window])))"
    ]
    checks = []
    for text in texts:
        reduced = reduce_query(read_query(text))
        assert reduced
        by = f"by ({', '.join(reduced.by)})" if reduced.by else ""
        other = rebuilt(reduced.counters, "rate", by)
        query = "\n".join(line.partition("#")[0] for line in text.replace("$window", "5m").splitlines())
        checks.append({"expr": f"count(abs(({query}) - ({other})) < 1e-9)", "eval_time": "10m", "exp_samples": [{"labels": "{}", "value": 2 if by else 1}]})  # fmt: skip
    series = [
        {"series": f'{metric}_total{{x="{x}",code="{code}",job="j",pod="p{step}"}}', "values": f"0+{step}x20"}
        for step, (metric, x, code) in enumerate(
            [(metric, x, code) for metric in "ab" for x in "12" for code in ("200", "503")], 1
        )
    ]
    test = {"evaluation_interval": "1m", "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": checks}]}  # fmt: skip
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(test), encoding="utf-8")

    run = subprocess.run([binaries.promtool, "test", "rules", tmp_path / "test.yaml"], check=False, capture_output=True)

    assert run.returncode == 0, run.stdout.decode() + run.stderr.decode()
