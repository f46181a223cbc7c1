"""The command ``tallystick``: its subcommands, and what its exit codes mean."""

import gc
import importlib
import os
import sys

import click
from click.shell_completion import CompletionItem

from tallystick import __version__
from tallystick.errors import TallystickError
from tallystick.uncollected import uncollected

# There are none, and to look for them in all that is installed takes a tenth of the start of `check`.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

OK, FINDINGS, FAILED = 0, 1, 2
"""Exit codes: all is well; there are findings (a problem in a definition, a breach); the command could not run."""

COMMANDS = {
    "backtest": "tallystick.cli.backtest:backtest",
    "check": "tallystick.cli.check:check",
    "completion": "tallystick.cli.completion:completion",
    "demo": "tallystick.cli.demo:demo",
    "diff": "tallystick.cli.diff:diff",
    "doctor": "tallystick.cli.doctor.command:doctor",
    "exclusions": "tallystick.cli.exclusions:exclusions",
    "export": "tallystick.cli.export:export",
    "generate": "tallystick.cli.generate:generate",
    "import": "tallystick.cli.importing:import_",
    "ledger": "tallystick.cli.ledger:ledger",
    "schema": "tallystick.cli.schema:schema",
    "serve": "tallystick.cli.serve:serve",
    "status": "tallystick.cli.status:status",
}
"""Where each command lives; it is imported when it is asked for, so that ``check`` does not pay for the web server."""


class LazyGroup(click.Group):
    """Commands that are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """All of them, by name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Import command *cmd_name*; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        with uncollected():
            command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names and flags that begin with *incomplete*; what the commands are for would take importing all of them."""
        names = [CompletionItem(name) for name in self.list_commands(ctx) if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="%(prog)s %(version)s")
def tallystick() -> None:
    """
    Exact SLO budgets for Prometheus, from one definition file.

    \b
    Start here:
      tallystick demo                      everything, on real servers, with nothing prepared
      tallystick check slo-definitions     what is wrong with the definitions
      tallystick generate slo-definitions --out build
      tallystick serve slo-definitions --prometheus.url http://localhost:9090 --ledger slo.db
      tallystick doctor slo-definitions --prometheus.url http://localhost:9090 --ledger slo.db

    \b
    Exit codes: 0 fine, 1 findings (a problem, a breach), 2 could not run.
    Every option is also an environment variable: --prometheus.url is TALLYSTICK_PROMETHEUS_URL.
    """


def main() -> None:
    """Run the command; what fails outside is told in one line, without a traceback."""
    try:
        tallystick.main(prog_name="tallystick", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.Abort:
        click.echo("tallystick: stopped", err=True)
        sys.exit(FAILED)
    except click.ClickException as fault:
        fault.show()
        sys.exit(FAILED)
    except (TallystickError, OSError) as fault:
        click.echo(f"tallystick: {fault}", err=True)
        sys.exit(FAILED)
    finally:
        # Python looks through all there is before it ends; of 1,000 SLOs that took a tenth of a check.
        gc.freeze()
