"""What a change would have meant for agreements, in words."""

from support.slos import make_agreement, make_slo
from tallystick.core.agreed import agreed
from tallystick.core.backtested import Outcome
from tallystick.core.change import Change
from tallystick.core.impact import Impact, Measured
from tallystick.core.slo import Slo
from tallystick.core.standing import Standing, standings
from tallystick.core.tally import Observation, Tally
from tallystick.core.window import RollingWindow
from tallystick.report.changed import agreements

DAY = 86_400
AT = 20_000 * DAY


def test_agreements_of_groups_are_told_apart() -> None:
    """A line for each group, with its name: one region may break what another keeps."""
    slo = make_slo(agreements=(make_agreement(objective="0.5", window=RollingWindow(DAY)),))
    seen = {"eu": Observation(Tally(40, 100), DAY), "us": Observation(Tally(60, 100), DAY)}

    def impact(region: str) -> Impact:
        group = {"region": region}

        def present(terms: Slo) -> Standing:
            return standings(terms, AT, lambda _: seen[region], fresh=True, group=group)[0]

        outcome = Outcome(
            slo=slo, group=group, backtest=None, unobserved_seconds=0, excluded_seconds=0, whole_from=None
        )
        side = Measured(
            slo=slo, group=group, standings=(), breaches={}, outcome=outcome, agreed=agreed(slo, present, AT)
        )
        return Impact(change=Change(before=slo, after=slo), group=group, before=side, after=side)

    assert [line for region in ("eu", "us") for line in agreements(impact(region))] == [
        'checkout-gold{region="eu"}: broken in 1 of 1 periods',
        'checkout-gold{region="us"}: broken in 0 of 1 periods',
    ]
