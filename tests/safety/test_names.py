"""Names become files, cells and lines on a terminal; none of them can be more than a name."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from glmspec.cli.main import app
from glmspec.workflow import run

from .strangers import DOCUMENT, changed, codes

NAMES = [
    "../x",
    "/x",
    "a/b",
    "a\\\\b",
    ".",
    "..",
    "a.b",
    "con:",
    "a b",
    "A>B",
    "a\\nb",
    "=cmd",
    "",
    "é",
    "a\\0b",
    "-rf",
]
SECTIONS = {"contrasts": "age", "inference": "{method: parametric, correction: none, alpha: 0.5}"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("section", SECTIONS)
def test_a_name_cannot_be_a_path(name: str, section: str) -> None:
    assert "E206" in codes(changed((f"{section}:\n", f'{section}:\n  "{name}": {SECTIONS[section]}\n')))


@pytest.mark.parametrize("name", [*NAMES, "Upper"])
def test_neither_can_the_name_of_the_document(name: str) -> None:
    assert codes(changed(("name: stranger", f'name: "{name}"'))) <= {"E206", "E203"} != set()


@pytest.mark.parametrize(("one", "other"), [("a-b", "ab"), ("AB", "ab"), ("a-B", "Ab"), ("fdr-1", "fdr1")])
def test_names_that_would_share_files_are_refused(one: str, other: str) -> None:
    assert codes(changed(("contrasts:\n", f"contrasts:\n  {one}: age\n  {other}: intercept\n"))) == {"E207"}


def test_escapes_in_a_document_do_not_reach_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    evil = '"\\x1b[31mred\\x07\\x9b\\u202e"'
    text = changed(("fdr:", f"{evil}:"), add=f"title: {evil}\n{evil}: 1\nregions: {{v5: {{spere: {evil}}}}}\n")
    Path("evil.yaml").write_text(text, "utf-8")
    Path("raw.yaml").write_text(DOCUMENT + "title: \x1b[31mred\x07\n", "utf-8")
    for form in ("text", "github"):
        for name in ("evil.yaml", "raw.yaml"):
            answer = CliRunner().invoke(app, ["validate", name, "--format", form])
            assert answer.exit_code == 2
            printed = answer.stdout + answer.stderr
            assert [c for c in printed if not (c.isprintable() or c == "\n")] == []


def test_escapes_in_file_names_and_tables_do_not_reach_the_terminal(data: Path, tmp_path: Path) -> None:
    (data / "maps" / "S01.nii.gz").rename(data / "maps" / "\x1b[31mS01.nii.gz")
    lines = (data / "participants.tsv").read_text("utf-8")
    (data / "participants.tsv").write_text(lines.replace("patient", "\x1b[32mpatient"), "utf-8")
    document = tmp_path / "evil.yaml"
    document.write_text(changed(("maps/{subject}.nii.gz", "maps/{subject}.nii")), "utf-8")
    answers = [CliRunner().invoke(app, ["plan", str(document), "--data", str(data)])]
    document.write_text(DOCUMENT, "utf-8")
    answers.append(CliRunner().invoke(app, ["plan", str(document), "--data", str(data)]))
    for answer in answers:
        assert answer.exit_code != 0
        assert [c for c in answer.stdout + answer.stderr if not (c.isprintable() or c == "\n")] == []


def test_cells_that_a_spreadsheet_would_run_are_guarded(data: Path, tmp_path: Path) -> None:
    evil = ['=HYPERLINK("x")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)"]
    (data / "atlas.tsv").write_text(f"index\tname\n1\t{evil[0]}\n2\t{evil[1]}\n", "utf-8")
    lines = (data / "participants.tsv").read_text("utf-8").replace("north", evil[2]).replace("south", evil[3])
    (data / "participants.tsv").write_text(lines, "utf-8")
    text = changed(
        ("correction: fdr, alpha: 0.05", "correction: none, alpha: 0.9"),
        ("1 + group + age", "1 + group + site"),
        add="regions: {atlas: {image: atlas.nii.gz, labels: atlas.tsv}}\nreport: {atlas: atlas}\n",
    )
    document = tmp_path / "evil.yaml"
    document.write_text(text, "utf-8")
    run(document, data, tmp_path / "out")
    cells = []
    for path in (tmp_path / "out").rglob("*.tsv"):
        with path.open(encoding="utf-8", newline="") as file:
            cells += [cell for row in csv.reader(file, delimiter="\t") for cell in row]
    run_by_spreadsheets = [cell for cell in cells if cell[:1] in tuple("=+-@\t\r") and not _number(cell)]
    assert run_by_spreadsheets == []
    assert any("HYPERLINK" in cell for cell in cells)


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
