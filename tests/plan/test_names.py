"""What output files are called."""

from __future__ import annotations

import pytest

from glmspec.plan.names import contrasts_path, design_path, map_path, run_path


@pytest.mark.parametrize(
    ("run", "head"), [("run-1", "run-1_"), ("1", "run-1_"), ("encoding-late", "run-encodingLate_"), (None, "")]
)
def test_a_runs_files_begin_with_its_label(run, head):
    assert map_path("left-minus-right", "t", run) == f"maps/{head}contrast-leftMinusRight_stat-t_statmap.nii.gz"
    assert design_path(run) == f"design/{head}design_matrix.tsv"
    assert contrasts_path(run) == f"design/{head}contrasts.tsv"


def test_maps_of_a_run_without_a_contrast():
    assert run_path("run-2", "r2") == "maps/run-2_stat-r2_statmap.nii.gz"
