"""Files from a stranger: each attack is refused with a code, before memory is spent on it."""

from __future__ import annotations

import gzip
import resource
import tracemalloc

import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header

from glmspec.errors import InputError
from glmspec.images.volumes import read_header, read_volume, read_volumes

from .files import AFFINE, header, image, numbers, saved

SMALL = 2**21
"""Bytes that refusing a file may take: two megabytes, for an image that claims gigabytes."""


def refused(path, code, words, read=read_volume, **options):
    """The one problem of a refusal; it took little memory."""
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=words) as caught:
            read(path, **options)
        assert tracemalloc.get_traced_memory()[1] < SMALL
    finally:
        tracemalloc.stop()
    (problem,) = caught.value.problems
    assert problem.code == code
    assert caught.value.exit_code == 3
    return problem


@pytest.mark.parametrize("name", ["map.nii", "map.nii.gz"])
@pytest.mark.parametrize("read", [read_header, read_volume])
def test_a_few_bytes_that_ask_for_gigabytes(tmp_path, name, read):
    """The declared size is held against the file's, already when only the header is read."""
    content = header((1300, 1300, 1300), "float64").binaryblock + bytes(25)
    code = "E302" if name.endswith("gz") else "E305"
    refused(saved(tmp_path, content, name), code, "declare", read)


def test_more_than_the_budget(tmp_path):
    """An honest file can still be too large to hold."""
    path = saved(tmp_path, image(numbers((20, 20, 20))))
    refused(path, "E302", "bytes of memory", budget=50_000)
    assert read_volume(path, budget=100_000).shape == (20, 20, 20)


def test_a_bomb_expands_no_further_than_declared(tmp_path):
    """A small image in front of a hundred megabytes of zeros."""
    path = saved(tmp_path, image(numbers()) + bytes(100_000_000), "bomb.nii.gz")
    assert path.stat().st_size < 200_000
    refused(path, "E302", "more than the 448 bytes")


def test_a_bomb_in_the_header_extension(tmp_path):
    """Data said to begin after fifty megabytes of zeros: passed over in small pieces."""
    content = header(vox_offset=50_000_000).binaryblock.ljust(50_000_000, b"\0") + numbers().tobytes(order="F")
    tracemalloc.start()
    np.testing.assert_array_equal(read_volume(saved(tmp_path, content, "far.nii.gz")), numbers())
    assert tracemalloc.get_traced_memory()[1] < 2 * SMALL
    tracemalloc.stop()


@pytest.mark.parametrize("keep", [0, 5, 100, 347])
def test_a_header_cut_off(tmp_path, keep):
    """Fewer bytes than a header has."""
    refused(saved(tmp_path, image(numbers())[:keep]), "E301", "does not begin with a NIfTI header")


@pytest.mark.parametrize("cut", [1, 4, 20, 95])
def test_truncated(tmp_path, cut):
    """Plain and compressed: the last voxels are missing."""
    refused(saved(tmp_path, image(numbers())[:-cut]), "E305", "ends early")
    refused(saved(tmp_path, image(numbers())[:-cut], "short.nii.gz"), "E305", "it ends before")


@pytest.mark.parametrize("cut", [1, 8, 9, 60])
def test_truncated_gzip(tmp_path, cut):
    """The stream itself is cut, even if only in its checksum."""
    path = saved(tmp_path, image(np.random.default_rng(0).normal(size=(5, 5, 5))), "cut.nii.gz")
    path.write_bytes(path.read_bytes()[:-cut])
    refused(path, "E305", "damaged or cut off")


def test_damaged_gzip(tmp_path):
    """One bit in the middle: a wrong number would pass, the checksum does not."""
    path = saved(tmp_path, image(np.random.default_rng(0).normal(size=(9, 9, 9))), "bit.nii.gz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    refused(path, "E305", "damaged")
    path.write_bytes(content[:2] + bytes(30))
    refused(path, "E305", "damaged", read_header)


def test_a_flipped_bit_is_never_a_wrong_number(tmp_path):
    """Anywhere in the stream, its own header aside: told, or without consequence."""
    values = np.random.default_rng(0).normal(size=(5, 5, 5))
    path = saved(tmp_path, image(values), "bits.nii.gz")
    content = path.read_bytes()
    told = 0
    places = range(10, len(content), 5)
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            np.testing.assert_array_equal(read_volume(path), values)
        except InputError:
            told += 1
    assert told > 0.98 * len(places)


def test_a_truncated_stack(tmp_path):
    """The volumes that are there are read, the loss is not silent."""
    content = image(numbers((2, 3, 4, 5)))[:-10]
    path = saved(tmp_path, content, "stack.nii.gz")
    assert read_volume(path, 3).shape == (2, 3, 4)
    refused(path, "E305", "it ends before", index=4)
    with pytest.raises(InputError, match="it ends before"):
        list(read_volumes(path))


@pytest.mark.parametrize("name", ["map.nii", "map.nii.gz"])
def test_trailing_bytes(tmp_path, name):
    """Something after the data: the shape is wrong, or two files were joined."""
    refused(saved(tmp_path, image(numbers()) + b"more", name), "E302", "declare")


def test_trailing_garbage_after_a_gzip_stream(tmp_path):
    """What follows is no gzip member."""
    path = saved(tmp_path, image(numbers()), "tail.nii.gz")
    path.write_bytes(path.read_bytes() + b"garbage")
    refused(path, "E305", "damaged")


def test_a_second_gzip_member_is_data_too(tmp_path):
    """A stream may be written in parts; a part too many is too many bytes."""
    content = image(numbers())
    path = tmp_path / "parts.nii.gz"
    path.write_bytes(gzip.compress(content[:400]) + gzip.compress(content[400:]))
    np.testing.assert_array_equal(read_volume(path), numbers())
    path.write_bytes(gzip.compress(content) + gzip.compress(content))
    refused(path, "E302", "more than")


@pytest.mark.parametrize(
    "dim",
    [
        [3, 0, 3, 4, 1, 1, 1, 1],
        [3, 2, -3, 4, 1, 1, 1, 1],
        [0, 2, 3, 4, 1, 1, 1, 1],
        [8, 2, 3, 4, 1, 1, 1, 1],
        [-1, 2, 3, 4, 1, 1, 1, 1],
        [4, 2, 3, 4, 0, 1, 1, 1],
    ],
)
def test_impossible_dimensions(tmp_path, dim):
    """None, negative, or more axes than there are."""
    refused(saved(tmp_path, image(numbers(), dim=dim)), "E302", "impossible shape", read_header)


@pytest.mark.parametrize("side", [2**31, 2**62, -(2**62)])
def test_absurd_dimensions_of_nifti_2(tmp_path, side):
    """64-bit sides must not overflow into a small product."""
    content = image(numbers(), form=Nifti2Header, dim=[3, side, 4, 4, 1, 1, 1, 1])
    refused(saved(tmp_path, content), "E302", "impossible shape", read_header)


def test_an_absurd_number_of_volumes(tmp_path):
    """The product is a Python integer and is compared as one."""
    content = image(numbers(), form=Nifti2Header, dim=[4, 2, 3, 4, 2**62, 1, 1, 1])
    for name, code in (("many.nii", "E305"), ("many.nii.gz", "E302")):
        refused(saved(tmp_path, content, name), code, "declare", read_header)


@pytest.mark.parametrize("shape", [(6,), (2, 3), (2, 3, 4, 5, 6), (2, 3, 4, 1, 3)])
def test_other_numbers_of_axes(tmp_path, shape):
    """A vector at each voxel is not a map."""
    refused(saved(tmp_path, image(numbers(shape))), "E304", "three axes", read_header)


@pytest.mark.parametrize("offset", [0, 100, 351, -352, 352.5, np.nan, np.inf])
def test_an_offset_that_lies(tmp_path, offset):
    """Data inside the header, between bytes, or nowhere."""
    refused(saved(tmp_path, image(numbers(), vox_offset=offset)), "E302", "data begin at", read_header)


def test_an_offset_beyond_the_file(tmp_path):
    """Plain: the size does not fit. Compressed: it ends on the way."""
    content = image(numbers(), vox_offset=10_000)
    refused(saved(tmp_path, content), "E305", "ends early", read_header)
    refused(saved(tmp_path, content, "far.nii.gz"), "E305", "it ends before")


def singular():
    flat = AFFINE.copy()
    flat[:, 2] = flat[:, 1]
    return flat


@pytest.mark.parametrize(
    ("affine", "words"),
    [
        (np.diag([3.0, 0, 3, 1]), "singular"),
        (singular(), "singular"),
        (np.diag([3.0, np.nan, 3, 1]), "not finite"),
        (np.diag([3.0, np.inf, 3, 1]), "not finite"),
    ],
    ids=["zero", "flat", "nan", "infinite"],
)
def test_unusable_affines(tmp_path, affine, words):
    """They would put all voxels of a plane at one place, or nowhere."""
    fields = {f"srow_{axis}": affine[index] for index, axis in enumerate("xyz")}
    problem = refused(saved(tmp_path, image(numbers(), **fields)), "E303", words, read_header)
    assert "sform" in problem.hint


def test_a_quaternion_that_is_none(tmp_path):
    """Its parts are longer than one."""
    fields = {"sform_code": 0, "qform_code": 1, "quatern_b": 3, "quatern_c": 3, "quatern_d": 3}
    refused(saved(tmp_path, image(numbers(), **fields)), "E303", "quaternion", read_header)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_numbers(tmp_path, dtype):
    """A statistic is real."""
    refused(saved(tmp_path, image(numbers(dtype=dtype))), "E304", "complex", read_header)


@pytest.mark.parametrize(
    ("code", "bits", "words"), [(128, 24, "RGB"), (2304, 32, "RGBA"), (1536, 128, "float128"), (1, 1, "binary")]
)
def test_other_types(tmp_path, code, bits, words):
    """Colours, 16-byte floats and single bits."""
    content = image(numbers(), datatype=code, bitpix=bits)
    refused(saved(tmp_path, content), "E304", words, read_header)


def test_unknown_types(tmp_path):
    """A code that no standard has."""
    refused(saved(tmp_path, image(numbers(), datatype=77)), "E304", "code 77", read_header)


@pytest.mark.parametrize(("slope", "intercept"), [(np.inf, 0), (2, np.nan), (2, np.inf)])
def test_scaling_that_is_none(tmp_path, slope, intercept):
    """Every voxel would be NaN or infinite."""
    content = image(numbers(), scl_slope=slope, scl_inter=intercept)
    refused(saved(tmp_path, content), "E302", "scales", read_header)


@pytest.mark.parametrize("content", [b"", b"\x80\x04\x95", b"PK\x03\x04" * 200, b"<html>" * 100])
def test_other_files_by_that_name(tmp_path, content):
    """Nothing, a pickle, a zip archive, a web page: looked at, never executed."""
    refused(saved(tmp_path, content), "E301", "NIfTI header")


def test_a_pair_is_refused(tmp_path):
    """A header whose data are elsewhere."""
    refused(saved(tmp_path, image(numbers(), magic=b"ni1")), "E301", "magic", read_header)


def test_an_analyze_header_is_refused(tmp_path):
    """It has no magic number, and no idea of left and right."""
    refused(saved(tmp_path, image(numbers(), magic=b"")), "E301", "magic", read_header)


def test_cifti_is_not_there_yet(tmp_path):
    """A NIfTI-2 file, but without voxels."""
    content = image(numbers(), form=Nifti2Header, intent_code=3006)
    refused(saved(tmp_path, content, "a.dscalar.nii"), "E304", "CIFTI and GIFTI are not there yet", read_header)


@pytest.mark.parametrize("name", ["lh.func.gii", "map.img", "map.mgz", "map.npy", "map"])
def test_other_suffixes(tmp_path, name):
    """Refused by name, whatever is inside."""
    problem = refused(saved(tmp_path, image(numbers()), name), "E301", "not read", read_header)
    assert "convert" in problem.hint


def test_gifti_is_named(tmp_path):
    """So that a user knows it is not their mistake."""
    refused(saved(tmp_path, b"", "lh.func.gii"), "E301", "GIFTI surfaces are not there yet", read_header)


def test_a_missing_file(tmp_path):
    """And a folder by the name of an image."""
    refused(tmp_path / "none.nii", "E301", "No such file", read_header)
    (tmp_path / "folder.nii").mkdir()
    refused(tmp_path / "folder.nii", "E301", "cannot be opened", read_header)


def test_noise_never_escapes_as_another_error(tmp_path):
    """Two thousand headers with bytes changed at random: read, or refused as one problem."""
    rng = np.random.default_rng(26)
    honest = image(numbers(), form=Nifti1Header)
    path = tmp_path / "noise.nii"
    outcomes = {"read": 0, "refused": 0}
    for _ in range(2000):
        content = bytearray(honest)
        for place in rng.integers(4, 348, rng.integers(1, 12)):
            content[place] = rng.integers(256)
        path.write_bytes(content)
        try:
            read_volume(path)
            outcomes["read"] += 1
        except InputError as error:
            assert len(error.problems) == 1
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 100
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4 * 2**20  # kB: nothing gigantic was ever allocated
