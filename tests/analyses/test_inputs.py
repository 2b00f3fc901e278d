"""Where maps come from: stacks, rows, tables, patterns; ready-made matrices; selections; masks."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy import stats

from .simulated import (
    EXACT,
    LeastSquares,
    brain,
    document_text,
    failure,
    noise,
    run,
    write_image,
    write_maps,
    write_table,
)

VOLUMES = noise(91, 8) + np.float32(0.2)
AGES = np.array([30.5, 41, 22, 55, 37, 48, 26, 33])
GROUPS = ["a", "b", "b", "a", "b", "a", "a", "b"]
AGE_CONTRAST = {"design": 'formula: "age"', "contrasts": "age: age"}
WHOLE_MASK = "mask: mask.nii.gz"


@pytest.fixture
def folder(tmp_path):
    """Eight maps, one by one and as a stack; a mask; ages by subject in another order."""
    write_maps(tmp_path, {f"maps/s{index}": volume for index, volume in enumerate(VOLUMES)})
    write_image(tmp_path / "stack.nii.gz", np.moveaxis(VOLUMES, 0, -1))
    write_image(tmp_path / "mask.nii.gz", brain().astype(np.uint8))
    order = [3, 7, 0, 1, 6, 5, 2, 4]
    columns = {"subject": [f"s{index}" for index in order], "age": AGES[order], "group": [GROUPS[i] for i in order]}
    write_table(tmp_path / "people.tsv", columns)
    write_table(tmp_path / "in-order.tsv", {"age": AGES, "group": GROUPS, "who": [f"s{i}" for i in range(8)]})
    return tmp_path


def regression(chosen=range(8), mask=None):
    """Least squares of the chosen maps on a constant and age."""
    chosen = list(chosen)
    values = VOLUMES[chosen][:, brain() if mask is None else mask].astype(np.float64)
    return LeastSquares(np.column_stack([np.ones(len(chosen)), AGES[chosen]]), values)


def rows_text(order=range(8)):
    return "\n" + "\n".join(f"  - {{map: maps/s{index}.nii.gz, subject: s{index}}}" for index in order)


@pytest.mark.parametrize(
    ("maps", "variables"),
    [
        ('"maps/{subject}.nii.gz"', "people.tsv"),
        (rows_text([4, 2, 0, 1, 3, 7, 6, 5]), "people.tsv"),
        ("{stack: stack.nii.gz}", "in-order.tsv"),
        ("{table: maps.tsv}", "people.tsv"),
        ("{table: whole.tsv}", None),
    ],
    ids=["pattern", "rows", "stack", "table joined", "table whole"],
)
def test_every_kind_of_input_gives_the_same_regression(folder, maps, variables):
    order = [5, 1, 0, 7, 2, 3, 6, 4]
    files = [f"maps/s{index}.nii.gz" for index in order]
    write_table(folder / "maps.tsv", {"map": files, "subject": [f"s{index}" for index in order]})
    write_table(folder / "whole.tsv", {"map": files, "age": AGES[order]})
    inputs = WHOLE_MASK + (f"\nvariables: {variables}" if variables else "")
    done = run(folder, document_text(maps=maps, inputs=inputs, **AGE_CONTRAST))
    np.testing.assert_allclose(done.stat("age", "t"), regression().t([0, 1]), **EXACT)


def test_a_stack_with_too_few_lines_is_an_error(folder):
    write_table(folder / "in-order.tsv", {"age": AGES[:7]})
    text = document_text(maps="{stack: stack.nii.gz}", inputs="variables: in-order.tsv", **AGE_CONTRAST)
    error = failure(folder, text)
    assert error.exit_code == 3
    assert "8 volumes" in error.problems[0].message
    assert "7 lines" in error.problems[0].message


def test_a_ready_made_matrix_is_joined_by_names(folder):
    order = [6, 2, 7, 0, 5, 1, 4, 3]
    matrix = {"subject": [f"sub-s{index}" for index in order], "mean": [1] * 8, "age": AGES[order]}
    write_table(folder / "design.tsv", matrix)
    contrasts = "age: age\nboth: {test: F, rows: [mean, age]}\nweighed: {weights: {mean: 2, age: -0.5}}"
    done = run(folder, document_text(inputs=WHOLE_MASK, design="matrix: design.tsv", contrasts=contrasts))
    want = regression()
    np.testing.assert_allclose(done.stat("age", "t"), want.t([0, 1]), **EXACT)
    np.testing.assert_allclose(done.stat("weighed", "t"), want.t([2, -0.5]), **EXACT)
    explained = (want.maps**2).sum(axis=0) - want.squares
    np.testing.assert_allclose(done.stat("both", "F"), explained / 2 / (want.squares / 6), **EXACT)


def test_a_ready_made_matrix_stands_in_order_beside_a_stack(folder):
    write_table(folder / "design.tsv", {"mean": [1] * 8, "age": AGES})
    text = document_text(
        maps="{stack: stack.nii.gz}", inputs=WHOLE_MASK, design="matrix: design.tsv", contrasts="age: age"
    )
    np.testing.assert_allclose(run(folder, text).stat("age", "t"), regression().t([0, 1]), **EXACT)


def test_an_order_is_trusted_beside_a_stack_alone(folder):
    write_table(folder / "design.tsv", {"mean": [1] * 8, "age": AGES})
    error = failure(folder, document_text(design="matrix: design.tsv", contrasts="age: age"))
    assert (error.exit_code, [problem.code for problem in error.problems]) == (3, ["E310"])


def test_a_number_beyond_all_numbers_is_an_error(folder):
    ages = [*AGES[:7], "1e999"]
    write_table(folder / "design.tsv", {"mean": [1] * 8, "age": ages})
    matrix = document_text(maps="{stack: stack.nii.gz}", design="matrix: design.tsv", contrasts="age: age")
    write_table(folder / "in-order.tsv", {"age": ages})
    formula = document_text(maps="{stack: stack.nii.gz}", inputs="variables: in-order.tsv", **AGE_CONTRAST)
    for text, code in ((matrix, "E310"), (formula, "E317")):
        error = failure(folder, text)
        assert [problem.code for problem in error.problems] == [code]
        assert "1e999" in error.problems[0].message


def test_rows_are_selected_by_captured_name_and_by_variable(folder):
    inputs = f"{WHOLE_MASK}\nvariables: people.tsv\nselect: {{subject: [s0, s1, s2, s3, s5, s6], group: a}}"
    done = run(folder, document_text(inputs=inputs, **AGE_CONTRAST))
    chosen = [index for index in (0, 1, 2, 3, 5, 6) if GROUPS[index] == "a"]
    assert [row["names"]["subject"] for row in done.index["analysis"]["rows"]] == [f"s{index}" for index in chosen]
    np.testing.assert_allclose(done.stat("age", "t"), regression(chosen).t([0, 1]), **EXACT)
    assert "Selection: 4 of 8 maps are selected." in done.checks


def test_a_selection_by_captured_name_alone_is_counted_too(folder):
    done = run(folder, document_text(inputs="select: {subject: [s1, s2, s3]}"))
    assert "Selection: 3 of 8 maps are selected." in done.checks


def test_a_selection_of_what_is_not_there_is_one_problem(folder):
    inputs = "variables: people.tsv\nselect: {subject: [s9]}"
    error = failure(folder, document_text(inputs=inputs, **AGE_CONTRAST))
    assert [(problem.code, problem.message) for problem in error.problems] == [("E313", "no row has subject `s9`")]


def test_maps_that_no_name_tells_apart_are_an_error(folder):
    """`*` may stand where exactly one file fits."""
    error = failure(folder, document_text(maps='"maps/*.nii.gz"'))
    assert (error.exit_code, [problem.code for problem in error.problems]) == (3, ["E308"])


def test_the_order_of_rows_is_that_of_the_paths_however_a_folder_lists_them(folder, monkeypatch):
    listed = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda self: iter(sorted(listed(self), reverse=True)))
    done = run(folder, document_text())
    assert [row["map"] for row in done.index["analysis"]["rows"]] == [f"maps/s{index}.nii.gz" for index in range(8)]


# masks


def halves(folder):
    """Two masks of which each covers more than half of the brain."""
    left, right = brain().copy(), brain().copy()
    left[9:], right[:5] = False, False
    for name, mask in (("left", left), ("right", right)):
        write_image(folder / f"masks/{name}.nii.gz", mask.astype(np.uint8))
    return left & right


def test_masks_of_a_pattern_are_intersected(folder):
    want = halves(folder)
    done = run(folder, document_text(inputs='mask: "masks/{side}.nii.gz"'))
    np.testing.assert_array_equal(done.mask, want)
    t = stats.ttest_1samp(VOLUMES[:, want].astype(np.float64), 0).statistic
    np.testing.assert_allclose(done.stat("mean", "t"), t, **EXACT)


def test_a_mask_from_a_value_includes_it(folder):
    probability = (np.arange(brain().size).reshape(brain().shape) % 5 / 4).astype(np.float32)
    probability[0, 0, 0] = np.nan
    write_image(folder / "gray.nii.gz", probability)
    done = run(folder, document_text(inputs="mask: {image: gray.nii.gz, above: 0.75}"))
    np.testing.assert_array_equal(done.mask, probability >= 0.75)


def test_an_intersection_is_where_every_map_has_a_value(folder):
    volumes = VOLUMES * brain()
    volumes[3, 4:8, 6, 6] = 0
    write_maps(folder, {f"maps/s{index}": volume for index, volume in enumerate(volumes)})
    done = run(folder, document_text(inputs="mask: {compute: intersection}"))
    np.testing.assert_array_equal(done.mask, (volumes != 0).all(axis=0))
    assert nib.load(done.folder / "maps/mask.nii.gz").get_data_dtype() == np.uint8
