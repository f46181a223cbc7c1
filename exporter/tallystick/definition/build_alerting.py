"""What a definition says of alerting as a value."""

from collections.abc import Sequence
from fractions import Fraction
from types import MappingProxyType

from tallystick.core.alerting import Alerting, BurnPolicy, Notice, Severity, short_of
from tallystick.definition import model
from tallystick.definition.lengths import read_piece, read_wait
from tallystick.definition.values import read_share


def build_alerting(alerting: model.Alerting) -> Alerting:
    """*alerting*, which has no problem: what is said of both severities is said of each, where that says nothing itself."""
    return Alerting(
        page=_notice(alerting, alerting.page, "page"),
        ticket=_notice(alerting, alerting.ticket, "ticket"),
        min_events=alerting.min_events,
        min_bad=alerting.min_bad,
        weigh=alerting.weigh,
        first_values=alerting.first_values,
        signal=alerting.signal,
    )


def _notice(alerting: model.Alerting, notice: model.Notice, severity: Severity) -> Notice:
    wait = notice.for_ or alerting.for_
    return Notice(
        enabled=notice.enabled,
        labels=MappingProxyType({**alerting.labels, **notice.labels}),
        annotations=MappingProxyType({**alerting.annotations, **notice.annotations}),
        burn=_policies(alerting, notice, severity),
        for_seconds=read_wait(wait) if wait else None,
    )


def _policies(alerting: model.Alerting, notice: model.Notice, severity: Severity) -> tuple[BurnPolicy, ...] | None:
    """What is written for *severity*; a list for both that does not name it says that there is none."""
    written: Sequence[model.Burn] | None = notice.burn
    if written is None and alerting.burn is not None:
        written = [burn for burn in alerting.burn if burn.severity == severity]
    return None if written is None else tuple(_policy(burn, severity) for burn in written)


def _policy(burn: model.Burn, severity: Severity) -> BurnPolicy:
    long = read_piece(burn.within)
    return BurnPolicy(
        severity,
        Fraction(read_share(burn.budget)),
        long,
        read_piece(burn.short) if burn.short else short_of(long),
        read_wait(burn.for_) if burn.for_ else None,
    )
