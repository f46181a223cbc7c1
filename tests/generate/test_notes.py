"""What people are told of the alerts that were made for them."""

from datetime import datetime

from support.slos import AT, make_slo
from tallystick.core.alerting import Alerting, Notice
from tallystick.core.exclusion import Exclusion
from tallystick.core.window import RollingWindow
from tallystick.generate.notes import notes


def test_defaults_that_do_not_fit_are_told() -> None:
    """A factor that was lowered, and one that was raised, with the share that they mean now."""
    said = list(notes([make_slo(objective="0.9", days=28)], AT))

    assert said == [
        (
            "checkout-availability: the page for 2% of the budget in 1h is sent at 1.116% (factor 7.5): "
            "nothing burns faster than 10 at 90%"
        ),
        (
            "checkout-availability: the ticket for 10% of the budget in 3d is sent at 10.71% (factor 1): "
            "less than 1 would alert on a kept promise"
        ),
    ]


def test_windows_too_short_for_any_alert_are_told() -> None:
    """Of an SLO over six hours no ticket is left, and over an hour no page; one that wants none is told of none."""
    silent = Alerting(page=Notice(enabled=False), ticket=Notice(burn=()))
    hour = (RollingWindow(3_600),)

    assert [one.partition(":")[0] for one in notes([make_slo(windows=hour)], AT)] == ["checkout-availability"] * 2
    of_six = list(notes([make_slo(windows=(RollingWindow(21_600),))], AT))
    assert [one for one in of_six if "too short" in one] == [
        (
            "checkout-availability: there is no ticket for the burn rate: its first window of 6h is too short for "
            "tallystick's own; write `burn` under alerting: ticket, or a longer window first"
        )
    ]
    assert list(notes([make_slo(windows=hour, alerting=silent)], AT)) == []


def test_the_end_of_recurring_exclusions_is_told_once() -> None:
    """However many SLOs have them: until when, and what to do."""
    nightly = Exclusion(
        reason="x", starts=datetime.fromisoformat("2026-01-01 02:00"), lasts_seconds=600, rrule="FREQ=DAILY"
    )
    slos = [make_slo(name=name, exclusions=(nightly,)) for name in ("a", "b", "c")]

    said = list(notes(slos, AT))

    assert said == [
        "checkout-a and 2 more: recurring exclusions are worked out until 2028-04-01; generate again before"
    ]
