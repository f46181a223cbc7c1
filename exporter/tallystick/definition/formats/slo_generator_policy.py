"""slo-generator's error budget policies, which say over which windows an SLO is looked at."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tallystick.core.duration import format_seconds
from tallystick.core.timerange import DAY_SECONDS, SLICE_SECONDS
from tallystick.definition.checks import environment, error_budget_policy
from tallystick.definition.formats import nodes, notes, slo_generator_model
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.owners import SLO_GENERATOR_POLICIES
from tallystick.definition.lengths import LONGEST_WINDOW_SECONDS, SHORTEST_WINDOW_SECONDS
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import printable, show
from tallystick.definition.values import read_decimal

KEY = SLO_GENERATOR_POLICIES
DEFAULT = "default"
"""The policy of SLOs that name none."""

WINDOW = "28d"
"""The longest step of the policy that the tool's own sample has."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a policy: its window, and what it says once that burns too fast."""

    seconds: int
    node: Scalar
    threshold: str
    message: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy: its name where it is written, and its steps, the longest first."""

    key: Scalar
    steps: tuple[Step, ...]

    @property
    def windows(self) -> list[Step]:
        """
        The steps whose windows are promised over, the longest first.

        Those of a day and more; what is shorter is there to alert. If there is none, the longest.
        """
        fit = [step for step in self.steps if _fits(step.seconds)]
        return [step for step in fit if step.seconds >= DAY_SECONDS] or fit[:1]

    @property
    def meaning(self) -> list[tuple[int, str, str]]:
        """What it says, wherever that is."""
        return [(step.seconds, step.threshold, step.message) for step in self.steps]


def _fits(seconds: int) -> bool:
    return not seconds % SLICE_SECONDS and SHORTEST_WINDOW_SECONDS <= seconds <= LONGEST_WINDOW_SECONDS


def read_policies(readings: Iterable[Reading]) -> dict[str, Policy]:
    """The policies of the shared configurations that *readings* are of, by name; they are told what is wrong."""
    found: dict[str, Policy] = {}
    for reading in readings:
        policies = reading.root.get(KEY)
        reading.problems += slo_generator_model.CONFIG.problems(reading.root)
        if not isinstance(policies, Mapping) or reading.problems:
            continue
        reading.problems += environment.find(policies)
        for name, (key, value) in policies.entries.items():
            policy = Policy(key, tuple(sorted(_steps(reading, value), key=lambda step: -step.seconds)))
            first = found.setdefault(name, policy)
            if first.meaning != policy.meaning:
                reading.problems.append(error_budget_policy.twice(key, first.key))
            elif not policy.windows and not reading.problems:
                reading.problems.append(error_budget_policy.too_short(key))
    return found


def _steps(reading: Reading, policy: Node) -> Iterator[Step]:
    for step in nodes.items_of(nodes.child(policy, "steps")):
        window = step.get("window")
        seconds = read_decimal(window.text) if isinstance(window, Scalar) else None
        if not isinstance(window, Scalar) or seconds is None:
            continue
        if not 0 < seconds <= LONGEST_WINDOW_SECONDS or seconds != int(seconds):
            reading.problems.append(error_budget_policy.no_seconds(window))
            continue
        threshold, message = (nodes.said(step.get(key)) or "" for key in ("burn_rate_threshold", "message_alert"))
        yield Step(int(seconds), window, threshold, message)


def window_of(reading: Reading, spec: Mapping, policies: dict[str, Policy]) -> Node | None:
    """
    The ``window`` of an SLO, None where defaults may say it.

    Args:
        reading: is told what is wrong, and what the steps say that is not read.
        spec: of the SLO.
        policies: all there are, by name.
    """
    named = spec.get("error_budget_policy")
    at = named or spec.get("goal") or spec
    if not policies:
        reading.fallback["window"] = nodes.text(WINDOW, at)
        message = f"over {WINDOW}, unless defaults say otherwise: no file with {KEY} is read"
        reading.notes.append(notes.PERIOD.at(at.span, message, "put the shared configuration beside it"))
        return None
    name = nodes.said(named) or DEFAULT
    policy = policies.get(name)
    if policy is None:
        reading.problems.append(error_budget_policy.unknown(at, name, policies))
        return None
    if not policy.windows:  # which is told where the policy is
        reading.fallback["window"] = nodes.text(WINDOW, at)
        return None
    _tell(reading, at, policy)
    texts = dict.fromkeys(format_seconds(step.seconds) for step in policy.windows)
    windows = [nodes.text(text, at) for text in texts]
    return windows[0] if len(windows) == 1 else nodes.listed(at, windows)


def _tell(reading: Reading, at: Node, policy: Policy) -> None:
    """What the steps say beside their windows."""
    left = [format_seconds(step.seconds) for step in policy.steps if step not in policy.windows]
    short = f"; its steps of {', '.join(dict.fromkeys(left))} are left out" if left else ""
    message = f"alerts follow from the budget, not from the policy's steps{short}"
    reading.notes.append(notes.ALERT_WINDOWS.at(at.span, message, ""))
    said = [
        f"over {printable(step.threshold)} in {format_seconds(step.seconds)}: {printable(' '.join(step.message.split()))}"
        for step in policy.steps
        if step.message
    ]
    if said:
        message = f"what policy {show(policy.key.text)} asks for at which burn rates is not read ({'; '.join(said)})"
        reading.notes.append(notes.POLICY.at(at.span, message, ""))
