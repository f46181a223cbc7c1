"""What queries on recorded series should give, in a form that the last bits of a division do not matter to."""

from support.promtool import Sample

HOUR = 3_600
TOTAL, BAD, RATIO = "slo:sli_total:rate5m", "slo:sli_bad:rate5m", "slo:sli_error:ratio_rate5m"


def labels(**group: str) -> dict[str, str]:
    """Labels of the series that are recorded for the SLO of `make_slo`, of one *group*."""
    return {"slo": "checkout-availability", "slo_service": "checkout", **group}


def is_about(query: str, at: int, value: float, **group: str) -> tuple[str, int, list[Sample]]:
    """That *query* has one value at an instant, to a millionth: for `Trial.expect`."""
    return among(query, at, {tuple(group.items()): value})


def among(query: str, at: int, values: dict[tuple[tuple[str, str], ...], float]) -> tuple[str, int, list[Sample]]:
    """That *query* has these values, by group, and no others."""
    return f"round(1e6 * {query})", at, [(labels(**dict(group)), round(value * 1e6)) for group, value in values.items()]


def are_absent(at: int) -> tuple[str, int, list[Sample]]:
    """That neither series of the pair is there, nor a ratio of it."""
    return '{__name__=~"slo:sli_.*5m"}', at, []
