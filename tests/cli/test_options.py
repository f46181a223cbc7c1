"""Options that several commands share."""

import click
import pytest
from click.testing import CliRunner, Result

from tallystick.cli.options import prometheus_options
from tallystick.upstream.client import Prometheus


@click.command()
@prometheus_options
def show(*, prometheus: Prometheus | None) -> None:
    """Print what was given."""
    if prometheus is None:
        click.echo("none")
        return
    headers = {name: value for name, value in prometheus.session.headers.items() if name in {"Authorization", "X"}}
    click.echo(f"{prometheus.url} {headers} {prometheus.timeout_seconds}")


def run(*arguments: str, **environment: str) -> Result:
    """Give *arguments* and variables to a command."""
    return CliRunner().invoke(show, arguments, env={"TALLYSTICK_PROMETHEUS_URL": "http://p:9090", **environment})


def test_headers_of_the_environment_are_lines() -> None:
    """Values have blanks and equals signs, so each line is one header; so are flags, taken as they are."""
    found = run(TALLYSTICK_PROMETHEUS_HEADER="Authorization=Bearer a=b==\n\n X=prod eu \n")
    assert found.output == "http://p:9090 {'Authorization': 'Bearer a=b==', 'X': 'prod eu'} 30\n"

    found = run("--prometheus.header", "Authorization=Basic abc==", "--prometheus.header", "X=1")
    assert found.output == "http://p:9090 {'Authorization': 'Basic abc==', 'X': '1'} 30\n"


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("Authorization: Bearer s3cret", "'Authorization' with a colon is not NAME=VALUE"),
        ("Authorization: Basic s3cret==", "'Authorization' with a colon is not NAME=VALUE"),
        ("Bearer s3cret", "header 1 is not NAME=VALUE"),
        ("=s3cret", "header 1 is not NAME=VALUE"),
    ],
)
def test_what_is_no_header_is_not_repeated(pair: str, words: str) -> None:
    """What is wrong is told by name or number, as the rest may be a password."""
    found = run("--prometheus.header", pair)

    assert found.exit_code == 2
    assert words in found.output
    assert "s3cret" not in found.output


def test_no_time_is_refused() -> None:
    """Where waiting for nothing makes no sense, 0 is not taken."""
    found = run("--prometheus.timeout", "0s")

    assert found.exit_code == 2
    assert "'0s' is too short; the least is 1s" in found.output


def test_no_address_is_no_client() -> None:
    """A command may do without Prometheus, and is told that there is none."""
    assert run(TALLYSTICK_PROMETHEUS_URL="").output == "none\n"
