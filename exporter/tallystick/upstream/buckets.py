"""Whether a classic histogram has the bucket that an SLI counts with; without it every event would look bad."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from tallystick.core.selector import Selector
from tallystick.core.sli import LatencySli, le_spellings
from tallystick.core.timerange import TimeRange
from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus


def missing_bucket(prometheus: Prometheus, sli: LatencySli, span: TimeRange) -> str | None:
    """
    Why the good events of *sli* have no counter in *span*, in words; None if they have one, or nothing is there.

    Raises:
        PrometheusError: there is no answer, or none that is whole.
    """
    histogram = sli.histogram
    bounds = _values(prometheus, "le", Selector(histogram.metric + "_bucket", histogram.matchers), span)
    if not bounds and sli.own_total is None and _values(prometheus, "job", sli.total, span):
        return f"{sli.total.metric} is there, but no {histogram.metric}_bucket: it is a summary, which can't be measured so"
    return explain(histogram.metric, sli.threshold, bounds)


def _values(prometheus: Prometheus, label: str, selector: Selector, span: TimeRange) -> list[str]:
    """The values of *label* that series of *selector* had in *span*; empty where they had no such label."""
    promql = f"count by ({label}) (last_over_time({selector.promql}[{span.seconds}s]))"
    result = prometheus.query(promql, span.end * 1_000 - 1)
    try:
        return [str(one["metric"].get(label, "")) for one in result]
    except (LookupError, TypeError, AttributeError) as fault:
        raise PrometheusError(
            "bad_answer", f"{prometheus.public_url} sent buckets that can't be read: {fault}"
        ) from fault


def explain(metric: str, threshold: Decimal, bounds: Iterable[str]) -> str | None:
    """
    Why buckets with these *bounds* can't count what is at or under *threshold*; None if they can, or there are none.

    Args:
        metric: the histogram's name.
        threshold: in its unit.
        bounds: values of ``le``.
    """
    found = {text: bound for text in bounds if (bound := _decimal(text)) is not None}
    spellings = le_spellings(threshold)
    if not found or not found.keys().isdisjoint(spellings):
        return None
    odd = [text for text, bound in found.items() if bound == threshold]
    if odd:
        return f'{metric} has no bucket le="{spellings[0]}", but one that is written le="{odd[0]}", which is not understood'
    below = max((bound for bound in found.values() if bound < threshold), default=None)
    above = min((bound for bound in found.values() if bound > threshold and bound.is_finite()), default=None)
    return f'{metric} has no bucket le="{spellings[0]}"; {_neighbours(below, above)}'


def _neighbours(below: Decimal | None, above: Decimal | None) -> str:
    match below, above:
        case None, None:
            return "it has none but +Inf, so no threshold can be measured"
        case None, Decimal():
            return f"its first is {above:f}: write that as the threshold, or give the application a bucket"
        case Decimal(), None:
            return f"its last is {below:f}: write that as the threshold, or give the application a bucket"
        case _:
            return f"neighbours are {below:f} and {above:f}: write one of them as the threshold, or give the application a bucket"


def _decimal(text: str) -> Decimal | None:
    try:
        bound = Decimal(text)
    except InvalidOperation:
        return None
    return None if bound.is_nan() else bound
