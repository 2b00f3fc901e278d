"""Ready-made matrices: whose names count, which rows, and what is no matrix."""

from __future__ import annotations

import numpy as np
import pytest

from .written import outcome, write_bold, write_run, write_table

MATRIX = np.random.default_rng(5).normal(size=(20, 4)).round(6)
NPZ = "[{name: run-1, bold: bold.nii, design: {file: x.npz, array: X}}]"
TSV = "[{name: run-1, bold: bold.nii, design: x.tsv}]"


@pytest.fixture
def folder(tmp_path):
    """Twenty scans, an array and a table for them."""
    write_bold(tmp_path / "bold.nii", 20)
    np.savez(tmp_path / "x.npz", X=MATRIX)
    write_table(tmp_path / "x.tsv", dict(zip(("a", "b", "motion", "constant"), MATRIX.T.tolist(), strict=True)))
    write_table(tmp_path / "nuisance.tsv", {"nuisance_1": MATRIX[:, 0].tolist(), "drift": MATRIX[:, 1].tolist()})
    return tmp_path


def test_the_document_names_the_columns_of_an_array(folder):
    model = outcome(folder, runs=NPZ, design="{columns: [a, b], unnamed: nuisance}").model
    assert model.columns == ("a", "b", "nuisance_1", "nuisance_2")
    assert model.task == ("a", "b")
    assert model.conditions == {}
    np.testing.assert_array_equal(model.matrix, MATRIX)


def test_a_header_names_the_columns_of_a_table(folder):
    model = outcome(folder, runs=TSV).model
    assert model.columns == model.task == ("a", "b", "motion", "constant")
    np.testing.assert_array_equal(model.matrix, MATRIX)


@pytest.mark.parametrize(
    ("design", "columns", "task"),
    [
        ("{columns: [constant, b, motion, a]}", ("a", "b", "motion", "constant"), ("constant", "b", "motion", "a")),
        ("{columns: [motion, a], unnamed: nuisance}", ("a", "nuisance_1", "motion", "nuisance_2"), ("motion", "a")),
    ],
)
def test_the_document_names_columns_of_a_table_by_its_header(folder, design, columns, task):
    """Positions are those of the table: a name that is found elsewhere than it is written moves no column."""
    model = outcome(folder, runs=TSV, design=design).model
    assert (model.columns, model.task) == (columns, task)
    np.testing.assert_array_equal(model.matrix, MATRIX)


def test_a_table_with_commas(folder):
    rows = "\n".join(",".join(map(str, row)) for row in MATRIX)
    (folder / "x.csv").write_text(f"a,b,c,d\n{rows}\n", "utf-8")
    assert outcome(folder, runs=TSV.replace("tsv", "csv")).model.columns == ("a", "b", "c", "d")


def test_rows_of_discarded_scans_are_cut(folder):
    found = outcome(folder, runs=TSV, inputs="discard: {initial: 3}")
    np.testing.assert_array_equal(found.model.matrix, MATRIX[3:])
    assert found.model.matrix.flags.c_contiguous
    assert found.notes == [
        "Ready-made matrices [note]: Their first rows are discarded with the scans (in 1 of 1 run): run-1 (3)."
    ]


def test_rows_may_be_those_of_the_other_scans_alone(folder):
    np.savez(folder / "x.npz", X=MATRIX[3:])
    found = outcome(folder, runs=NPZ, design="{columns: [a, b, c, d]}", inputs="discard: {initial: 3}")
    np.testing.assert_array_equal(found.model.matrix, MATRIX[3:])
    assert found.notes == [
        "Ready-made matrices [note]: Their rows are the scans after those that are discarded (in 1 of 1 run): run-1."
    ]


def test_a_matrix_that_is_not_of_full_rank_is_legal_and_noted(folder):
    np.savez(folder / "x.npz", X=np.column_stack([MATRIX, MATRIX[:, 0] + MATRIX[:, 1]]))
    found = outcome(folder, runs=NPZ, design="{columns: [a, b, c, d, e]}")
    assert (found.model.design.rank, found.model.design.dof) == (4, 16)
    assert len(found.model.design.aliased) == 1
    (note,) = found.notes
    assert note.startswith(
        "Designs [note]: 20 scans, 5 columns, rank 4, 16 degrees of freedom; not independent of the others: "
    )


def test_some_runs_may_be_ready_made_and_others_built(folder):
    write_run(folder / "run-2")
    rows = NPZ[:-1] + ", {name: run-2, bold: run-2/bold.nii, events: run-2/events.tsv}]"
    found = outcome(folder, runs=rows, design="{columns: [face, house, c, d]}")
    assert found.problems == []
    assert [model.columns for model in found.models] == [
        ("face", "house", "c", "d"),
        ("face", "house", "drift_1", "constant"),
    ]


FILE = "at inputs.runs[0].design.file: "
FEW = np.zeros((20, 0))
REFUSED = {
    "fewer columns than names": (
        NPZ,
        "{columns: [a, b, c, d, e]}",
        None,
        "[E323] at design.columns: `x.npz` has 4 columns, and `columns` has 5 names; every name is that of a column",
    ),
    "columns without a name": (
        NPZ,
        "{columns: [a]}",
        None,
        (
            "[E323] at design.columns: `x.npz` has 4 columns, and `columns` has 1 name; "
            "name the others too, or write `unnamed: nuisance` to call them nuisance_1 to nuisance_3"
        ),
    ),
    "no names": (
        NPZ,
        "{unnamed: nuisance}",
        None,
        (
            f"[E323] {FILE}nothing names the 4 columns of `x.npz`; "
            "name them in order with `columns`, and the others with `unnamed: nuisance`"
        ),
    ),
    "two names alike": (
        NPZ,
        "{columns: [a, b, b, c]}",
        None,
        "[E402] at design.columns: two columns of run-1 are called `b`; every column has a name of its own",
    ),
    "a name like those of the unnamed": (
        NPZ,
        "{columns: [a, nuisance_1], unnamed: nuisance}",
        None,
        "[E402] at design.columns: two columns of run-1 are called `nuisance_1`; every column has a name of its own",
    ),
    "too few rows": (
        NPZ,
        "{columns: [a, b, c, d]}",
        MATRIX[:18],
        (
            f"[E323] {FILE}`x.npz` has 18 rows, and `bold.nii` has 20 volumes; "
            "a matrix has a row for every volume of the file"
        ),
    ),
    "one dimension": (
        NPZ,
        "{columns: [a]}",
        MATRIX[:, 0],
        f"[E323] {FILE}the array of `x.npz` has the shape 20; a matrix has scans by columns",
    ),
    "three dimensions": (
        NPZ,
        "{columns: [a]}",
        MATRIX[None],
        f"[E323] {FILE}the array of `x.npz` has the shape 1 x 20 x 4; a matrix has scans by columns",
    ),
    "NaN": (
        NPZ,
        "{columns: [a, b, c, d]}",
        np.where(np.arange(80).reshape(20, 4) > 77, np.nan, MATRIX),
        (
            f"[E323] {FILE}`x.npz` holds NaN in row 20 of the column `c`; in 2 cells altogether; "
            "a design holds numbers only"
        ),
    ),
    "infinity": (
        NPZ,
        "{columns: [a, b, c, d]}",
        np.where(np.arange(80).reshape(20, 4) == 4, np.inf, MATRIX),
        (
            f"[E323] {FILE}`x.npz` holds infinity in row 2 of the column `a`; in 1 cell altogether; "
            "a design holds numbers only"
        ),
    ),
    "as many columns as scans": (
        NPZ,
        "{columns: [a], unnamed: nuisance}",
        np.eye(20),
        (
            "[E403] at design: run-1: 20 scans and a design of rank 20 leave no degrees of freedom; "
            "more scans, or fewer columns"
        ),
    ),
    "an array without columns": (
        NPZ,
        "{unnamed: nuisance, columns: []}",
        FEW,
        f"[E323] {FILE}the array of `x.npz` has the shape 20 x 0; a matrix has scans by columns",
    ),
    "a name that the header lacks": (
        TSV,
        "{columns: [a, bb]}",
        None,
        ("[E323] at design.columns[1]: `x.tsv` has no column `bb`; did you mean `b`? columns: a, b, motion, constant"),
    ),
    "columns of a header without a name": (
        TSV,
        "{columns: [b, a]}",
        None,
        (
            "[E323] at design.columns: `x.tsv` has 2 columns that `columns` does not name: `motion`, `constant`; "
            "name the others too, or write `unnamed: nuisance` to call them nuisance_1 to nuisance_2"
        ),
    ),
    "a name like those of the unnamed in a header": (
        "[{name: run-1, bold: bold.nii, design: nuisance.tsv}]",
        "{columns: [nuisance_1], unnamed: nuisance}",
        None,
        "[E402] at design.columns: two columns of run-1 are called `nuisance_1`; every column has a name of its own",
    ),
    "one column of a header without a name": (
        TSV,
        "{columns: [b, a, constant]}",
        None,
        (
            "[E323] at design.columns: `x.tsv` has 1 column that `columns` does not name: `motion`; "
            "name the other too, or write `unnamed: nuisance` to call it nuisance_1"
        ),
    ),
    "an array of a table": (
        TSV.replace("x.tsv", "{file: x.tsv, array: X}"),
        "{}",
        None,
        "[E205] at inputs.runs[0].design.array: `x.tsv` is a table, and has no arrays; leave `array` out",
    ),
    "another kind of file": (
        TSV.replace("x.tsv", "bold.nii"),
        "{}",
        None,
        f"[E323] {FILE}`bold.nii` is no .npz, .tsv or .csv; save the matrix as one of them",
    ),
    "a file that is not there": (
        TSV.replace("x.tsv", "y.tsv"),
        "{}",
        None,
        f"[E306] {FILE}there is no file `y.tsv`; paths start at the document's folder, or at the one given with --data",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_matrices_that_do_not_fit(folder, case):
    rows, design, array, problem = REFUSED[case]
    if array is not None:
        np.savez(folder / "x.npz", X=array)
    assert set(outcome(folder, runs=rows, design=design).problems) == {problem}


def test_rows_that_fit_neither_all_scans_nor_those_that_are_left(folder):
    np.savez(folder / "x.npz", X=MATRIX[:16])
    found = outcome(folder, runs=NPZ, design="{columns: [a, b, c, d]}", inputs="discard: {initial: 3}")
    assert found.problems == [
        (
            f"[E323] {FILE}`x.npz` has 16 rows, and `bold.nii` has 20 volumes; "
            "a matrix has a row for every volume of the file, or for the 17 that are left when 3 are discarded"
        )
    ]


def test_a_cell_of_a_table_that_is_no_number(folder):
    write_table(folder / "x.tsv", {"a": [*range(19), None], "b": ["x", *range(19)]})
    assert outcome(folder, runs=TSV).problems == [
        f"[E310] {FILE}line 21 of `x.tsv` has no `a` (x.tsv:21)",
        (
            f"[E310] {FILE}line 2 of `x.tsv` has `x` as `b`, where a number belongs; "
            "numbers have a decimal point; write n/a where nothing is known (x.tsv:2)"
        ),
    ]
