"""Groups, cells, marginal means and F tests, held to scipy and to nested models made by hand."""

from __future__ import annotations

from itertools import product

import nibabel as nib
import numpy as np
import pytest
from scipy import stats

from .simulated import EXACT, LeastSquares, document_text, noise, run, write_maps, write_table


def values(folder, done, names):
    """The maps' voxels in the mask, (N, V), in the order of the names."""
    paths = [folder / "maps" / f"{name}.nii.gz" for name in names]
    return np.array([np.asarray(nib.load(path).dataobj)[done.mask] for path in paths], dtype=np.float64)


def simulated(folder, seed, shifts, table):
    """A map a subject, with its shift in every voxel, and a table of them."""
    names = [f"{index + 1:02d}" for index in range(len(shifts))]
    volumes = noise(seed, len(shifts))
    volumes = np.where(volumes != 0, volumes + np.array(shifts)[:, None, None, None], 0).astype(np.float32)
    write_maps(folder, {f"maps/{name}": volume for name, volume in zip(names, volumes, strict=True)})
    write_table(folder / "participants.tsv", {"participant_id": [f"sub-{name}" for name in names], **table})
    return names


# two groups


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Seven patients and nine controls; a table of them, with a numeric code of the group."""
    folder = tmp_path_factory.mktemp("two-groups")
    patient = np.array([1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0], dtype=bool)
    table = {"group": np.where(patient, "patient", "control"), "code": np.where(patient, 2, 10)}
    names = simulated(folder, 21, 0.4 * patient, table)
    return folder, names, patient


def two_groups(folder, out, contrasts, factors="", variable="group"):
    design = f'formula: "{variable}"' + (f"\nfactors: {{{variable}: {{levels: {factors}}}}}" if factors else "")
    return run(folder, document_text(inputs="variables: participants.tsv", design=design, contrasts=contrasts), out=out)


@pytest.mark.parametrize("factors", ["", "[control, patient]", "[patient, control]"])
def test_a_difference_of_groups_is_the_pooled_t_whatever_the_order_of_levels(two, factors):
    folder, names, patient = two
    out = f"two{len(factors)}{factors[1:2]}"
    done = two_groups(folder, out, 'more: "group[patient] - group[control]"\npatients: "group[patient]"', factors)
    maps = values(folder, done, names)
    want = stats.ttest_ind(maps[patient], maps[~patient])
    np.testing.assert_allclose(done.stat("more", "t"), want.statistic, **EXACT)
    np.testing.assert_allclose(done.stat("patients", "effect"), maps[patient].mean(axis=0), **EXACT)
    np.testing.assert_array_equal(done.passed("more", "uncorrected"), want.pvalue <= 0.01)
    assert done.index["contrasts"]["more"]["dof"] == 14


def test_the_first_level_declared_is_the_reference(two):
    folder, _, _ = two
    done = two_groups(folder, "reference", "column: '`group[T.control]`'", "[patient, control]")
    assert done.design()[0] == ["intercept", "group[T.control]"]


def test_numbers_are_levels_where_they_are_declared(two):
    folder, names, patient = two
    done = two_groups(folder, "numbers", 'more: "code[2] - code[10]"', "[10, 2]", variable="code")
    assert done.design()[0] == ["intercept", "code[T.2]"]
    maps = values(folder, done, names)
    want = stats.ttest_ind(maps[patient], maps[~patient]).statistic
    np.testing.assert_allclose(done.stat("more", "t"), want, **EXACT)


def test_without_a_constant_every_level_has_its_column(two):
    folder, names, patient = two
    design = 'formula: "0 + group"'
    contrasts = "raw: '`group[patient]` - `group[control]`'\nmeans: 'group[patient] - group[control]'"
    done = run(
        folder, document_text(inputs="variables: participants.tsv", design=design, contrasts=contrasts), out="constant"
    )
    assert done.design()[0] == ["group[control]", "group[patient]"]
    maps = values(folder, done, names)
    want = stats.ttest_ind(maps[patient], maps[~patient]).statistic
    np.testing.assert_allclose(done.stat("raw", "t"), want, **EXACT)
    np.testing.assert_allclose(done.stat("means", "t"), want, **EXACT)


# two by two

CELLS = [("patient", "go")] * 3 + [("patient", "stop")] * 6 + [("control", "go")] * 5 + [("control", "stop")] * 4
"""Unbalanced: marginal means weigh cells alike, the means of the maps would not."""

CELL_NAMES = [("patient", "go"), ("patient", "stop"), ("control", "go"), ("control", "stop")]


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    """Every contrast of an unbalanced 2 x 2 design, and the cell means by hand."""
    folder = tmp_path_factory.mktemp("two-by-two")
    shuffled = [CELLS[index] for index in np.random.default_rng(5).permutation(len(CELLS))]
    shifts = [0.5 * (group == "patient") + 0.3 * (task == "go") for group, task in shuffled]
    names = simulated(folder, 31, shifts, dict(zip(("group", "task"), zip(*shuffled, strict=True), strict=True)))
    contrasts = """
    cell: "group[patient]:task[go]"
    cell-reversed: "task[go]:group[patient]"
    simple: "group[patient]:task[go] - group[patient]:task[stop]"
    marginal: "group[patient]"
    main: "group[patient] - group[control]"
    go: "task[go]"
    interaction: >-
      group[patient]:task[go] - group[patient]:task[stop] - group[control]:task[go] + group[control]:task[stop]
    grand: "(group[patient] + group[control]) / 2"
    f-group: {test: F, term: group}
    f-task: {test: F, term: task}
    f-both: {test: F, term: "group:task"}
    f-row: {test: F, rows: ["group[patient] - group[control]"]}
    f-wild: {test: F, rows: ["group*"]}
    f-cells: {test: F, rows: ["group[patient]:task[go] - group[control]:task[stop]", "task[go] - task[stop]"]}
    """
    text = document_text(inputs="variables: participants.tsv", design='formula: "group * task"', contrasts=contrasts)
    done = run(folder, text)
    matrix = np.array([[cell == name for name in CELL_NAMES] for cell in shuffled], dtype=float)
    return done, LeastSquares(matrix, values(folder, done, names))


@pytest.mark.parametrize(
    ("contrast", "weights"),
    [
        ("cell", [1, 0, 0, 0]),
        ("cellReversed", [1, 0, 0, 0]),
        ("simple", [1, -1, 0, 0]),
        ("marginal", [0.5, 0.5, 0, 0]),
        ("main", [0.5, 0.5, -0.5, -0.5]),
        ("go", [0.5, 0, 0.5, 0]),
        ("interaction", [1, -1, -1, 1]),
        ("grand", [0.25, 0.25, 0.25, 0.25]),
    ],
)
def test_a_contrast_of_cells_is_that_of_cell_means(four, contrast, weights):
    done, cells = four
    np.testing.assert_allclose(done.stat(contrast, "effect"), cells.effect(weights), **EXACT)
    np.testing.assert_allclose(done.stat(contrast, "variance"), cells.variance(weights), **EXACT)
    np.testing.assert_allclose(done.stat(contrast, "t"), cells.t(weights), **EXACT)


@pytest.mark.parametrize(
    ("contrast", "weights"),
    [
        ("fGroup", [0.5, 0.5, -0.5, -0.5]),
        ("fTask", [0.5, -0.5, 0.5, -0.5]),
        ("fBoth", [1, -1, -1, 1]),
        ("fRow", [0.5, 0.5, -0.5, -0.5]),
    ],
)
def test_an_f_of_one_row_is_the_square_of_its_t(four, contrast, weights):
    done, cells = four
    t = cells.t(weights)
    np.testing.assert_allclose(done.stat(contrast, "F"), t**2, **EXACT)
    np.testing.assert_allclose(done.stat(contrast, "p"), 2 * stats.t.sf(np.abs(t), cells.dof), rtol=1e-8)
    assert done.index["contrasts"]["f-" + contrast[1:].lower()]["dof"] == [1, len(CELLS) - 4]


def test_rows_with_wildcards_are_all_columns_that_fit(four):
    """`group*` is every column that begins so: the main effect at the reference task, and the interaction."""
    done, cells = four
    columns = done.design()[0]
    assert done.weights("f-wild").tolist() == [
        [float(name == column) for name in columns] for column in columns if column.startswith("group")
    ]
    want, extra = cells.f_against(cells.matrix[:, [0, 1]] + cells.matrix[:, [2, 3]])  # task alone
    assert done.index["contrasts"]["f-wild"]["dof"] == [extra, cells.dof] == [2, 14]
    np.testing.assert_allclose(done.stat("fWild", "F"), want, **EXACT)


def test_rows_of_expressions_are_tested_jointly(four):
    done, cells = four
    rows = np.array([[1, 0, 0, -1], [0.5, -0.5, 0.5, -0.5]])
    effects = rows @ cells.coefficients
    inverse = np.linalg.inv(rows @ cells.covariance @ rows.T)
    want = np.einsum("qv,qr,rv->v", effects, inverse, effects) / 2 / (cells.squares / cells.dof)
    np.testing.assert_allclose(done.stat("fCells", "F"), want, **EXACT)
    np.testing.assert_array_equal(done.passed("fCells", "uncorrected"), stats.f.sf(want, 2, cells.dof) <= 0.01)


# three levels, and balanced factors


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Three groups of unequal size, with and without a covariate."""
    folder = tmp_path_factory.mktemp("three")
    doses = np.array(["low"] * 5 + ["middle"] * 7 + ["high"] * 4)
    ages = np.random.default_rng(8).normal(40, 8, len(doses)).round(2)
    names = simulated(folder, 41, 0.4 * (doses == "high"), {"dose": doses, "age": ages})
    contrasts = 'any: {test: F, term: dose}\nhigh: "dose[high] - dose[low]"'

    def fitted(out, formula, more=""):
        text = document_text(
            inputs="variables: participants.tsv", design=f'formula: "{formula}"', contrasts=contrasts + more
        )
        return run(folder, text, out=out)

    plain, adjusted = fitted("plain", "dose"), fitted("adjusted", "dose + age", "\nage: {test: F, term: age}")
    return doses, ages, plain, adjusted, values(folder, plain, names)


def test_all_differences_of_a_factor_are_the_analysis_of_variance(three):
    doses, _, plain, _, maps = three
    want = stats.f_oneway(*(maps[doses == dose] for dose in ("low", "middle", "high")))
    np.testing.assert_allclose(plain.stat("any", "F"), want.statistic, **EXACT)
    np.testing.assert_allclose(plain.stat("any", "p"), want.pvalue, rtol=1e-8)
    np.testing.assert_allclose(plain.stat("any", "z"), stats.norm.isf(want.pvalue), rtol=1e-6, atol=1e-8)
    assert plain.index["contrasts"]["any"]["dof"] == [2, 13]


def test_with_a_covariate_the_f_is_that_of_nested_models(three):
    doses, ages, _, adjusted, maps = three
    groups = np.column_stack([doses == dose for dose in ("low", "middle", "high")]).astype(float)
    full = LeastSquares(np.column_stack([groups, ages]), maps)
    want, extra = full.f_against(np.column_stack([np.ones(len(doses)), ages]))
    assert extra == 2
    np.testing.assert_allclose(adjusted.stat("any", "F"), want, **EXACT)
    without_age, _ = full.f_against(groups)
    np.testing.assert_allclose(adjusted.stat("age", "F"), without_age, **EXACT)


def test_an_f_map_has_no_effect_and_no_variance(three):
    _, _, plain, _, _ = three
    names = sorted(path.name for path in (plain.folder / "maps").iterdir() if "contrast-any_stat" in path.name)
    assert names == [f"contrast-any_stat-{stat}_statmap.nii.gz" for stat in ("F", "p", "z")]


def test_f_of_main_effects_and_interaction_in_a_balanced_design(tmp_path):
    """With sum coding, dropping a term's columns is the type III test; levels 3 x 2, four subjects a cell."""
    cells = [(dose, sex) for dose, sex in product(("a", "b", "c"), ("f", "m")) for _ in range(4)]
    table = dict(zip(("dose", "sex"), zip(*cells, strict=True), strict=True))
    names = simulated(tmp_path, 51, [0.3 * (dose == "b") for dose, _ in cells], table)
    contrasts = 'dose: {test: F, term: dose}\nsex: {test: F, term: sex}\nboth: {test: F, term: "dose:sex"}'
    text = document_text(inputs="variables: participants.tsv", design='formula: "dose*sex"', contrasts=contrasts)
    done = run(tmp_path, text)
    sums = {"a": [1, 0], "b": [0, 1], "c": [-1, -1]}
    dose, sex = np.array([sums[cell[0]] for cell in cells]), np.array([[1 if cell[1] == "f" else -1] for cell in cells])
    parts = {"mean": np.ones((len(cells), 1)), "dose": dose, "sex": sex, "both": dose * sex}
    full = LeastSquares(np.hstack(list(parts.values())), values(tmp_path, done, names))
    for contrast, extra in {"dose": 2, "sex": 1, "both": 2}.items():
        want, found = full.f_against(np.hstack([part for name, part in parts.items() if name != contrast]))
        assert found == extra
        assert done.index["contrasts"][contrast]["dof"] == [extra, 18]
        np.testing.assert_allclose(done.stat(contrast, "F"), want, **EXACT)
