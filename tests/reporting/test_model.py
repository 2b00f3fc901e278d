"""What the report of a small study says, before it is HTML."""

from __future__ import annotations

import pytest

from glmspec.reporting.build import build_model
from glmspec.reporting.cluster_tables import _probability
from glmspec.reporting.figures.svg import MINUS
from glmspec.reporting.material import Material
from glmspec.reporting.model import BLOCKS, Figure, Fold, Heading, Listing, Notices, Paragraph, Passage, Section, Table
from glmspec.reporting.sections import SECTIONS
from glmspec.reporting.sections.summary import NOTHING
from glmspec.resources import folder
from reporting.small_study import analysed, document


@pytest.fixture(scope="module")
def model(results):
    return build_model(results)


def section(model, name) -> Section:
    return next(section for section in model.sections if section.id == name)


def blocks(section, kind):
    """All blocks of a kind, also inside folds."""
    found, waiting = [], list(section.blocks)
    while waiting:
        block = waiting.pop(0)
        found += [block] if isinstance(block, kind) else []
        waiting = (list(block.blocks) if isinstance(block, Fold | Passage) else []) + waiting
    return found


def texts(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_every_section_is_there_in_order(model):
    assert [section.id for section in model.sections] == list(SECTIONS)
    outcome, account = (
        ["summary", "checks", "deviations", "contrasts"],
        ["plan", "methods", "coverage", "document", "files"],
    )
    assert list(SECTIONS) == [*outcome, "design", *account]


def test_every_block_has_a_template():
    named = {f"{block.template}" for block in BLOCKS}
    assert named == {path.name for path in (folder("templates") / "blocks").iterdir()}


def test_the_summary_is_one_sentence_about_every_inference(model):
    sentence = section(model, "summary").blocks[0]
    assert isinstance(sentence, Paragraph)
    first, second = "1 of 3 contrasts has clusters under height", "1 of 3 contrasts has clusters under family"
    assert sentence.text == f"{first} and {second}; one check needs a look."


def test_the_summary_has_a_row_for_every_contrast_and_inference(model, results):
    (table,) = blocks(section(model, "summary"), Table)
    assert [row[:2] for row in texts(table)] == [
        [title, inference] for title in ("Mean", "difference", "any-group") for inference in ("height", "family")
    ]
    passed = results.analysis["inference"]["mean/height"]["passed"]
    assert texts(table)[0][3:] == [
        "1",
        "5.83",
        f"7.5, {MINUS}1.5, {MINUS}1.5",
        str(passed),
        "p ≤ 0.001 uncorrected, two-sided",
    ]
    assert texts(table)[2][3:7] == ["0", NOTHING, NOTHING, "0"]
    assert all(row[2].picture for row in table.rows)


def test_an_f_test_is_never_called_two_sided(model):
    (table,) = blocks(section(model, "summary"), Table)
    assert texts(table)[5][-1] == "FWE p ≤ 0.05 (Bonferroni), clusters of at least 2 voxels, upper tail"


def test_checks_count_what_needs_a_look(model):
    checks = section(model, "checks")
    (notices,) = blocks(checks, Notices)
    assert checks.badge == sum(notice.state != "ok" for notice in notices.entries) == 1
    assert [notice.name for notice in notices.entries] == [
        "Maps",
        "Design",
        "Warning W403",
        "Missing voxels",
        "Constant voxels",
        "Undefined statistics",
    ]


def test_a_check_that_needs_a_look_is_counted(results):
    analysis = results.index["analysis"]
    doubtful = {**analysis, "constant": 3, "mask": {"voxels": 960, "excluded": 7}, "undefined": {"mean": 2}}
    changed = type(results)(results.folder, {**results.index, "analysis": doubtful})
    checks = section(build_model(changed), "checks")
    (notices,) = blocks(checks, Notices)
    assert checks.badge == 4
    assert "7 voxels of the mask left out: NaN or infinite in some map." in [entry.text for entry in notices.entries]
    assert "four checks need a look" in section(build_model(changed), "summary").blocks[0].text


def test_contrasts_are_folds_and_the_first_is_open(model):
    folds = [block for block in section(model, "contrasts").blocks if isinstance(block, Fold)]
    assert [fold.title for fold in folds] == ["Mean", "difference", "any-group"]
    assert [fold.open for fold in folds] == [True, False, False]
    assert [fold.badge for fold in folds] == ["", "none survive", "none survive"]


def test_the_navigation_counts_the_clusters_of_every_inference(model):
    assert [entry.count for entry in section(model, "contrasts").entries] == ["1 · 1", "0 · 0", "0 · 0"]


def test_a_contrast_without_survivors_still_shows_its_map(model):
    fold = [block for block in section(model, "contrasts").blocks if isinstance(block, Fold)][1]
    words = [block.text for block in fold.blocks if isinstance(block, Paragraph)]
    assert sum(text.startswith("No voxel passed.") for text in words) == 2
    assert sum(isinstance(block, Figure) and bool(block.viewer) for block in fold.blocks) == 2
    assert not blocks(Section("", "", (fold,)), Table)


def test_a_cluster_table_states_its_rules(model):
    table = blocks(section(model, "contrasts"), Table)[1]
    assert table.caption == "Clusters: Mean, family"
    for words in (
        "FWE p ≤ 0.05 (Bonferroni), clusters of at least 2 voxels, two-sided (threshold |z| ≥ 4.05).",
        "Voxels of a cluster share faces and a sign.",
        "Up to three sub-peaks a cluster, each more than 8 mm from the peak listed before it.",
    ):
        assert words in table.note


def test_a_cluster_table_has_every_row_and_names_regions(model, results):
    table = blocks(section(model, "contrasts"), Table)[0]
    assert len(table.rows) == len(results.table(contrast="mean", inference="height"))
    assert table.columns[-1].title == "Region"
    assert texts(table)[0][-1] == "Somewhere"


def test_without_an_atlas_there_is_no_region(tmp_path):
    text = document().replace("report: {atlas: atlas}", "report: {}")
    table = blocks(section(build_model(analysed(tmp_path, text)), "contrasts"), Table)[0]
    assert table.columns[-1].title == "mm³"


def test_all_pictures_share_slices(model):
    figures = [figure for figure in blocks(section(model, "contrasts"), Figure) if len(figure.pictures) == 2]
    assert len(figures) == 6
    for _, slices in (figure.pictures for figure in figures):
        for place in ("x = 7.5", f"y = {MINUS}1.5", f"z = {MINUS}1.5"):
            assert f">{place}</text>" in slices


def test_the_design_lists_its_columns_with_their_weights(model):
    table = blocks(section(model, "design"), Table)[0]
    assert [column.title for column in table.columns] == ["Column", "mean (t)", "difference (t)", "any-group (F)"]
    assert texts(table) == [["intercept", "1", "", ""], ["group[T.b]", "0.5", f"{MINUS}1", "1 row"]]


def test_the_plan_shows_every_step_with_a_short_key(model, results):
    (table,) = blocks(section(model, "plan"), Table)
    assert texts(table) == [[label, op, key[:12]] for label, op, key in results.analysis["steps"]]


def test_the_document_is_shown_as_written_and_as_resolved(model, results):
    written, resolved = blocks(section(model, "document"), Listing)

    def text(listing):
        return "\n".join("".join(token.text for token in line) for line in listing.lines) + "\n"

    assert text(written) == results.provenance["document"]["text"]
    assert text(resolved) == results.text("resolved.yaml")
    assert (written.prefix, resolved.prefix) == ("L", "R")


def test_files_are_listed_with_short_checksums(model, results):
    _, inputs, outputs = blocks(section(model, "files"), Table)
    assert texts(inputs) == [[name, digest[:12]] for name, digest in results.analysis["inputs"].items()]
    listed = [row[0] for row in texts(outputs)]
    assert "maps/mask.nii.gz" in listed
    assert not {"report.html", "provenance.json"} & set(listed)


def test_what_reviewers_ask_for_is_shown_where_it_is_declared(tmp_path):
    more = """\
hypotheses:
  H1: {statement: There is an effect., contrast: mean, inference: family, kind: confirmatory}
sample: {planned_n: 8}
"""
    methods = section(build_model(analysed(tmp_path, document(more=more))), "methods")
    hypotheses, sample = blocks(methods, Table)
    assert texts(hypotheses) == [["H1", "There is an effect.", "mean", "family", "", "confirmatory"]]
    assert texts(sample) == [["Planned n", "8"]]


def test_a_document_that_declares_nothing_has_no_such_part(model):
    words = [block.text for block in section(model, "methods").blocks if isinstance(block, Heading)]
    assert words == ["Works cited above"]


def test_t_and_f_have_scales_of_their_own(results):
    pictures = Material(results).pictures
    assert set(pictures.vmax) == {"t", "F"}
    largest = {
        test: max(abs(pictures.maps[name][results.mask]).max() for name, kind in pictures.tests.items() if kind == test)
        for test in pictures.vmax
    }
    for test, vmax in pictures.vmax.items():
        assert vmax >= largest[test]
        assert pictures.shown("mean" if test == "t" else "any-group", "height", 3.0).style.vmax == vmax
    assert pictures.vmax["t"] != pictures.vmax["F"], "or this study could not tell"


def test_a_family_of_two_tests_says_that_it_has_two_scales(model):
    assert "Maps of t share one colour scale, those of F another" in section(model, "contrasts").blocks[0].text


@pytest.mark.parametrize(
    ("stored", "shown"), [("0.0433", "0.0433"), ("0.00033322", "0.00033"), ("1e-06", "1e-06"), ("1.0", "1.0000")]
)
def test_no_p_is_shown_as_zero_and_the_stored_one_is_copied(stored, shown):
    cell = _probability(stored)
    assert (cell.text, cell.value) == (shown, stored)
