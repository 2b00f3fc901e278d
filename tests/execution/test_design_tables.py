"""What is published of a design beside its matrix, held to formulas written out here."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from reporting.small_study import analysed, document

from glmspec.plan.names import collinearity_path


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return analysed(tmp_path_factory.mktemp("designs"), document())


def read(results, path, skipped):
    head, *lines = csv.reader(io.StringIO(results.text(path)), delimiter="\t")
    numbers = np.array([[np.nan if cell == "n/a" else float(cell) for cell in line[skipped:]] for line in lines])
    return head, [line[0] for line in lines], numbers


def test_collinearity_has_a_line_and_a_column_for_every_column(results):
    columns = results.analysis["design"]["columns"]
    head, names, found = read(results, collinearity_path(), 1)
    assert head == ["column", "vif", *columns]
    assert names == columns
    matrix_head, _, matrix = read(results, "design/design_matrix.tsv", 1)
    matrix = matrix[:, matrix_head.index(columns[0]) - 1 :]
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.corrcoef(matrix.T)
    np.testing.assert_allclose(found[:, 1:], np.atleast_2d(expected), atol=6e-7)


def test_efficiency_of_every_contrast_is_known(results):
    columns = results.analysis["design"]["columns"]
    head, _, matrix = read(results, "design/design_matrix.tsv", 1)
    matrix = matrix[:, head.index(columns[0]) - 1 :]
    for name, contrast in results.contrasts.items():
        weights = np.array(contrast["weights"])
        expected = 1 / np.trace(weights @ np.linalg.pinv(matrix.T @ matrix) @ weights.T)
        assert results.analysis["design"]["efficiency"][name] == pytest.approx(expected)
