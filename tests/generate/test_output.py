"""Writing files: whole, only what differs, and never over anything of somebody else's."""

import os
from pathlib import Path

import pytest

from tallystick.errors import GenerateError
from tallystick.generate import output
from tallystick.generate.output import MANIFEST, Outcome, write
from tallystick.generate.render import PARTS
from tallystick.generate.ruletext import MARK

A, B, D = "rules/a.yaml", "rules/b.yaml", "dashboards/d.json"
FILES = {A: MARK.encode() + b"1", B: MARK.encode() + b"2", D: b"{}"}
TOP = "alertmanager.yaml"


def test_files_are_written(tmp_path: Path) -> None:
    """The folder is made, each file holds its bytes, and nothing else is left but the manifest."""
    outcome = write(tmp_path / "deep" / "out", FILES, PARTS)

    assert outcome == Outcome(new=[D, A, B])
    found = {
        str(path.relative_to(tmp_path / "deep/out")) for path in (tmp_path / "deep/out").rglob("*") if path.is_file()
    }
    assert found == {A, B, D, MANIFEST}
    assert (tmp_path / "deep/out" / A).read_bytes() == FILES[A]


def test_others_can_read_them(tmp_path: Path) -> None:
    """Prometheus mostly runs as another user: files have the mode that the umask asks for."""
    before = os.umask(0o022)
    try:
        write(tmp_path, FILES, PARTS)
    finally:
        os.umask(before)

    assert (tmp_path / A).stat().st_mode & 0o777 == 0o644


def test_what_is_the_same_is_not_touched(tmp_path: Path) -> None:
    """A second run with the same files changes no file's time, so that nothing reloads for nothing."""
    write(tmp_path, FILES, PARTS)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}

    outcome = write(tmp_path, FILES, PARTS)

    assert outcome == Outcome(same=[D, A, B])
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == times


def test_changes_and_removals(tmp_path: Path) -> None:
    """A changed definition changes its file, a removed one removes it, and the others stay."""
    write(tmp_path, FILES, PARTS)

    outcome = write(tmp_path, {A: MARK.encode() + b"3", D: FILES[D]}, PARTS)

    assert outcome == Outcome(changed=[A], removed=[B], same=[D])
    assert (tmp_path / A).read_bytes().endswith(b"3")
    assert not (tmp_path / B).exists()


def test_only_one_tree(tmp_path: Path) -> None:
    """Making only rules leaves the dashboards as they are, and remembers that they are ours."""
    write(tmp_path, FILES, PARTS)

    assert write(tmp_path, {A: FILES[A]}, ["rules"]) == Outcome(removed=[B], same=[A])
    assert (tmp_path / D).exists()
    assert write(tmp_path, {}, PARTS) == Outcome(removed=[D, A])


def test_a_file_at_the_top_is_a_part_of_its_own(tmp_path: Path) -> None:
    """Made with the others or alone, remembered while others are made, and removed when it is not made any more."""
    first = {TOP: MARK.encode() + b"route: 1"}

    assert write(tmp_path, FILES | first, PARTS) == Outcome(new=[TOP, D, A, B])
    assert write(tmp_path, {A: FILES[A]}, ["rules"]) == Outcome(removed=[B], same=[A])
    assert write(tmp_path, {TOP: MARK.encode() + b"route: 2"}, ["alertmanager"]) == Outcome(changed=[TOP])
    assert (tmp_path / D).exists()
    assert write(tmp_path, {}, ["alertmanager"]) == Outcome(removed=[TOP])


def test_a_users_file_is_not_removed(tmp_path: Path) -> None:
    """A file that lies beside ours and is none of them is left alone."""
    write(tmp_path, FILES, PARTS)
    (tmp_path / "rules/own.yaml").write_text("groups: []\n")

    write(tmp_path, {}, PARTS)

    assert sorted(path.name for path in (tmp_path / "rules").iterdir()) == ["own.yaml"]


@pytest.mark.parametrize("name", [A, D, TOP])
def test_a_users_file_is_not_overwritten(tmp_path: Path, name: str) -> None:
    """A file of somebody else's in our file's place stops everything, before anything is written."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("theirs")

    with pytest.raises(GenerateError, match="was not made by tallystick"):
        write(tmp_path, FILES | {TOP: MARK.encode()}, PARTS)

    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()] == [Path(name)]
    assert (tmp_path / name).read_text() == "theirs"


def test_names_that_differ_in_case_may_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system that knows no case a user's file is in the way, however its name is spelt."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "A.yaml").write_bytes(b"mine\n")
    read = output._read
    monkeypatch.setattr(output, "_read", lambda path: read(path.with_name(path.name.replace("a.yaml", "A.yaml"))))

    with pytest.raises(GenerateError, match=r"a\.yaml is there and was not made by tallystick"):
        write(tmp_path, {"rules/a.yaml": b"ours\n"}, ["rules"])


def test_a_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in it is found by its name all the same."""
    write(tmp_path, {"rules/a.yaml": b"ours\n"}, ["rules"])

    def refuse(folder: Path) -> None:
        raise PermissionError(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert write(tmp_path, {"rules/a.yaml": b"ours\n"}, ["rules"]).same == ["rules/a.yaml"]


def test_an_edited_orphan_is_kept(tmp_path: Path) -> None:
    """If somebody changed a generated file, removing its definition does not throw their work away."""
    write(tmp_path, FILES, PARTS)
    (tmp_path / B).write_text("mine now")

    assert write(tmp_path, {A: FILES[A], D: FILES[D]}, PARTS) == Outcome(kept=[B], same=[D, A])
    assert (tmp_path / B).read_text() == "mine now"
    assert write(tmp_path, {A: FILES[A], D: FILES[D]}, PARTS) == Outcome(same=[D, A])


def test_an_edited_file_is_made_anew(tmp_path: Path) -> None:
    """A generated file says that changes to it are lost, and they are."""
    write(tmp_path, FILES, PARTS)
    (tmp_path / A).write_text("edited")

    assert write(tmp_path, FILES, PARTS) == Outcome(changed=[A], same=[D, B])


def test_without_a_manifest_rule_files_are_known_by_their_first_line(tmp_path: Path) -> None:
    """Who keeps only rules/ in git can still generate anew."""
    write(tmp_path, {A: FILES[A]}, ["rules"])
    (tmp_path / MANIFEST).unlink()

    assert write(tmp_path, {A: MARK.encode() + b"3"}, ["rules"]) == Outcome(changed=[A])


@pytest.mark.parametrize("path", ["../victim", "rules/../../victim", "/etc/victim", "rules/sub/victim", "victim"])
def test_a_manifest_can_not_name_files_elsewhere(tmp_path: Path, path: str) -> None:
    """Whoever can write the manifest can't have other files removed by it."""
    folder = tmp_path / "out"
    (folder / "rules/sub").mkdir(parents=True)
    victims = [tmp_path / "victim", folder / "victim", folder / "rules/sub/victim"]
    for victim in victims:
        victim.write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (folder / MANIFEST).write_text(f'{{"version": 1, "files": {{"{path}": "{empty}"}}}}')

    assert write(folder, {}, PARTS) == Outcome()
    assert all(victim.exists() for victim in victims)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 1}', '{"files": []}'])
def test_a_broken_manifest_is_told(tmp_path: Path, text: str) -> None:
    """Without knowing what is ours, nothing is written or removed."""
    (tmp_path / MANIFEST).write_text(text)

    with pytest.raises(GenerateError, match="is not a manifest"):
        write(tmp_path, FILES, PARTS)
    assert not (tmp_path / "rules").exists()


def test_nothing_is_half_done(tmp_path: Path) -> None:
    """When one file can't be written, the others are as they were, and no temporary file is left."""
    write(tmp_path, FILES, PARTS)
    (tmp_path / D).unlink()
    (tmp_path / "dashboards").rmdir()
    (tmp_path / "dashboards").write_text("a file where a folder should be")
    changed = {A: MARK.encode() + b"9", D: b"{1}"}

    with pytest.raises(OSError, match="dashboards"):
        write(tmp_path, changed, PARTS)

    assert (tmp_path / A).read_bytes() == FILES[A]
    assert not list(tmp_path.rglob("*.tmp"))
