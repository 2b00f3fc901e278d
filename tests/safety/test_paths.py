"""Paths stay in the data folder; links are followed while they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from .strangers import changed, cheaply, codes, planned

OUTSIDE = [
    "/etc/passwd", "//etc/passwd", "../secret.nii.gz", "maps/../../secret.nii.gz", "..", "~/secret", "~root/x",
    "C:\\\\Windows\\\\x.nii", "C:x.nii", "\\\\\\\\server\\\\share", "..\\\\secret.nii.gz", "file:///etc/passwd",
    "https://example.org/x.nii.gz", "s3://bucket/x.nii.gz", "maps/{subject}/../../../x.nii.gz",
]  # fmt: skip
SETTINGS = {
    "maps": ("maps/{subject}.nii.gz", "{}"),
    "row": ('"maps/{subject}.nii.gz"', '[{{map: "{}", subject: a}}]'),
    "table": ('"maps/{subject}.nii.gz"', '{{table: "{}"}}'),
    "stack": ('"maps/{subject}.nii.gz"', '{{stack: "{}"}}'),
    "variables": ("participants.tsv", '"{}"'),
    "mask": ("mask.nii.gz", '"{}"'),
    "matrix": ('formula: "1 + group + age"', 'matrix: "{}"'),
}


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_path_that_leaves_the_folder_is_refused_as_written(path: str, setting: str) -> None:
    old, new = SETTINGS[setting]
    assert "E212" in codes(changed((old, new.format(path))))


@pytest.mark.parametrize("section", ['regions: {{r: {{image: "{}"}}}}\n', 'report: {{background: "{}"}}\n'])
@pytest.mark.parametrize("path", ["/etc/passwd", "../secret.nii.gz"])
def test_neither_do_regions_and_backgrounds(section: str, path: str) -> None:
    assert codes(changed(add=section.format(path))) == {"E212"}


@pytest.mark.parametrize("path", ["\x00", "a\x00.nii.gz", "\x1b]0;x\x07"])
def test_a_path_with_control_characters_reaches_no_system_call(path: str, still_data: Path) -> None:
    escaped = "".join(f"\\x{ord(character):02x}" if character < " " else character for character in path)
    problems = planned(changed(("mask: mask.nii.gz", f'mask: "{escaped}"')), still_data)
    assert problems
    assert {problem.code for problem in problems} <= {"E212", "E306"}


def test_a_very_long_path_is_a_missing_file(still_data: Path) -> None:
    problems = planned(changed(("mask: mask.nii.gz", f"mask: {'a' * 5000}.nii")), still_data)
    assert {problem.code for problem in problems} == {"E306"}


def test_a_link_to_a_file_outside_is_refused(data: Path) -> None:
    problems = planned(changed(("mask: mask.nii.gz", "mask: outside.nii.gz")), data)
    assert {problem.code for problem in problems} == {"E315"}


def test_a_link_to_a_folder_outside_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for path in (data / "maps").iterdir():
        (tmp_path / "elsewhere" / path.name).write_bytes(path.read_bytes())
    (data / "linked").symlink_to(tmp_path / "elsewhere")
    problems = planned(changed(("maps/{subject}", "linked/{subject}")), data)
    assert "E315" in {problem.code for problem in problems}


def test_a_message_does_not_tell_where_a_link_leads(data: Path) -> None:
    (problem,) = planned(changed(("mask: mask.nii.gz", "mask: outside.nii.gz")), data)
    assert str(data.parent) not in str(problem)


def test_a_link_inside_the_folder_is_followed(data: Path) -> None:
    (data / "store").mkdir()
    (data / "mask.nii.gz").rename(data / "store" / "content.nii.gz")
    (data / "mask.nii.gz").symlink_to("store/content.nii.gz")
    (data / "subjects").symlink_to("maps")
    assert planned(changed(("maps/{subject}", "subjects/{subject}")), data) == []


def test_a_data_folder_that_is_itself_a_link_is_followed(data: Path, tmp_path: Path) -> None:
    (tmp_path / "shortcut").symlink_to(data)
    assert planned(changed(), tmp_path / "shortcut") == []


def test_links_in_a_circle_are_missing_files(data: Path) -> None:
    (data / "a.nii.gz").symlink_to("b.nii.gz")
    (data / "b.nii.gz").symlink_to("a.nii.gz")
    with cheaply():
        problems = planned(changed(("mask: mask.nii.gz", "mask: a.nii.gz")), data)
    assert {problem.code for problem in problems} == {"E306"}


def test_a_folder_that_holds_itself_does_not_hold_up_a_pattern(data: Path) -> None:
    (data / "maps" / "again").symlink_to(".")
    with cheaply():
        problems = planned(changed(("maps/{subject}.nii.gz", "maps/" + "*/" * 6 + "{subject}.nii.gz")), data)
    assert len(problems) <= 5


def test_a_table_cannot_list_what_the_document_could_not(still_data: Path) -> None:
    text = changed(('"maps/{subject}.nii.gz"', "{table: maps-absolute.tsv}"))
    problems = planned(text, still_data)
    assert {problem.code for problem in problems} == {"E315"}
    assert len(problems) == 2


def test_neither_can_a_table_reach_outside_by_a_link(data: Path) -> None:
    (data / "maps.tsv").write_text("subject\tmap\nS01\toutside.nii.gz\n", "utf-8")
    problems = planned(changed(('"maps/{subject}.nii.gz"', "{table: maps.tsv}")), data)
    assert {problem.code for problem in problems} == {"E315"}


@pytest.mark.parametrize("special", ["/dev/zero", "/dev/random", "/proc/self/mem"])
def test_devices_are_not_read(special: str, data: Path) -> None:
    (data / "special.nii").symlink_to(special)
    with cheaply():
        problems = planned(changed(("mask: mask.nii.gz", "mask: special.nii")), data)
    assert {problem.code for problem in problems} == {"E315"}


def test_a_pipe_does_not_block(data: Path) -> None:
    import os

    os.mkfifo(data / "pipe.nii")
    with cheaply():
        problems = planned(changed(("mask: mask.nii.gz", "mask: pipe.nii")), data)
    assert {problem.code for problem in problems} == {"E306"}
