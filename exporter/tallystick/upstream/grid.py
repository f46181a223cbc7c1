"""What Prometheus tells of targets, five minutes at a time: which were scraped, when, and since when they run."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from tallystick.core.arrivals import LOOKBACK_STEPS, STEP_SECONDS, Presence, arrivals
from tallystick.core.memory import FORGET_MS
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.series import Series, Target
from tallystick.core.slices import Bools, Floats
from tallystick.core.timerange import TimeRange
from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus
from tallystick.upstream.evaluated import ask
from tallystick.upstream.samples import raw_samples
from tallystick.upstream.sums import pins, process_start, scraped

LOOKBACK = LOOKBACK_STEPS * STEP_SECONDS
"""How far back the latest sample of a series is looked for, in seconds."""

LONGEST_LOOKBACK = FORGET_MS // 1_000
"""How far back a target is looked for that comes back, in seconds."""

STEP = f"[{STEP_SECONDS}s]"
PAST = f"[{LONGEST_LOOKBACK}s] offset {STEP_SECONDS}s"

_MOST_INSTANCES = 100
"""Targets named in one query."""

_RUN = 12
"""Steps asked about at once, of targets that are flagged in any of them."""

Sums = Mapping[Target, Floats]
"""By target a number for each step, NaN where there is none; shape (steps,)."""

Flags = Mapping[Target, Bools]
"""By target whether, for each step; shape (steps,)."""


class Grid:
    """
    The time at hand in steps of five minutes, and the three hours before it.

    Attributes:
        prometheus: what is asked.
        span: the time at hand.
        whole: the same with what lies before it.
        steps: how many steps the time at hand has.
    """

    def __init__(self, prometheus: Prometheus, span: TimeRange) -> None:
        """Ask *prometheus* about *span*, which is aligned to steps."""
        self.prometheus = prometheus
        self.span = span
        self.whole = TimeRange(span.start - LOOKBACK, span.end)
        self.steps = span.seconds // STEP_SECONDS
        self._samples: dict[tuple[Selector, TimeRange], list[Series]] = {}

    def sums(self, promql: str, span: TimeRange) -> dict[Target, Floats]:
        """What *promql* gives by target in each step of *span*."""
        found = {}
        for answer in ask(self.prometheus, promql, span, STEP_SECONDS):
            values = np.full(span.seconds // STEP_SECONDS, np.nan)
            values[list(answer.at)] = answer.values
            found[target_of(answer.labels)] = values
        return found

    def again(self, flags: Flags, text: Callable[[Sequence[Target]], str]) -> dict[Target, Floats]:
        """
        Ask about targets in the steps that are flagged.

        Args:
            flags: which targets, and in which steps of the time at hand.
            text: the query for some targets of one job.

        Returns:
            By target the values in flagged steps, NaN elsewhere; of all that are in *flags*.
        """
        found = {target: np.full(self.steps, np.nan) for target in flags}
        for first in range(0, self.steps, _RUN):
            run = {target: steps[first : first + _RUN] for target, steps in flags.items()}
            for some in _chunks(target for target, steps in run.items() if steps.any()):
                asked = np.flatnonzero(np.logical_or.reduce([run[target] for target in some])) + first
                part = slice(int(asked[0]), int(asked[-1]) + 1)
                edges = (self.span.start + step * STEP_SECONDS for step in (part.start, part.stop))
                for target, values in self.sums(text(some), TimeRange(*edges)).items():
                    if target in found:
                        found[target][part] = np.where(flags[target][part], values, np.nan)
        return found

    def up(self, jobs: Iterable[tuple[Matcher, ...]], labels: Iterable[str]) -> list[tuple[Mapping[str, str], Bools]]:
        """
        The targets of some jobs, and in which steps, those before the time at hand included, they were scraped.

        Args:
            jobs: matchers that tell them; none are all, which nobody means.
            labels: what targets are told by, beside their job and instance.
        """
        found = []
        for matchers in jobs:
            for answer in ask(self.prometheus, scraped(matchers, labels, STEP), self.whole, STEP_SECONDS):
                steps = np.zeros(LOOKBACK_STEPS + self.steps, np.bool_)
                steps[list(answer.at)] = True
                found.append((answer.labels, steps))
        return found

    def presence(
        self,
        jobs: Iterable[tuple[Matcher, ...]],
        up: Iterable[tuple[Mapping[str, str], Bools]],
        shown: Flags,
        before: Flags,
    ) -> Presence:
        """
        When targets were there, and what else decides whether their counters are new.

        Args:
            jobs: as for `up`.
            up: what that told.
            shown: in which steps of the time at hand targets had series; shape (steps,).
            before: in which of the steps before it targets without ``up`` had series; shape (`LOOKBACK_STEPS`,).
        """
        targets: dict[Target, Bools] = {}
        for labels, steps in up:
            target = target_of(labels)
            targets[target] = targets[target] | steps if target in targets else steps
        for target, steps in shown.items():
            longer = np.concatenate([before.get(target, np.zeros(LOOKBACK_STEPS, np.bool_)), steps])
            targets[target] = targets[target] | longer if target in targets else longer
        starts: dict[Target, Floats] = {}
        for matchers in jobs:
            starts |= self.sums(process_start(matchers, STEP), self.whole)
        bare = Presence(self.whole.start, targets, starts)
        return Presence(self.whole.start, targets, starts, self._job_past(bare), self._returned(bare))

    def _job_past(self, presence: Presence) -> dict[str, Bools]:
        """Of jobs that come back or are new: when they were scraped before the grid."""
        past = TimeRange(self.whole.start - LONGEST_LOOKBACK, self.whole.start)
        found = {}
        for job in (job for job, steps in presence.jobs().items() if arrivals(steps).any()):
            text = scraped((Matcher("job", MatchOp.EQUAL, job),), (), STEP)
            found[job] = np.zeros(past.seconds // STEP_SECONDS, np.bool_)
            for answer in ask(self.prometheus, text, past, STEP_SECONDS):
                found[job][list(answer.at)] = True
        return found

    def _returned(self, presence: Presence) -> dict[Target, Bools]:
        """Of targets that come back after a longer absence: in which steps."""
        arrived = {target: arrivals(steps) for target, steps in presence.targets.items()}
        known = self.again(arrived, lambda some: scraped(pins(some), (), PAST))
        return {target: ~np.isnan(values) for target, values in known.items()}

    def samples(self, selector: Selector, span: TimeRange) -> list[Series]:
        """
        Raw samples of *selector* in *span*; what several counters of a target need is asked for once.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        if (selector, span) not in self._samples:
            self._samples[selector, span] = raw_samples(self.prometheus, selector, span)
        return self._samples[selector, span]

    def asked(self, text: str, at_ms: int) -> list[Mapping[str, str]]:
        """
        Labels of what *text* gives at one instant.

        Raises:
            PrometheusError: there is no answer, or none that is whole.
        """
        result = self.prometheus.query(text, at_ms)
        try:
            return [{str(name): str(value) for name, value in one["metric"].items()} for one in result]
        except (LookupError, TypeError, AttributeError) as fault:
            words = f"{self.prometheus.public_url} sent labels that can't be read: {fault}"
            raise PrometheusError("bad_answer", words) from fault


def target_of(labels: Mapping[str, str]) -> Target:
    """The target that *labels* name."""
    return labels.get("job", ""), labels.get("instance", "")


def _chunks(targets: Iterable[Target]) -> Iterator[list[Target]]:
    """*targets* by job, not too many at once."""
    by_job: dict[str, list[Target]] = defaultdict(list)
    for target in sorted(targets):
        by_job[target[0]].append(target)
    for some in by_job.values():
        for start in range(0, len(some), _MOST_INSTANCES):
            yield some[start : start + _MOST_INSTANCES]
