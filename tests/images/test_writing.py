"""Writing: the same bytes, whole or not at all."""

from __future__ import annotations

import os
import time

import nibabel
import numpy as np
import pytest

from glmspec.images.volumes import read_header, read_volume, read_volumes, write_volume, write_volumes

from .files import AFFINE, numbers


@pytest.mark.parametrize("name", ["z.nii", "z.nii.gz"])
def test_what_is_written_is_read(tmp_path, name):
    """Values, place and type, by us and by nibabel."""
    write_volume(tmp_path / name, numbers(), AFFINE)
    np.testing.assert_array_equal(read_volume(tmp_path / name), numbers())
    np.testing.assert_array_equal(read_header(tmp_path / name).grid.affine, AFFINE)
    image = nibabel.load(tmp_path / name)
    np.testing.assert_array_equal(np.asarray(image.dataobj), numbers())
    assert (image.header["sform_code"], image.header["qform_code"]) == (2, 2)
    np.testing.assert_allclose(image.get_qform(), AFFINE, atol=1e-5)
    assert image.header.get_xyzt_units()[0] == "mm"


@pytest.mark.parametrize("name", ["z.nii", "z.nii.gz"])
def test_the_same_bytes(tmp_path, name):
    """Under any name, at any time, whatever the memory order."""
    write_volume(tmp_path / name, numbers(), AFFINE)
    time.sleep(1.1)  # a gzip header counts seconds
    other = tmp_path / f"another-{name}"
    write_volume(other, np.asfortranarray(numbers()), AFFINE)
    assert (tmp_path / name).read_bytes() == other.read_bytes()


@pytest.mark.parametrize(("dtype", "stored"), [("float64", np.float64), ("uint8", np.uint8), ("int32", np.int32)])
def test_types(tmp_path, dtype, stored):
    """As asked, without scaling."""
    write_volume(tmp_path / "a.nii", numbers(dtype="float64"), AFFINE, dtype)
    header = read_header(tmp_path / "a.nii")
    assert (header.dtype, header.scaled) == (stored, False)
    np.testing.assert_array_equal(read_volume(tmp_path / "a.nii"), numbers())


def test_a_mask_is_written_as_small_integers(tmp_path):
    """Booleans become 0 and 1."""
    write_volume(tmp_path / "m.nii.gz", numbers() > 5, AFFINE, "uint8")
    np.testing.assert_array_equal(read_volume(tmp_path / "m.nii.gz"), numbers() > 5)


@pytest.mark.parametrize("bad", [np.nan, 300.0, -1.0])
def test_integers_are_never_wrapped(tmp_path, bad):
    """300 as uint8 would be 44."""
    volume = numbers()
    volume[0, 0, 0] = bad
    with pytest.raises(ValueError, match="uint8"):
        write_volume(tmp_path / "m.nii", volume, AFFINE, "uint8")
    assert list(tmp_path.iterdir()) == []


def test_a_sheared_affine_has_no_quaternion(tmp_path):
    """The sform says it all; a qform could not."""
    sheared = AFFINE.copy()
    sheared[0, 1] = 1.0
    write_volume(tmp_path / "s.nii", numbers(), sheared)
    image = nibabel.load(tmp_path / "s.nii")
    assert (image.header["sform_code"], image.header["qform_code"]) == (2, 0)
    np.testing.assert_array_equal(image.affine, sheared)


def test_an_existing_file_is_replaced(tmp_path):
    """And nothing temporary stays."""
    path = tmp_path / "a.nii.gz"
    path.write_bytes(b"old")
    write_volume(path, numbers(), AFFINE)
    np.testing.assert_array_equal(read_volume(path), numbers())
    assert list(tmp_path.iterdir()) == [path]


def test_never_through_a_link(tmp_path):
    """A planted link must not redirect a result."""
    target = tmp_path / "precious.txt"
    target.write_text("keep")
    (tmp_path / "a.nii").symlink_to(target)
    with pytest.raises(FileExistsError, match="symbolic link"):
        write_volume(tmp_path / "a.nii", numbers(), AFFINE)
    assert target.read_text() == "keep"


def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch):
    """The disk is full at the last moment: the old result stands, and no half of the new one."""
    path = tmp_path / "a.nii"
    write_volume(path, numbers(), AFFINE)
    before = path.read_bytes()

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_volume(path, numbers() + 1, AFFINE)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_volume_is_refused(tmp_path):
    """Another suffix, a stack, an object array, a flat affine."""
    with pytest.raises(ValueError, match="neither"):
        write_volume(tmp_path / "a.img", numbers(), AFFINE)
    with pytest.raises(ValueError, match="shape"):
        write_volume(tmp_path / "a.nii", numbers((2, 3, 4, 5)), AFFINE)
    with pytest.raises(ValueError, match="object"):
        write_volume(tmp_path / "a.nii", numbers(), AFFINE, "object")
    with pytest.raises(ValueError, match="singular"):
        write_volume(tmp_path / "a.nii", numbers(), np.diag([1.0, 1, 0, 1]))


def scans(number=5):
    """A few volumes that differ."""
    return [numbers() + scan for scan in range(number)]


@pytest.mark.parametrize("name", ["r.nii", "r.nii.gz"])
def test_scans_are_read_as_they_were_written(tmp_path, name):
    """Values, place, type and time, by us and by nibabel."""
    write_volumes(tmp_path / name, iter(scans()), AFFINE, number=5, repetition_time=2.5)
    header = read_header(tmp_path / name)
    assert (header.volumes, header.repetition_time, header.dtype, header.scaled) == (5, 2.5, np.int16, False)
    np.testing.assert_array_equal(header.grid.affine, AFFINE)
    np.testing.assert_array_equal(np.stack([*read_volumes(tmp_path / name)]), np.stack(scans()))
    image = nibabel.load(tmp_path / name)
    np.testing.assert_array_equal(np.asarray(image.dataobj), np.stack(scans(), axis=-1))
    np.testing.assert_allclose(image.header.get_zooms(), (*nibabel.affines.voxel_sizes(AFFINE), 2.5))
    assert image.header.get_xyzt_units() == ("mm", "sec")
    assert (image.header["sform_code"], image.header["qform_code"]) == (2, 2)


def test_scans_have_the_bytes_that_nibabel_gives(tmp_path):
    """The header that is made before the data is the one that nibabel makes with them."""
    write_volumes(tmp_path / "r.nii", scans(3), AFFINE, number=3, repetition_time=0.8)
    image = nibabel.load(tmp_path / "r.nii")
    assert image.to_bytes() == (tmp_path / "r.nii").read_bytes()


def test_scans_have_the_same_bytes_whatever_their_memory_order(tmp_path):
    write_volumes(tmp_path / "a.nii.gz", scans(), AFFINE, number=5, repetition_time=2.0)
    others = [np.asfortranarray(scan) for scan in scans()]
    write_volumes(tmp_path / "b.nii.gz", others, AFFINE, number=5, repetition_time=2.0)
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()


@pytest.mark.parametrize(
    ("volumes", "changed", "message"),
    [
        ([], {}, "no volume"),
        (scans(4), {}, "4 volumes came where 5"),
        (scans(6), {}, "6 volumes came where 5"),
        ([*scans(4), numbers((2, 2, 2))], {}, "volume 5 has the shape"),
        (scans(), {"repetition_time": 0.0}, "positive number of seconds"),
        (scans(), {"dtype": "int8"}, "is not written as int8"),
        ([*scans(4), numbers() * np.nan], {}, "int16 cannot"),
    ],
)
def test_a_run_that_is_not_what_was_announced_leaves_no_file(tmp_path, volumes, changed, message):
    with pytest.raises(ValueError, match=message):
        write_volumes(tmp_path / "r.nii.gz", volumes, AFFINE, **{"number": 5, "repetition_time": 2.0, **changed})
    assert list(tmp_path.iterdir()) == []
