"""The files of the simulated data set: their names, spaces and values."""

from __future__ import annotations

import hashlib
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from glmspec.demo.simulate import write_group

SUBJECTS = [f"S{number:02d}" for number in range(1, 17)]
MAP_FOLDERS = ("left-minus-right", "checkerboard/vertical", "checkerboard/horizontal")
AFFINE = [[-3, 0, 0, 78], [0, 3, 0, -111], [0, 0, 3, -51], [0, 0, 0, 1]]
SHAPE = (53, 63, 46)


def values(path: Path) -> np.ndarray:
    return np.asanyarray(nib.load(path).dataobj)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_layout_is_complete_and_has_nothing_else(demo: Path) -> None:
    maps = {f"{folder}/{subject}.nii.gz" for folder in MAP_FOLDERS for subject in SUBJECTS}
    others = {"participants.tsv", "mask.nii.gz", "anatomy.nii.gz", "atlas_dseg.nii.gz", "atlas_dseg.tsv"}
    assert set(digests(demo)) == maps | others


def test_a_second_writing_gives_the_same_bytes(demo: Path, tmp_path: Path) -> None:
    write_group(tmp_path)
    assert digests(tmp_path) == digests(demo)


def test_progress_hears_of_each_part(demo: Path, told: list[str]) -> None:
    assert told == ["brain mask, atlas and participants", "anatomy", "maps of 16 subjects"]


def test_data_set_stays_small(demo: Path) -> None:
    assert sum(path.stat().st_size for path in demo.rglob("*.gz")) < 15e6


@pytest.mark.parametrize("folder", MAP_FOLDERS)
def test_maps_are_finite_float32_in_one_space_and_zero_outside_the_brain(demo: Path, folder: str) -> None:
    outside = values(demo / "mask.nii.gz") == 0
    for subject in SUBJECTS:
        image = nib.load(demo / folder / f"{subject}.nii.gz")
        data = np.asanyarray(image.dataobj)
        assert image.shape == SHAPE
        assert data.dtype == np.float32
        np.testing.assert_array_equal(image.affine, AFFINE)
        assert np.isfinite(data).all()
        assert not data[outside].any()
        assert np.count_nonzero(data[~outside]) > 0.99 * np.count_nonzero(~outside)


def test_border_of_the_images_is_almost_all_background(demo: Path) -> None:
    """A mask computed from the background takes the values at the border for background."""
    mask = values(demo / "mask.nii.gz") > 0
    assert not any(np.take(mask, [0, -1], axis=axis).any() for axis in (0, 1))
    assert not mask[:, :, -1].any()
    assert mask[:, :, 0].mean() < 0.05  # cerebellum and brainstem leave the field of view


def test_anatomy_covers_the_brain_with_tissue_of_three_kinds(demo: Path) -> None:
    image = nib.load(demo / "anatomy.nii.gz")
    bright = np.asanyarray(image.dataobj)
    assert bright.dtype == np.uint8
    assert np.diag(image.affine).tolist() == [-2, 2, 2, 1]
    brain_in_litres = np.count_nonzero(bright) * 8e-6
    assert 1.2 < brain_in_litres < 1.8
    inside = bright[bright > 0]
    for low, high, least in ((10, 70, 0.05), (85, 125, 0.2), (165, 215, 0.2)):  # fluid, gray, white matter
        assert np.mean((inside >= low) & (inside <= high)) > least


def test_every_atlas_index_has_a_name_and_voxels(demo: Path) -> None:
    header, *lines = (demo / "atlas_dseg.tsv").read_text(encoding="utf-8").splitlines()
    assert header == "index\tname"
    indices = [int(line.split("\t")[0]) for line in lines]
    names = [line.split("\t")[1] for line in lines]
    assert len(set(names)) == len(names) >= 20
    regions = values(demo / "atlas_dseg.nii.gz")
    np.testing.assert_array_equal(np.unique(regions), [0, *indices])
    np.testing.assert_array_equal(regions > 0, values(demo / "mask.nii.gz") > 0)


def test_atlas_names_the_side_on_which_a_place_lies(demo: Path) -> None:
    rows = [line.split("\t") for line in (demo / "atlas_dseg.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    regions = values(demo / "atlas_dseg.nii.gz")
    for point, name in {
        (39, -21, 57): "Precentral, right",
        (-39, -21, 57): "Precentral, left",
        (-18, -54, -24): "Cerebellum, left",
        (0, -30, -39): "Brainstem",
    }.items():
        voxel = np.linalg.solve(np.array(AFFINE, dtype=float), [*point, 1])[:3].astype(int)
        assert rows[regions[tuple(voxel)] - 1][1] == name
