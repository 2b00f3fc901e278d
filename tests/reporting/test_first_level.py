"""What the report of a first level says, before it is HTML."""

from __future__ import annotations

import json

import pytest

from glmspec.execution.results import Results
from glmspec.reporting.build import build_model
from glmspec.reporting.material import Material
from glmspec.reporting.model import Figure, Fold, Notices, Paragraph, Table
from glmspec.reporting.render import render
from glmspec.reporting.sections.checks import notices
from reporting.small_runs import CONTRASTS, DESIGN, analysed, document, write_runs
from reporting.small_study import IMG
from reporting.test_model import blocks, section, texts
from reporting.test_rendered import Page


@pytest.fixture(scope="module")
def model(runs):
    return build_model(runs)


@pytest.fixture(scope="module")
def design(model):
    return section(model, "design")


def changed(results, **analysis):
    """The same results with other facts of the analysis."""
    index = {**results.index, "analysis": {**results.index["analysis"], **analysis}}
    return Results(results.folder, index)


def table(section, caption):
    return next(block for block in blocks(section, Table) if block.caption == caption)


def test_the_header_counts_runs_and_scans(model):
    assert model.facts[1:3] == ("First-level model", "2 runs, 76 scans")


def test_checks_are_of_scans_and_of_runs(runs):
    told = {notice.name: (notice.state, notice.text) for notice in notices(Material(runs))}
    assert told["Missing voxels"] == ("ok", "No voxel of the mask is NaN or infinite in some scan; 210 were analysed.")
    constant = "Fitted without any residual, as where all scans are the same: 1 voxel in run-2."
    assert told["Constant voxels"] == ("note", constant)
    low = "Mean below 1, so that a percentage of it says nothing, and left without a statistic: 1 voxel in run-2."
    assert told["Percent signal"] == ("note", low)


def test_runs_without_such_voxels_say_so(runs):
    clean = [{**run, "constant": 0, "too_low": 0} for run in runs.analysis["runs"]]
    told = {notice.name: notice for notice in notices(Material(changed(runs, runs=clean)))}
    assert told["Constant voxels"].text == "Every voxel varies over time beyond what the design explains."
    assert told["Percent signal"].state == "ok"


def test_without_percent_signal_nothing_is_said_of_it(tmp_path):
    results = analysed(tmp_path, document(design=f"{DESIGN}\n  scaling: none"))
    assert "Percent signal" not in [notice.name for notice in notices(Material(results))]


def test_the_design_has_a_picture_of_each_run(design):
    folds = [block for block in design.blocks if isinstance(block, Fold)]
    assert [fold.title for fold in folds] == ["Design of run-1", "Design of run-2"]
    assert [fold.open for fold in folds] == [True, False]
    for fold in folds:
        matrix, events, *_ = (block for block in fold.blocks if isinstance(block, Figure))
        assert matrix.wide
        for name in ("go", "go_derivative", "stop", "trans_x", "trans_y", "drift_1", "constant"):
            assert f">{name}</text>" in matrix.pictures[0]
        assert ">go</text>" in events.pictures[0]


def test_each_design_shows_its_correlations_and_the_efficiency_of_its_contrasts(design):
    first, second = (
        [block for block in fold.blocks if isinstance(block, Figure)][2:]
        for fold in design.blocks
        if isinstance(fold, Fold)
    )
    for run, (together, efficiency) in (("run-1", first), ("run-2", second)):
        assert together.caption.startswith(f"{run}: Pearson correlation")
        assert ">VIF (log)</text>" in together.pictures[0]
        assert ">go</text>" in efficiency.pictures[0]
    assert ">second</text>" not in first[1].pictures[0]
    assert ">second</text>" in second[1].pictures[0]


def test_scans_of_a_picture_are_counted_as_in_the_file(design):
    first = blocks(design, Figure)[0]
    assert "Scans are counted as in the file." in first.caption
    assert ">40</text>" in first.pictures[0] or ">38</text>" in first.pictures[0]


def test_the_shape_of_each_run_is_told(design, runs):
    found = runs.analysis["runs"][0]["design"]
    words = [block.text for block in blocks(design, Paragraph)]
    shape = f"38 scans and {len(found['columns'])} columns, rank {found['rank']}, {found['dof']} residual degrees"
    assert words[1].startswith(shape)
    assert words[1].endswith("2 scans at the start are discarded.")


def test_a_contrast_without_a_part_in_a_run_is_shown_so(design):
    found = texts(table(design, "What each run has a part in"))
    assert found == [
        ["Go over stop", "go - stop", "go - stop"],
        ["any", "go; stop", "go; stop"],
        ["second", "no part", "go"],
    ]
    first, second = [block for block in design.blocks if isinstance(block, Fold)]
    heads = [
        [column.title for column in blocks_of.columns]
        for blocks_of in (blocks(first, Table)[0], blocks(second, Table)[0])
    ]
    assert heads == [["Column", "go (t)", "any (F)"], ["Column", "go (t)", "any (F)", "second (t)"]]


def test_runs_that_are_modelled_alike_share_one_table(tmp_path):
    contrasts = CONTRASTS.rsplit("\n", 1)[0]
    found = section(build_model(analysed(tmp_path, document(contrasts=contrasts))), "design")
    assert "All have the same columns, and contrasts the same weights." in found.blocks[0].text
    weights = table(found, "Columns of the design and their weights in every run")
    assert [row[0] for row in texts(weights)] == ["go", "stop"]
    assert weights.note.endswith("drift_2, drift_3 and constant.")
    assert not [block for fold in found.blocks if isinstance(fold, Fold) for block in blocks(fold, Table)]


def test_runs_that_differ_in_columns_say_in_which(tmp_path):
    censor = f"{DESIGN}\n  censor: [{{confound: trans_x, above: 3}}]"
    found = section(build_model(analysed(tmp_path, document(design=censor))), "design")
    words = "\n".join(block.text for block in blocks(found, Paragraph))
    assert "1 censored scan, with a column each: 18." in words
    assert table(found, "Runs").columns[-2].title == "Censored"


def test_the_table_of_runs_leaves_out_what_no_run_has(design):
    assert [column.title for column in table(design, "Runs").columns] == [
        "Run",
        "Scans",
        "Discarded",
        "TR (s)",
        "Columns",
        "Rank",
        "Degrees of freedom",
        "Image",
    ]


def test_a_contrast_says_over_which_runs_it_is(model):
    folds = [block for block in section(model, "contrasts").blocks if isinstance(block, Fold)]
    first, _, last = (fold.blocks[0].text for fold in folds)
    assert (
        first
        == "go: go - stop · t test · 56 degrees of freedom · fixed effects over run-1 and run-2 · weights in the design"
    )
    assert "· t test · 28 degrees of freedom · in run-2 alone ·" in last


def test_the_mean_of_the_scans_is_behind_the_maps(runs, model):
    lead = section(model, "contrasts").blocks[0].text
    assert lead.endswith("Behind the maps is the mean of the scans of 2 runs, inside the mask.")
    assert Material(runs).pictures.background is not None


def test_centred_scans_are_no_picture(runs):
    outputs = [{**output, "stat": None} if output["stat"] == "mean" else output for output in runs.index["outputs"]]
    # Any map around zero stands for the mean of centred scans.
    for output in outputs:
        if output["contrast"] == "go" and output["stat"] == "t" and output["run"] is None:
            outputs.append({**output, "contrast": None, "stat": "mean"})
            break
    assert Material(Results(runs.folder, {**runs.index, "outputs": outputs})).pictures.behind == ""


def test_a_background_of_the_document_comes_before_the_mean(tmp_path):
    results = analysed(tmp_path, document(more="report: {background: mask.nii.gz}"))
    assert Material(results).pictures.behind == "the background image of the document"


def test_contrasts_that_are_only_estimated_are_shown(tmp_path):
    text = document().replace("inference:\n  height: {method: parametric, correction: none, alpha: 0.001}\n", "")
    model = build_model(analysed(tmp_path, text))
    assert (
        section(model, "summary")
        .blocks[0]
        .text.startswith("Three contrasts were estimated, and no inference asked for;")
    )
    fold = next(block for block in section(model, "contrasts").blocks if isinstance(block, Fold))
    assert [block.caption for block in fold.blocks if isinstance(block, Figure) and block.viewer] == [
        "Opaque from |z| = 3.10 on, for display only: nothing was tested."
    ]
    assert "sub-peaks" not in "".join(block.text for block in blocks(section(model, "methods"), Paragraph))


def test_a_fit_among_others_says_whose_it_is_and_where_the_others_are(subjects):
    own = Results.open(subjects.folder / "sub-02")
    model = build_model(own)
    assert model.title == "Small runs: subject 02"
    assert "subject 02" in model.facts
    words = section(model, "summary").blocks[1].words
    assert [word.href for word in words if word.href] == ["../report.html"]


def test_a_fit_alone_has_no_other_page(runs, model):
    assert model.title == "Small runs"
    assert not any(
        word.href for block in section(model, "summary").blocks if isinstance(block, Paragraph) for word in block.words
    )


def test_outputs_are_listed_with_their_runs(model):
    outputs = blocks(section(model, "files"), Table)[-1]
    assert [column.title for column in outputs.columns][:3] == ["File", "Kind", "Run"]
    assert sorted({row[2] for row in texts(outputs)} - {""}) == ["1", "2"]


def test_checks_that_need_a_look_are_counted(model):
    (found,) = blocks(section(model, "checks"), Notices)
    assert section(model, "checks").badge == sum(notice.state != "ok" for notice in found.entries) >= 3


def test_hostile_names_of_conditions_are_text(tmp_path):
    write_runs(tmp_path / "data", name=IMG)
    text = document(contrasts=f"go: {{weights: {{{json.dumps(IMG)}: 1}}}}")
    page = Page(render(analysed(tmp_path, text)))
    assert "img" not in {tag for tag, _ in page.tags}
    assert page.words.count(IMG) >= 6
