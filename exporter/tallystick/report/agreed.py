"""Agreements as text and JSON: what was delivered beside what was agreed, now and in periods that have ended."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import orjson
from rich.console import Group, RenderableType
from rich.text import Text

from tallystick.core.agreed import Agreed
from tallystick.core.periods import period_name
from tallystick.core.standing import Standing
from tallystick.core.window import CalendarWindow
from tallystick.report import figures
from tallystick.report.document import standing_document
from tallystick.report.figures import Outlook
from tallystick.report.fitted import FittedTable
from tallystick.report.record import titled
from tallystick.report.table import STYLES

_KEPT = {Outlook.BREACHED: "broken", Outlook.MET: "kept"}
"""What states are called of an agreement, where that is not what they are called of an SLO."""

_FIGURES = ("good", "total", "bad", "compliance", "coverage", "state", "excluded_seconds")


def agreements_json(found: Iterable[Agreed]) -> str:
    """A list of `agreed_document`, indented."""
    return orjson.dumps([agreed_document(promise) for promise in found], option=orjson.OPT_INDENT_2).decode()


def agreed_document(promise: Agreed) -> dict[str, object]:
    """One agreement (and group) as a JSON object; docs/api.md describes the keys."""
    agreement, standing = promise.agreement, standing_document(promise.standing)
    return {
        "agreement": agreement.agreement_id,
        "kind": agreement.kind,
        "party": agreement.party,
        "description": agreement.description,
        **{key: standing[key] for key in ("slo", "service", "group", "window", "start", "end", "objective")},
        **{key: standing[key] for key in _FIGURES},
        "valid": promise.standing.valid,
        "budget_remaining": standing["budget_remaining"],
        "gross": standing["gross"],
        "credits": [{"below": float(tier.below), "credit": float(tier.credit)} for tier in agreement.credits],
        "credit": _number(promise.credit),
        "periods": [_period_document(promise, ended) for ended in promise.ended],
    }


def _period_document(promise: Agreed, ended: Standing) -> dict[str, object]:
    standing = standing_document(ended)
    return {
        "period": _period(ended),
        "start": standing["start"],
        "end": standing["end"],
        **{key: standing[key] for key in _FIGURES},
        "credit": _number(promise.credit_of(ended)),
    }


def _number(share: Decimal | None) -> float | None:
    return None if share is None else float(share)


def agreements_text(found: Sequence[Agreed]) -> RenderableType:
    """*found* as tables for a terminal: the present periods, then those that have ended."""
    if not found:
        return Text("There are no agreements.")
    present = FittedTable(
        (
            "Agreement",
            "Party",
            "Kind",
            "Window",
            "",
            "Agreed>",
            "Delivered>",
            "May still fail>",
            "Coverage>",
            "State",
            "Credit>",
            "Runs out",
        ),
        least=("Kind", "Coverage>", "Runs out", "", "Party"),
    )
    ended = FittedTable(
        ("Agreement", "Period", "Agreed>", "Delivered>", "Coverage>", "State", "Credit>"),
        least=("Coverage>", "Agreed>"),
    )
    for promise in found:
        present.add(*_present(promise))
        for row in _ended(promise):
            ended.add(*row)
    return Group(present, Text(), Text("Ended periods", "bold"), ended) if ended.rows else present


def _present(promise: Agreed) -> Iterator[str | Text]:
    agreement, standing = promise.agreement, promise.standing
    yield titled(agreement.agreement_id, promise.group)
    yield agreement.party
    yield agreement.kind
    yield agreement.window.name
    yield figures.until(standing)
    yield figures.objective(agreement.objective)
    yield figures.compliance(standing)
    yield figures.share(standing.budget_remaining)
    yield figures.share(standing.coverage)
    yield _state(figures.outlook(standing))
    yield _credit(promise.credit)
    yield figures.exhaustion(standing)


def _ended(promise: Agreed) -> Iterator[tuple[str | Text, ...]]:
    for ended in promise.ended:
        yield (
            titled(promise.agreement.agreement_id, promise.group),
            _period(ended),
            figures.objective(promise.agreement.objective),
            figures.compliance(ended),
            figures.share(ended.coverage),
            _state(_verdict(ended)),
            _credit(promise.credit_of(ended)),
        )


def _verdict(ended: Standing) -> Outlook:
    """What is over is kept or broken, and never at risk."""
    found = figures.outlook(ended)
    return Outlook.MET if found is Outlook.AT_RISK else found


def state_name(outlook: Outlook) -> str:
    """What *outlook* is called of an agreement."""
    return _KEPT.get(outlook, outlook.value)


def _state(outlook: Outlook) -> Text:
    return Text(state_name(outlook), STYLES[outlook])


def _credit(share: Decimal | None) -> str:
    return "" if share is None else figures.objective(share)


def _period(ended: Standing) -> str:
    assert isinstance(ended.window, CalendarWindow)
    return period_name(ended.window, ended.span.end)
