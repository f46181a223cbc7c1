"""Series that counters' selectors take, so that so many events are good and so many are bad."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

from tallystick.core.matching import matches
from tallystick.core.selector import Matcher, Selector, label_text, quote
from tallystick.core.sli import Counters, terms_of
from tallystick.generate.unittests.values import CannotMakeError, by_verdicts, choices

_MOST = 4_096
"""Label sets that are tried for one metric."""

_MOST_GROUPS = 64
"""Values of the labels of groups that are tried."""

GROUPS = 2
"""One that burns, and one that does not."""

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Member:
    """
    A series, and how its increments count.

    Attributes:
        metric: its metric.
        labels: its labels; empty ones are not there.
        total: times that it counts in the total.
        bad: times that it counts as bad.
    """

    metric: str
    labels: Labels
    total: int
    bad: int


def series_text(metric: str, labels: Labels) -> str:
    """A series as PromQL writes it, labels by name; empty ones are left out, as Prometheus leaves them out."""
    return _series_text(metric, tuple(sorted(labels.items())))


@lru_cache(maxsize=4_096)  # each series of an SLO is asked for in several cases
def _series_text(metric: str, labels: tuple[tuple[str, str], ...]) -> str:
    pairs = [f"{label_text(name)}={quote(value)}" for name, value in labels if value]
    if metric and Selector(metric).promql != metric:
        pairs.insert(0, f"__name__={quote(metric)}")
        metric = ""
    return f"{metric}{{{','.join(pairs)}}}"


def members(total: Counters, part: Counters, group: Labels, *, is_bad: bool) -> list[Member]:
    """
    Series of the metrics of *total* and *part*, one for each way of counting.

    Args:
        total: all events.
        part: the bad ones, if *is_bad*; else the good ones.
        group: labels that each of them must have.
        is_bad: what *part* is.

    Raises:
        CannotMakeError: a matcher can't be judged here, or there are too many possibilities.
    """
    terms: list[tuple[int, int, Selector]] = [(term.sign, 0, term.selector) for term in terms_of(total)]
    terms += [(0, term.sign, term.selector) for term in terms_of(part)]
    found: dict[tuple[int, int], Member] = {}
    for metric in dict.fromkeys(selector.metric for _, _, selector in terms):
        of_metric = [term for term in terms if term[2].metric == metric]
        for labels in label_sets([selector for _, _, selector in of_metric], group):
            counted = [(in_total, in_part) for in_total, in_part, selector in of_metric if matches(selector, labels)]
            in_total, in_part = (sum(column) for column in zip((0, 0), *counted, strict=True))
            bad = in_part if is_bad else in_total - in_part
            found.setdefault((in_total, bad), Member(metric, labels, in_total, bad))
    return list(found.values())


def label_sets(selectors: Sequence[Selector], fixed: Labels) -> Iterator[Labels]:
    """
    Labels of series that tell *selectors* apart, with *fixed* ones among them.

    Raises:
        CannotMakeError: as for `members`.
    """
    about = _by_label(selectors)
    values = [(fixed[label],) if label in fixed else choices(about[label]) for label in about]
    number = 1
    for of_label in values:
        number *= len(of_label)
    if number > _MOST:
        raise CannotMakeError("its matchers allow too many combinations of labels to try them all")
    for chosen in product(*values):
        yield {**dict(zip(about, chosen, strict=True)), **fixed}


def _by_label(selectors: Iterable[Selector]) -> dict[str, tuple[Matcher, ...]]:
    found: dict[str, dict[Matcher, None]] = {}
    for selector in selectors:
        for matcher in selector.matchers:
            found.setdefault(matcher.label, {})[matcher] = None
    return {label: tuple(matchers) for label, matchers in found.items()}


def one_series(selector: Selector, fixed: Labels) -> Labels:
    """
    Labels of a series of *selector*.

    Raises:
        CannotMakeError: none is found.
    """
    for labels in label_sets([selector], fixed):
        if matches(selector, labels):
            return {name: value for name, value in labels.items() if value}
    raise CannotMakeError(f"no labels were found that {selector.promql} matches")


def groups(by: Sequence[str], selectors: Sequence[Selector]) -> Iterator[Labels]:
    """Values of the labels *by* that *selectors* may let pass, as different from one another as they can be."""
    about = _by_label(selectors)
    values = [_group_values(about.get(label, ())) for label in by]
    longest = max((len(of_label) for of_label in values), default=1)
    together = [tuple(of_label[index % len(of_label)] for of_label in values) for index in range(longest)]
    for chosen in dict.fromkeys([*together, *islice(product(*values), _MOST_GROUPS)]):
        yield dict(zip(by, chosen, strict=True))


def _group_values(matchers: tuple[Matcher, ...]) -> Sequence[str]:
    if not matchers:
        return ("one", "two")
    return [value for values in by_verdicts(matchers) for value in values if value] or [""]
