"""Results are never written through a link."""

from __future__ import annotations

from pathlib import Path

import pytest

from glmspec.errors import StepError
from glmspec.workflow import report, run

from .strangers import DOCUMENT


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "stranger.yaml"
    path.write_text(DOCUMENT, "utf-8")
    return path


FILES = ["report.html", "results.json", "resolved.yaml", "provenance.json", "maps/mask.nii.gz", "design/contrasts.tsv"]
FOLDERS = ["maps", "tables", "design", ".store"]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_linked_folder_is_not_written_into(name: str, document: Path, data: Path, tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / name).symlink_to(elsewhere)
    with pytest.raises(StepError) as error:
        run(document, data, out)
    assert [problem.code for problem in error.value.problems] == ["E505"]
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("there", [True, False], ids=["to a file", "to nothing"])
def test_a_linked_file_is_not_written_through(
    name: str, there: bool, document: Path, data: Path, tmp_path: Path
) -> None:
    out, precious = tmp_path / "out", tmp_path / "precious"
    (out / name).parent.mkdir(parents=True)
    if there:
        precious.write_text("precious", "utf-8")
    (out / name).symlink_to(precious)
    with pytest.raises(StepError) as error:
        run(document, data, out)
    assert [problem.code for problem in error.value.problems] == ["E505"]
    assert precious.exists() is there
    assert not there or precious.read_text("utf-8") == "precious"


@pytest.mark.parametrize("name", ["written.json", "written.json.new", "digests.json", "digests.json.new", "lock"])
def test_what_glmspec_keeps_for_itself_is_not_written_through_a_link(
    name: str, document: Path, data: Path, tmp_path: Path
) -> None:
    out, precious = tmp_path / "out", tmp_path / "precious"
    (out / ".store").mkdir(parents=True)
    precious.write_text("{}", "utf-8")
    (out / ".store" / name).symlink_to(precious)
    try:
        run(document, data, out)
    except StepError as error:
        assert {problem.code for problem in error.problems} <= {"E504", "E505"}
    assert precious.read_text("utf-8") == "{}"


def test_a_report_that_is_rendered_again_is_not_written_through_a_link(
    document: Path, data: Path, tmp_path: Path
) -> None:
    out, precious = tmp_path / "out", tmp_path / "precious"
    run(document, data, out)
    precious.write_text("precious", "utf-8")
    (out / "report.html").unlink()
    (out / "report.html").symlink_to(precious)
    with pytest.raises(StepError):
        report(out)
    assert precious.read_text("utf-8") == "precious"


def test_a_plan_writes_nothing(document: Path, data: Path, tmp_path: Path) -> None:
    from glmspec.workflow import compile

    compile(document, data, tmp_path / "out")
    assert not (tmp_path / "out").exists()
