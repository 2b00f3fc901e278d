"""What a report says of smoothness: a row where it is known, a reason where it is not."""

from __future__ import annotations

from types import SimpleNamespace

from glmspec.reporting.smoothness import smoothness

KNOWN = {"fwhm_mm": [9.14, 8.9, 8.66], "fwhm_voxels": [3.05, 2.97, 2.89], "resels": 1304.4, "dof": 15}
FEW = {"fwhm_mm": None, "because": "there are fewer than 4 degrees of freedom"}


def told(level="second", **analysis):
    mask = {"voxels": 45012, "mm3": 45012 * 27.0}
    return list(smoothness(SimpleNamespace(level=level, analysis={"mask": mask, **analysis})))


def test_widths_resels_and_the_search_volume_stand_in_a_table():
    (table,) = told(smoothness=KNOWN)
    assert [cell.text for cell in table.rows[0]] == ["the maps", "9.14", "8.9", "8.66", "1,304", "15"]
    assert table.rows[0][4].value == "1304.4"
    assert table.note.endswith("Search volume: 45,012 voxels, 1,215 cm³.")


def test_each_run_has_a_row_or_a_reason():
    table, reason = told("first", runs=[{"name": "1", "smoothness": KNOWN}, {"name": "2", "smoothness": FEW}])
    assert [row[0].text for row in table.rows] == ["run-1"]
    assert reason.text == "Smoothness of run-2: not known, as there are fewer than 4 degrees of freedom."


def test_without_residuals_the_reason_is_said_and_of_earlier_results_nothing():
    (reason,) = told("map", smoothness={"because": "the statistic was made elsewhere, and comes without residuals"})
    assert "of the image: not known, as the statistic was made elsewhere" in reason.text
    assert told() == []
    assert told("first", runs=[{"name": "1"}]) == []
