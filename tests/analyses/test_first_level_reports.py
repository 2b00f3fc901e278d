"""Documents of a first level run to the end: their results have reports, and a page over all fits."""

from __future__ import annotations

import json

import pytest
from reporting.small_runs import CONTRASTS, analysed, document, fits, several

import glmspec


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if ".store" not in path.parts}


def test_runs_of_one_subject_have_one_report(tmp_path):
    folder = analysed(tmp_path, document()).folder
    html = (folder / "report.html").read_text("utf-8")
    assert "Design of run-2" in html
    assert "fixed effects over run-1 and run-2" in html
    index = json.loads((folder / "results.json").read_text("utf-8"))
    assert [output["path"] for output in index["outputs"] if output["kind"] == "report"] == ["report.html"]


def test_the_same_runs_give_the_same_report(tmp_path):
    one = analysed(tmp_path, document()).folder / "report.html"
    two = analysed(tmp_path, document(), out="again").folder / "report.html"
    assert one.read_bytes() == two.read_bytes()


def test_every_subject_has_a_report_and_all_have_a_page(tmp_path):
    results = analysed(tmp_path, several(), ("01", "02"))
    assert {"report.html", "sub-01/report.html", "sub-02/report.html"} <= files(results.folder)
    assert [place for place, _ in fits(results)] == ["sub-01", "sub-02"]


def test_rendering_again_changes_no_byte(tmp_path):
    results = analysed(tmp_path, several(), ("01", "02"))
    pages = [results.folder / name for name in ("report.html", "sub-01/report.html", "sub-02/report.html")]
    before = [page.read_bytes() for page in pages]
    for page in pages:
        page.unlink()
    assert glmspec.report(results.folder).path == pages[0]
    assert [page.read_bytes() for page in pages] == before


def test_the_index_tells_where_a_matrix_is_from(tmp_path):
    results = analysed(tmp_path, document())
    assert [run["matrix"] for run in results.analysis["runs"]] == [None, None]


@pytest.mark.parametrize("runs", [["1"], ["2"]])
def test_a_single_run_is_a_first_level_too(tmp_path, runs):
    contrasts = CONTRASTS.rsplit("\n", 1)[0]
    text = document(inputs=f"  select: {{run: {json.dumps(runs)}}}", contrasts=contrasts)
    html = (analysed(tmp_path, text).folder / "report.html").read_text("utf-8")
    assert f"in run-{runs[0]}" in html
    assert "fixed effects over" not in html
