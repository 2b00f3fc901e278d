"""The page over all fits of a document."""

from __future__ import annotations

import re
import shutil

import nibabel as nib
import numpy as np
import pytest

from glmspec.execution.results import Results
from glmspec.reporting import gallery
from glmspec.reporting.coverage import APART, coverage
from glmspec.reporting.material import Material
from glmspec.reporting.model import Notices, Table
from glmspec.reporting.overview import build_overview, render_overview
from reporting.small_runs import fits
from reporting.test_model import blocks, section, texts
from reporting.test_rendered import CSP, Page


@pytest.fixture(scope="module")
def found(subjects):
    return fits(subjects)


@pytest.fixture(scope="module")
def model(found):
    return build_overview(found)


def test_the_page_is_titled_like_the_document(model):
    assert model.title == "Small runs"
    assert model.facts[:3] == ("small-runs", "First-level model", "2 fits")


def test_every_fit_has_a_row_with_a_link(model):
    (table,) = blocks(section(model, "fits"), Table)
    assert [row[:4] for row in texts(table)] == [["subject 01", "2", "80", "210"], ["subject 02", "2", "80", "210"]]
    assert [row[0].href for row in table.rows] == ["sub-01/report.html", "sub-02/report.html"]


def test_findings_are_by_inference_with_voxels_and_clusters(model, found):
    (table,) = blocks(section(model, "findings"), Table)
    assert [column.title for column in table.columns] == ["Fit", "Go over stop", "any", "second"]
    facts = found[1][1].analysis["inference"]["go/height"]
    assert texts(table)[1][1] == f"{facts['passed']} · {facts['clusters']}"
    assert table.rows[1][1].href == "sub-02/report.html#contrast.go.height"


def test_every_link_leads_to_a_file_and_an_anchor(subjects, found):
    for link in Page(render_overview(found)).links:
        path, _, anchor = link.partition("#")
        page = Page((subjects.folder / path).read_text("utf-8")) if path else Page(render_overview(found))
        assert not anchor or anchor in page.ids


def test_what_fits_share_is_told_once(model, found):
    (told,) = blocks(section(model, "checks"), Notices)
    words = [notice.text for notice in told.entries]
    assert "second: 1 of 2 runs have a part in it. In every fit." in words
    assert len(words) == len(set(words)) == section(model, "checks").badge


def test_a_check_of_one_fit_names_it(found):
    place, results = found[1]
    quiet = {**results.analysis, "checks": [["Runs", "warning", "One thing."]]}
    changed = Results(results.folder, {**results.index, "analysis": quiet})
    (told,) = blocks(section(build_overview([found[0], (place, changed)]), "checks"), Notices)
    assert (told.entries[0].state, told.entries[0].text) == ("warning", "One thing. In subject 02.")


def test_a_contrast_that_a_fit_lacks_is_left_open(found):
    place, results = found[0]
    index = results.index
    inference = {key: value for key, value in index["analysis"]["inference"].items() if not key.startswith("second/")}
    contrasts = {name: value for name, value in index["contrasts"].items() if name != "second"}
    undefined = {name: value for name, value in index["analysis"]["undefined"].items() if name != "second"}
    analysis = {**index["analysis"], "inference": inference, "undefined": undefined}
    lacking = Results(results.folder, {**index, "contrasts": contrasts, "analysis": analysis})
    (table,) = blocks(section(build_overview([(place, lacking), found[1]]), "findings"), Table)
    assert texts(table)[0][-1] == ""
    assert texts(table)[1][-1] != ""


def test_without_inference_there_are_no_findings(found):
    bare = [
        (place, Results(results.folder, {**results.index, "analysis": {**results.analysis, "inference": {}}}))
        for place, results in found
    ]
    assert [section.id for section in build_overview(bare).sections] == ["fits", "coverage", "checks", "deviations"]


def test_the_page_asks_for_nothing_and_is_the_same_twice(found):
    html = render_overview(found)
    assert render_overview(found) == html
    policies = [a["content"] for _, a in Page(html).tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert re.fullmatch(CSP, policies[0])


def test_a_folder_that_looks_like_an_address_is_none(found):
    hostile = [("javascript:alert(1)", found[0][1]), ("a b#c", found[1][1])]
    links = [link for link in Page(render_overview(hostile)).links if not link.startswith("#")]
    assert {link.split("/")[0] for link in links} == {"javascript%3Aalert%281%29", "a%20b%23c"}


def test_every_finding_has_a_picture_with_a_link_to_it(model, found):
    (table,) = blocks(section(model, "findings"), Table)
    cells = [cell for row in table.rows for cell in row[1:]]
    assert all('class="brain thumbnail"' in cell.picture for cell in cells)
    assert cells[0].href == "sub-01/report.html#contrast.go.height"
    assert cells[0].value == str(found[0][1].analysis["inference"]["go/height"]["passed"])
    assert 'aria-label="Go over stop, height, subject 01: what passed"' in cells[0].picture


def test_of_too_many_maps_only_numbers_are_shown(found, monkeypatch):
    monkeypatch.setattr(gallery, "MOST", 5)
    (table,) = blocks(section(build_overview(found), "findings"), Table)
    assert not any(cell.picture for row in table.rows for cell in row)
    assert "more than" in table.note


def test_the_pictures_of_all_fits_share_one_scale(found):
    findings = [finding for _, results in found for finding in Material(results).findings]
    styles = gallery.Gallery(findings)._styles
    peaks = [abs(finding.peak.z) for finding in findings if finding.test == "t" and finding.peak]
    assert styles["t"].vmax >= max(peaks) > styles["t"].vmax - 1


def with_mask(results, change, folder):
    """The same results with another mask."""
    copy = folder / "copy"
    shutil.copytree(results.folder, copy, symlinks=True)
    image = nib.load(copy / "maps/mask.nii.gz")
    mask = np.asarray(image.dataobj).copy()
    affine = image.affine.copy()
    change(mask, affine)
    nib.save(nib.Nifti1Image(mask, affine), copy / "maps/mask.nii.gz")
    return Results(copy, results.index)


def test_coverage_counts_who_has_a_voxel(found, tmp_path):
    def without_a_corner(mask, affine):
        mask[:3] = 0

    full = coverage([results for _, results in found], "subject")
    assert full.blocks[0].text == "All 2 subjects have the same 210 voxels."
    second = with_mask(found[1][1], without_a_corner, tmp_path)
    partly = coverage([found[0][1], second], "subject")
    left = int(second.mask.sum())
    assert 0 < left < 210
    assert partly.blocks[0].text == f"Of 210 voxels that some subject has, {left} are there in all 2 subjects."
    assert partly.blocks[1].pictures[1] != full.blocks[1].pictures[1]


def test_images_on_different_grids_have_no_coverage_in_one_picture(found, tmp_path):
    def elsewhere(mask, affine):
        affine[0, 3] += 1

    other = with_mask(found[1][1], elsewhere, tmp_path)
    assert [block.text for block in coverage([found[0][1], other], "subject").blocks] == [APART]
