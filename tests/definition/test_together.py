"""What concerns several SLOs, or several files: exclusions of a service, parts of a composite, earlier names."""

from datetime import datetime
from pathlib import Path

import pytest

from tallystick.core.exclusion import Exclusion
from tallystick.core.slo import Slo
from tallystick.definition.load import Loaded, load_paths

HEAD = "apiVersion: tallystick/v1\nservice: {}\n"
UP = "{{name: {}, objective: 99%, window: 30d, sli: {{up: {{metric: up}}}}{}}}"
UPGRADE = "exclusions:\n  - {{reason: Upgrade, from: 2026-12-05 22:00, to: 2026-12-06 01:00{}}}\n"


def definition(service: str, *slos: str, more: str = "") -> str:
    """A file of *service* with *slos*, each a line of YAML."""
    return HEAD.format(service) + more + "slos:\n" + "".join(f"  - {slo}\n" for slo in slos)


def up(name: str, more: str = "") -> str:
    """An SLO of this name."""
    return UP.format(name, more and f", {more}")


def composite(name: str, *parts: str, more: str = "") -> str:
    """A composite of this name."""
    of = ", ".join(f"{{slo: {part}}}" for part in parts)
    return f"{{name: {name}, objective: 99%, window: 30d, sli: {{composite: {{of: [{of}]{more}}}}}}}"


def load(folder: Path, **files: str) -> Loaded:
    """Write *files* into *folder* and load it."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_paths([folder])


def by_id(loaded: Loaded) -> dict[str, Slo]:
    """The SLOs, without a problem."""
    assert loaded.problems == ()
    return {slo.slo_id: slo for slo in loaded.slos}


def codes(loaded: Loaded) -> list[tuple[str, str]]:
    """File and code of each problem."""
    return [(Path(problem.file).stem, problem.code) for problem in loaded.problems]


def test_an_exclusion_arrives_as_it_was_agreed(tmp_path: Path) -> None:
    """Both forms are in the value, on the clock of their zone, with the place where they are written."""
    text = definition("a", up("x"), more="""timezone: Europe/Berlin
exclusions:
  - reason: Upgrade
    from: 2026-12-05T22:00:00
    to: 2026-12-06 01:00
    approved_by: Ada
    ticket: 123
  - reason: Backup
    starts: 2026-12-05 03:00
    lasts: 1h30m
    rrule: freq=daily
    timezone: UTC
""")  # fmt: skip

    slo = by_id(load(tmp_path, a=text))["a-x"]

    file = (tmp_path / "a.yaml").as_posix()
    assert slo.exclusions == (
        Exclusion(reason="Upgrade", starts=datetime(2026, 12, 5, 22), ends=datetime(2026, 12, 6, 1), zone="Europe/Berlin", approved_by="Ada", ticket="123", file=file, line=5),  # noqa: DTZ001  # a clock's time
        Exclusion(reason="Backup", starts=datetime(2026, 12, 5, 3), lasts_seconds=5400, rrule="FREQ=DAILY", zone="UTC", file=file, line=10),  # noqa: DTZ001  # likewise
    )  # fmt: skip


def test_an_exclusion_is_for_its_whole_service(tmp_path: Path) -> None:
    """Without names it is for all SLOs of the service, whichever file they are in, and for no other service's."""
    slos = by_id(
        load(
            tmp_path,
            a=definition("a", up("x"), more=UPGRADE.format("")),
            b=definition("a", up("y")),
            c=definition("c", up("x")),
        )
    )

    assert {slo_id: len(slo.exclusions) for slo_id, slo in slos.items()} == {"a-x": 1, "a-y": 1, "c-x": 0}


def test_an_exclusion_with_names_is_for_those(tmp_path: Path) -> None:
    """Names and ids of the service's SLOs are taken, and stand as ids in the value."""
    more = UPGRADE.format(", slos: [x, a-y]")
    slos = by_id(load(tmp_path, a=definition("a", up("x"), up("y"), up("z"), more=more)))

    assert [len(slos[slo_id].exclusions) for slo_id in ("a-x", "a-y", "a-z")] == [1, 1, 0]
    assert slos["a-x"].exclusions[0].slos == ("a-x", "a-y")


def test_exclusions_change_the_revision_and_no_generation(tmp_path: Path) -> None:
    """What is excluded belongs to the meaning and not to what was counted; where and in which order it is written to neither."""
    first, second = (
        "{reason: A, starts: 2026-12-05 22:00, lasts: 1h}",
        "{reason: B, starts: 2026-12-06 22:00, lasts: 1h}",
    )
    texts = [
        definition("a", up("x"), more=f"exclusions: [{listed}]\n") for listed in ("", first, f"{first}, {second}", f"{second},\n {first}")
    ]  # fmt: skip

    none, one, both, turned = (by_id(load(tmp_path, a=text))["a-x"] for text in texts)

    assert len({none.revision, one.revision, both.revision}) == 3
    assert both.revision == turned.revision
    assert len({slo.generation for slo in (none, one, both, turned)}) == 1


def test_an_exclusion_names_no_other_service(tmp_path: Path) -> None:
    """An SLO of another service can't be excluded from here, though it is loaded."""
    loaded = load(
        tmp_path, a=definition("a", up("x"), more=UPGRADE.format(", slos: [b-x]")), b=definition("b", up("x"))
    )

    assert codes(loaded) == [("a", "exclusion")]


def test_parts_are_found_in_all_files(tmp_path: Path) -> None:
    """A part is an SLO of the same service by its name, or any by its id; a name of the own service wins."""
    slos = by_id(
        load(
            tmp_path,
            a=definition("a", composite("all", "x", "b-x", "b-y")),
            b=definition("b", up("x"), up("y")),
            more=definition("a", up("x"), up("b-y")),
        )
    )

    sli = slos["a-all"].sli
    assert [part.slo for part in getattr(sli, "of", ())] == ["a-x", "b-x", "a-b-y"]


def test_a_part_is_no_other_services_name(tmp_path: Path) -> None:
    """Ids may be cut into service and name in two ways; a name is one of the service that the part is written in."""
    text = definition("a", composite("all", "b-x"))

    slos = by_id(load(tmp_path, a=text, b=definition("a-b", up("x")), c=definition("b", up("x"))))

    assert [part.slo for part in getattr(slos["a-all"].sli, "of", ())] == ["b-x"]


def test_composites_of_composites(tmp_path: Path) -> None:
    """A part may be a composite, and be in several; only what leads back is refused."""
    text = definition("a", up("x"), composite("p", "x"), composite("q", "x", "p"), composite("r", "p", "q"))

    assert len(by_id(load(tmp_path, a=text))) == 4


@pytest.mark.parametrize("length", [2, 3, 40])
def test_rounds_are_told_once(tmp_path: Path, length: int) -> None:
    """However long the way back is, and wherever it is entered, it is one problem."""
    names = [f"n{number}" for number in range(length)]
    slos = [composite(name, after) for name, after in zip(names, [*names[1:], names[0]], strict=True)]

    loaded = load(tmp_path, a=definition("a", composite("into", names[-1]), *slos))

    assert codes(loaded) == [("a", "composite")]


@pytest.mark.parametrize("levels", [1, 5, 6, 2_000])
def test_levels_of_composites_are_few(tmp_path: Path, levels: int) -> None:
    """Five levels are taken; more are one problem, however many, and walked without running out of stack."""
    slos = [composite(f"n{number}", f"n{number + 1}") for number in range(levels)]

    loaded = load(tmp_path, a=definition("a", *slos, up(f"n{levels}")))

    assert codes(loaded) == ([("a", "composite")] if levels > 5 else [])


def test_a_part_in_a_wrong_file_leaves_out_the_composite(tmp_path: Path) -> None:
    """What can't be put together is not: the composite's file is left out too, and so on, with the reason."""
    loaded = load(
        tmp_path,
        a=definition("a", composite("all", "b-all")),
        b=definition("b", composite("all", "c-x")),
        c=definition("c", up("x", "tier: 1")),
        d=definition("d", up("x")),
    )

    assert codes(loaded) == [("a", "composite"), ("b", "composite"), ("c", "unknown-key")]
    assert [slo.slo_id for slo in loaded.slos] == ["d-x"]


@pytest.mark.parametrize(
    ("was", "ids"),
    [
        ("old", ("a-old",)),
        ("a-old", ("a-old",)),
        ("[old, older]", ("a-old", "a-older")),
        ("[old, a-old]", ("a-old",)),
        ("old-one", ("a-old-one", "old-one")),
        ("shop-x", ("a-shop-x", "shop-x")),
        ("a-a-b", ("a-a-b",)),
    ],
)
def test_earlier_names_are_ids(tmp_path: Path, was: str, ids: tuple[str, ...]) -> None:
    """A name within the service is an id; what may be either is looked for as both."""
    assert by_id(load(tmp_path, a=definition("a", up("x", f"was: {was}"))))["a-x"].was == ids


@pytest.mark.parametrize("was", ["x", "a-x", "y", "a-y", "b-z", "[old, b-z]"])
def test_earlier_names_of_what_is_there_are_refused(tmp_path: Path, was: str) -> None:
    """The present name, and names and ids of SLOs that exist, are no earlier ones."""
    loaded = load(tmp_path, a=definition("a", up("x", f"was: {was}"), up("y")), b=definition("b", up("z")))

    assert codes(loaded) == [("a", "was")]


def test_one_history_has_one_heir(tmp_path: Path) -> None:
    """Two SLOs can't both have been the same, in whichever files they are."""
    loaded = load(tmp_path, a=definition("a", up("x", "was: [p, q]")), b=definition("b", up("y", "was: a-q")))

    assert codes(loaded) == [("b", "was")]
    assert "a.yaml:4" in loaded.problems[0].message
