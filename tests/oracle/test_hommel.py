"""Closed testing against R's hommel 1.8 and the example of the paper it comes from.

Counts must be equal. R prints 15 digits and multiplies in another order: adjusted p and proportions to 1e-12, some
two hundred times what was found.
"""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.closed_testing import (
    prepare,
    true_discoveries,
    true_discoveries_by_label,
    true_discovery_proportion,
)
from glmspec.core.hommel import hommel_adjusted, hommel_value

from .figures import figures

VECTORS = {vector["name"]: vector for vector in figures("hommel")["vectors"]}
SHAPES = {  # name: members, subsets
    "tiny1": (11, 9),
    "tiny3": (7, 9),
    "tiny5": (9, 9),
    "tiny7": (4, 9),
    "tiny9": (3, 9),
    "tiny11": (3, 9),
    "ties": (10, 8),
    "with_zero": (6, 6),
    "bonf_edge": (5, 5),
    "mid50": (50, 10),
    "mid3000": (3000, 10),
}
ALPHAS = [0.01, 0.05, 0.1, 0.2]
CASES = [(name, place) for name in SHAPES for place in range(len(ALPHAS))]
MEIJER = figures("literature")["meijer2019_hommel"]
TOLERANCE = 1e-12


def case(name, place):
    """The vector's p, R's results at one alpha, and our own preparation."""
    vector = VECTORS[name]
    result = vector["results"][place]
    return vector, result, prepare(vector["p"], result["alpha"])


def test_the_grid_is_complete():
    """Eleven vectors at four alphas, every subset in full."""
    assert {name: (len(v["p"]), len(v["subsets"])) for name, v in VECTORS.items()} == SHAPES
    for vector in VECTORS.values():
        assert [result["alpha"] for result in vector["results"]] == ALPHAS
        for result in vector["results"]:
            assert len(result["true_discoveries"]) == len(result["proportions"]) == len(vector["subsets"])
            assert len(result["by_rising_p"]) == len(vector["p"])
    assert len(MEIJER["alpha_h"]) == 10


@pytest.mark.parametrize(("name", "place"), CASES)
def test_hommel_value(name, place):
    """hommel(p)'s h."""
    _, result, prepared = case(name, place)
    assert prepared.h == result["h"]


@pytest.mark.parametrize(("name", "place"), CASES)
def test_subsets(name, place):
    """discoveries(ix) and tdp(ix)."""
    vector, result, prepared = case(name, place)
    assert [true_discoveries(prepared, chosen) for chosen in vector["subsets"]] == result["true_discoveries"]
    proportions = [true_discovery_proportion(prepared, chosen) for chosen in vector["subsets"]]
    np.testing.assert_allclose(proportions, result["proportions"], rtol=TOLERANCE)


@pytest.mark.parametrize(("name", "place"), CASES)
def test_everything_is_a_set_too(name, place):
    """discoveries() of the whole family."""
    vector, result, prepared = case(name, place)
    assert true_discoveries(prepared, np.ones(len(vector["p"]), dtype=bool)) == result["discoveries"]


@pytest.mark.parametrize(("name", "place"), CASES)
def test_growing_sets(name, place):
    """discoveries(incremental): of the smallest p, the two smallest, and so on; every eleventh of the 3000."""
    vector, result, prepared = case(name, place)
    order = np.argsort(vector["p"], kind="stable")
    sizes = range(1, len(order) + 1, 11 if len(order) > 1000 else 1)
    got = [true_discoveries(prepared, order[:size]) for size in sizes]
    assert got == [result["by_rising_p"][size - 1] for size in sizes]


@pytest.mark.parametrize("name", SHAPES)
def test_adjusted(name):
    """p.adjust(hommel(p)), which is also base R's p.adjust(p, "hommel")."""
    vector = VECTORS[name]
    np.testing.assert_allclose(hommel_adjusted(vector["p"]), vector["adjusted"], rtol=TOLERANCE)


@pytest.mark.parametrize(("alpha", "h"), MEIJER["alpha_h"])
def test_the_example_of_the_paper(alpha, h):
    """Seven p, and h on both sides of each of its jumps."""
    assert hommel_value(MEIJER["p"], alpha) == h


def test_disjoint_subsets_in_one_pass():
    """The same counts as one set at a time, of thirty random clusters among the 3000."""
    _, _, prepared = case("mid3000", 1)
    labels = np.random.default_rng(0).integers(0, 31, 3000)
    want = [true_discoveries(prepared, labels == number) for number in range(1, 31)]
    assert true_discoveries_by_label(prepared, labels).tolist() == want


def test_bonferroni_in_place_of_hommel_would_be_noticed():
    """Deliberate break: m for h is the commonest shortcut, valid but weaker; here it loses discoveries."""
    vector, result, prepared = case("mid3000", 1)
    p = np.array(vector["p"])
    whole = np.sort(np.ceil(len(p) * p / prepared.alpha))
    assert max(1 - whole + np.arange(1, len(p) + 1)) < result["discoveries"]
