"""``tallystick ledger``: the record itself."""

import click

from tallystick.cli.ledger_backfill import backfill
from tallystick.cli.ledger_export import export
from tallystick.cli.ledger_figures import figures_command
from tallystick.cli.ledger_info import info
from tallystick.cli.ledger_verify import verify


@click.group()
def ledger() -> None:
    """
    The record itself: what is in it, whether it is right, writing it out, and filling what it lacks.

    \b
    tallystick ledger info --ledger slo.db
    tallystick ledger verify slo-definitions --ledger slo.db --prometheus.url http://localhost:9090
    tallystick ledger export --ledger slo.db --format csv --step 1d
    tallystick ledger figures slo-definitions --ledger slo.db --out figures.om
    tallystick ledger backfill slo-definitions --ledger slo.db --prometheus.url http://localhost:9090 --from 2026-11-01
    """


for command in (backfill, export, figures_command, info, verify):
    ledger.add_command(command)
