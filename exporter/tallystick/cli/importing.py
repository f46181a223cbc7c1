"""``tallystick import``: definitions of other tools, rewritten in our format."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from tallystick.cli.check import exit_code_of
from tallystick.cli.main import FAILED, OK
from tallystick.cli.options import option
from tallystick.cli.words import count
from tallystick.core.slo import Slo
from tallystick.definition.document import Document
from tallystick.definition.load import Loaded, load_paths
from tallystick.definition.render import text_of
from tallystick.definition.rewriting import rewrite
from tallystick.errors import TallystickError
from tallystick.generate.filename import stem
from tallystick.generate.output import put

_SUFFIXES = (".yaml", ".yml")


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE|DIR",
    help="Where to write: a file ending in .yaml, or a folder, for a file for each service. Printed by default.",
)
@option("--force", is_flag=True, help="Write over files that are there.")
@option("--partial", is_flag=True, help="Leave out what has an error, and write the rest.")
def import_(*, files: Sequence[Path], out: Path | None, force: bool, partial: bool) -> None:
    """
    Rewrite definitions of other tools (Sloth, Pyrra, OpenSLO, slo-generator) in the format of tallystick.

    FILES are files and folders. Other tools' definitions work as they stand, beside ours; rewrite them when you want what
    their format can't say. The result means the same: it is loaded again and compared before anything is written. What
    the file left to a flag of its tool is written out, and what is read otherwise here stands as a comment above.

    \b
    Examples:
      tallystick import sloth/checkout.yaml
      tallystick import sloth/ --out slo-definitions
      tallystick import sloth/ pyrra/ --out slo-definitions/imported.yaml --force

    Nothing is written if anything in FILES has an error (exit code 1); with --partial the SLOs without one are, and the
    exit code is 1 all the same. Files that are there are not touched without --force (exit code 2).
    """
    loaded = load_paths(files)
    for problem in loaded.problems:
        click.echo(text_of(problem), err=True, nl=False)
    exit_code = exit_code_of(loaded.problems)
    if exit_code == FAILED:
        sys.exit(FAILED)
    if exit_code != OK and not partial:
        click.echo(f"{count(len(loaded.errors), 'error')}: nothing is written; --partial writes the rest", err=True)
        sys.exit(exit_code)
    if not loaded.readings:
        here = "; all is in the format of tallystick already" if loaded.slos else ""
        click.echo(f"nothing to do in {count(len(loaded.files), 'file')}{here}", err=True)
        sys.exit(exit_code)
    texts, written = _proved(loaded)
    if out is None:
        click.echo(
            "---\n".join(texts.values()).encode(), nl=False
        )  # whatever the terminal's encoding is, YAML is UTF-8
    else:
        put(_places(out, texts), force=force)
    where = f" to {out}" if out else ""
    noted = f"; {count(len(loaded.notes), 'note')} as comments" if loaded.notes else ""
    click.echo(f"{count(written, 'SLO')} of {count(len(texts), 'service')}{where}{noted}", err=True)
    sys.exit(exit_code)


def _proved(loaded: Loaded) -> tuple[dict[str, str], int]:
    """
    What is written, by service, once it was loaded again and gave the same SLOs; and how many those are.

    Of what has errors a service may not come out right, where an SLO rests on one that is left out; then it is left out too.

    Raises:
        TallystickError: it means something other.
    """
    before = {slo.slo_id: _meaning(slo) for slo in loaded.slos}
    without: set[str] = set()
    while True:
        texts = rewrite(loaded, without)
        again, wrong = _load(texts)
        if wrong and loaded.errors:
            without |= wrong
            continue
        after = {slo.slo_id: _meaning(slo) for slo in again.slos}
        wanted = {slo_id: before[slo_id] for slo_id in _foreign(loaded) if slo_id in before}
        differ = [one for one, slo in wanted.items() if slo.service not in without and after.get(one) != slo]
        if wrong or differ:
            what = text_of(again.errors[0]) if wrong else f"{differ[0]} is not the same"
            raise TallystickError(f"what would be written is not right, so nothing is: {what.rstrip()}")
        return texts, len(again.slos)


def _foreign(loaded: Loaded) -> Iterator[str]:
    """The ids of the SLOs that other tools' files define, as far as they have one."""
    for reading in loaded.readings:
        yield from (entry.slo_id for root in reading.documents for entry in Document(root).entries if entry.slo_id)


def _meaning(slo: Slo) -> Slo:
    """What *slo* says itself: where it stands is nothing of that, nor what another file excludes for its service."""
    return replace(slo, file="", line=0, revision="", exclusions=())


def _load(texts: dict[str, str]) -> tuple[Loaded, set[str]]:
    """What *texts* say, and the services among them that have errors."""
    with tempfile.TemporaryDirectory() as folder:
        places = {Path(folder) / f"{stem(service)}.yaml": service for service in texts}
        for place, service in places.items():
            place.write_text(texts[service], encoding="utf-8", newline="\n")
        loaded = load_paths(list(places))
        return loaded, {places[Path(error.file)] for error in loaded.errors}


def _places(out: Path, texts: dict[str, str]) -> dict[Path, bytes]:
    """What goes into which file."""
    if out.suffix in _SUFFIXES and not out.is_dir():
        return {out: "---\n".join(texts.values()).encode()}
    return {out / f"{stem(service)}.yaml": text.encode() for service, text in texts.items()}
