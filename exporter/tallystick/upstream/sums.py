"""The PromQL that adds a counter's series up by target, five minutes at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tallystick.core.arrivals import STEP_SECONDS
from tallystick.core.selector import Matcher, MatchOp, Selector, label_text, one_of
from tallystick.core.series import Target
from tallystick.core.sli import Term

_BY = "by (job, instance)"


@dataclass(frozen=True, slots=True)
class Counter:
    """
    One counter of an SLI.

    Attributes:
        term: which, and whether it is added or subtracted.
        total: whether it counts all events, rather than good or bad ones.
        jobs: matchers that tell its jobs from others.
        latency: whether it is a bucket, whose bound may change its spelling.
    """

    term: Term
    total: bool
    jobs: tuple[Matcher, ...]
    latency: bool

    def rises(self, lookback: int) -> str:
        """
        By how much series rose that go on; one that fell began anew, after it had gone up to its highest value.

        Args:
            lookback: how far back the sample before is looked for, in seconds.
        """
        now, before, highest = self._parts(lookback)
        return f"sum {_BY} (({now} - {before} >= 0) or ({now} + clamp_min({highest} - {before}, 0)))"

    def restarted(self, lookback: int) -> str:
        """The same for series that began anew whether they fell or not."""
        now, before, highest = self._parts(lookback)
        fell = f"(({now} + clamp_min({highest} - {before}, 0)) and ({now} < {before}))"
        return f"sum {_BY} ({fell} or ({now} and {before}))"

    def fresh(self, lookback: int) -> str:
        """What new series show."""
        now, before, _ = self._parts(lookback)
        return f"sum {_BY} ({now} unless {before})"

    def within(self, lookback: int) -> str:
        """By how much new series rose since their first sample."""
        now, before, _ = self._parts(lookback)
        first = self._folded(f"min_over_time({self.term.selector.promql}[{STEP_SECONDS}s])")
        return f"sum {_BY} (clamp_min({now} - {first}, 0) unless {before})"

    def unwatched(self) -> str:
        """Which targets have series in the five minutes, but no ``up`` that would tell when they were scraped."""
        series = f"last_over_time({self.term.selector.promql}[{STEP_SECONDS}s])"
        up = f"last_over_time({Selector('up', self.jobs).promql}[{STEP_SECONDS}s])"
        return f"group {_BY} ({series}) unless on (job, instance) {up}"

    def of(self, targets: Iterable[Target]) -> "Counter":
        """The same of *targets* alone, which are of one job."""
        selector = self.term.selector.having(*pins(targets))
        return replace(self, term=replace(self.term, selector=selector))

    def _parts(self, lookback: int) -> tuple[str, str, str]:
        """Each series' last value of the five minutes, the last one before them, and the highest of them."""
        text = self.term.selector.promql
        now, before, highest = (
            f"last_over_time({text}[{STEP_SECONDS}s])",
            f"last_over_time({text}[{lookback}s] offset {STEP_SECONDS}s)",
            f"max_over_time({text}[{STEP_SECONDS}s])",
        )
        return self._folded(now), self._folded(before), self._folded(highest)

    def _folded(self, text: str) -> str:
        return f"max without (le) ({text})" if self.latency else text


def pins(targets: Iterable[Target]) -> tuple[Matcher, Matcher]:
    """Matchers of *targets*, which are of one job."""
    listed = list(targets)
    return Matcher("job", MatchOp.EQUAL, listed[0][0]), one_of("instance", (instance for _, instance in listed))


def scraped(matchers: tuple[Matcher, ...], labels: Iterable[str], window: str) -> str:
    """Whether targets were scraped with success within *window* (a range, maybe with an offset): 1 if so, by *labels*."""
    by = ", ".join(label_text(label) for label in sorted({"job", "instance", *labels}))
    return f"max by ({by}) (max_over_time({Selector('up', matchers).promql}{window})) == 1"


def process_start(matchers: tuple[Matcher, ...], window: str) -> str:
    """When targets' processes had started, as told last within *window*; of targets with one process."""
    told = f"last_over_time({Selector('process_start_time_seconds', matchers).promql}{window})"
    return f"max {_BY} ({told}) and (max {_BY} ({told}) - min {_BY} ({told}) <= 1)"
