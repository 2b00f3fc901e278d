"""Properties of designs and contrast weights, on random designs, held to matrices made by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
from analyses.simulated import LeastSquares, write_table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glmspec.core.contrasts import t_contrast
from glmspec.core.least_squares import fit, prepare
from glmspec.plan.contrasts import resolve_contrast
from glmspec.plan.data import DataFolder
from glmspec.plan.formula import build_model
from glmspec.plan.matrix import read_matrix
from glmspec.plan.rows import Row
from glmspec.spec.contrasts import Contrast
from glmspec.spec.design import SecondLevelDesign

CLOSE = {"rtol": 1e-8, "atol": 1e-8}
"""Well-conditioned designs of a few dozen rows: twelve digits, of which unbalanced cells cost a few."""

FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


@st.composite
def cells(draw):
    """Counts of an unbalanced two-factor design with no empty cell, and a seed."""
    counts = draw(st.tuples(st.integers(2, 3), st.integers(2, 4)))
    sizes = [draw(st.integers(1, 4)) for _ in range(counts[0] * counts[1])]
    sizes[0] += 1  # one degree of freedom at least
    return counts, sizes, draw(st.integers(0, 2**32 - 1))


def simulated(design):
    """Rows with the factors a and b and a covariate, in random order, and maps of them."""
    (first, second), sizes, seed = design
    random = np.random.default_rng(seed)
    names = list(product([f"a{i}" for i in range(first)], [f"b{i}" for i in range(second)]))
    members = [cell for cell, size in zip(names, sizes, strict=True) for _ in range(size)]
    members = [members[index] for index in random.permutation(len(members))]
    scores = random.normal(50, 10, len(members))
    rows = [
        Row(f"{index}.nii", (), {"subject": f"s{index}"}, None, {"a": a, "b": b, "score": repr(float(score))})
        for index, ((a, b), score) in enumerate(zip(members, scores, strict=True))
    ]
    return names, members, scores, rows, random.normal(size=(len(members), 5))


def modelled(formula, rows):
    return build_model(SecondLevelDesign.model_validate({"formula": formula}), rows)


def weights(model, expression):
    return resolve_contrast("c", Contrast.model_validate({"expression": expression}), model).weights[0]


def assert_same(model, expression, maps, wanted, by_hand):
    """The same effect and the same variance by either parametrisation."""
    ours = LeastSquares(model.matrix, maps)
    row = weights(model, expression)
    np.testing.assert_allclose(ours.effect(row), by_hand.effect(wanted), **CLOSE)
    np.testing.assert_allclose(row @ ours.covariance @ row, wanted @ by_hand.covariance @ wanted, **CLOSE)


@FEW
@given(cells())
def test_marginal_means_average_cells_alike_however_many_maps_each_has(design):
    names, members, _, rows, maps = simulated(design)
    model = modelled("a * b", rows)
    by_hand = LeastSquares(np.array([[cell == name for name in names] for cell in members], dtype=float), maps)
    for level in sorted({a for a, _ in names}):
        wanted = np.array([a == level for a, _ in names], dtype=float)
        assert_same(model, f"a[{level}]", maps, wanted / wanted.sum(), by_hand)
    for index, (a, b) in enumerate(names):
        assert_same(model, f"a[{a}]:b[{b}]", maps, np.eye(len(names))[index], by_hand)


@FEW
@given(cells())
def test_a_mean_stands_at_the_mean_of_the_covariate(design):
    names, members, scores, rows, maps = simulated(design)
    levels = sorted({a for a, _ in names})
    columns = [[a == level for a, _ in members] for level in levels]
    by_hand = LeastSquares(np.column_stack([*np.array(columns, dtype=float), scores]), maps)
    if by_hand.dof < 1:
        return
    model = modelled("a + score", rows)
    for index, level in enumerate(levels):
        wanted = np.append(np.eye(len(levels))[index], scores.mean())
        assert_same(model, f"a[{level}]", maps, wanted, by_hand)


@FEW
@given(cells())
def test_the_order_of_levels_changes_no_contrast(design):
    names, _, _, rows, maps = simulated(design)
    levels = sorted({a for a, _ in names})
    expression = f"a[{levels[0]}] - a[{levels[-1]}]"
    effects = []
    for order in (levels, levels[::-1]):
        factors = {"a": {"levels": tuple(order)}}
        model = build_model(SecondLevelDesign.model_validate({"formula": "a*b", "factors": factors}), rows)
        effects.append(LeastSquares(model.matrix, maps).effect(weights(model, expression)))
    np.testing.assert_allclose(effects[0], effects[1], **CLOSE)


def t_of(model, expression, maps):
    prepared = prepare(model.matrix)
    return t_contrast(prepared, fit(prepared, maps), weights(model, expression)).t


@FEW
@given(st.permutations(range(4)), st.integers(0, 2**32 - 1))
def test_t_does_not_depend_on_the_order_of_columns(tmp_path_factory, order, seed):
    folder = tmp_path_factory.mktemp("matrix")
    random = np.random.default_rng(seed)
    columns = {"one": np.ones(12), **{name: random.normal(size=12) for name in ("x", "y", "w")}}
    subjects = [f"s{index}" for index in range(12)]
    rows = [Row(f"{name}.nii", (), {"subject": name}) for name in subjects]
    maps = random.normal(size=(12, 6))
    found = []
    for names in (list(columns), [list(columns)[index] for index in order]):
        write_table(folder / "design.tsv", {"subject": subjects, **{name: columns[name] for name in names}})
        model = read_matrix("design.tsv", rows, DataFolder(folder))
        assert list(model.columns) == names
        found.append(t_of(model, "2*x - y", maps))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9, atol=1e-11)


@FEW
@given(cells(), st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_t_of_a_slope_does_not_depend_on_unit_and_origin(design, unit, origin):
    _, _, scores, rows, maps = simulated(design)
    moved = [
        Row(row.map, row.origin, row.names, None, {**row.variables, "score": repr(float(score * unit + origin))})
        for row, score in zip(rows, scores, strict=True)
    ]
    before, after = (t_of(modelled("score", entry), "score", maps) for entry in (rows, moved))
    # the origin may be a billion units away: as many digits go when it is taken off again
    np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-5)
    centred = (t_of(modelled("center(score)", entry), "center(score)", maps) for entry in (rows, moved))
    np.testing.assert_allclose(*centred, rtol=1e-5, atol=1e-5)
