"""``tallystick ledger figures``: what the exporter would have told of the past, for Prometheus."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from tallystick.cli.definitions import load_or_exit
from tallystick.cli.options import Matching, option, paths_argument
from tallystick.cli.record import (
    STEPS,
    ledger_option,
    must_exist,
    out_option,
    progress,
    span_options,
    span_within,
    write_lines,
)
from tallystick.core.slo import Slo
from tallystick.daemon.hindsight import Hindsight, figures
from tallystick.ledger.store import open_ledger

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*=.+", re.DOTALL)

_OURS = re.compile("slo|slo_.*|window|label_.*")
"""Names of labels that figures have themselves."""


@click.command("figures")
@paths_argument
@ledger_option
@span_options()
@option("--step", type=click.Choice(list(STEPS)), default="5m", help="From one sample to the next.")
@option(
    "--label",
    type=Matching(_LABEL, "a label, such as job=tallystick"),
    multiple=True,
    metavar="NAME=VALUE",
    help="Label to put on every series: those that Prometheus gives the exporter's; repeatable.",
)
@out_option
def figures_command(
    *,
    paths: Sequence[Path],
    ledger: str,
    from_: float | None,
    to: float | None,
    step: str,
    label: Sequence[str],
    out: Path | None,
) -> None:
    """
    Write what the exporter would have told of the past, so that dashboards begin when the record does.

    \b
    tallystick ledger figures slo-definitions --ledger slo.db --label job=tallystick --label instance=slo:8925 --out figures.om
    promtool tsdb create-blocks-from openmetrics figures.om data

    Compliance, budgets, burn rates, states, coverage and the promise itself, at one instant after another, by what the
    ledger holds and the definitions say now. Prometheus looks back five minutes for a sample: a longer step leaves gaps.
    """
    must_exist(ledger)
    slos = load_or_exit(paths)
    labels = _labels(label, slos)
    book = open_ledger(ledger, read_only=True)
    try:
        hindsight = Hindsight(book, slos, partial(span_within, from_=from_, to=to), STEPS[step])
        with progress("looking back", hindsight.steps) as advance:
            write_lines(figures(hindsight, labels, advance), out)
    finally:
        book.close()


def _labels(pairs: Sequence[str], slos: Sequence[Slo]) -> dict[str, str]:
    """
    *pairs* by name.

    Raises:
        click.BadParameter: figures, or groups of them, have a label of that name.
    """
    labels = dict(pair.split("=", maxsplit=1) for pair in pairs)
    taken = {name for slo in slos for name in slo.sli.by}
    for name in labels:
        if _OURS.fullmatch(name) or name in taken:
            raise click.BadParameter(f"figures have a label {name} of their own", param_hint="--label")
    return labels
