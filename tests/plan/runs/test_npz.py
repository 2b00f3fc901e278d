"""Arrays from strangers: sizes before bytes, and never a pickle."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from glmspec.errors import InputError
from glmspec.plan.runs import npz
from glmspec.plan.runs.npz import read_npz

ORIGIN = ("inputs", "runs", 0, "design", "file")
HERE = "[E323] at inputs.runs[0].design.file: "
MATRIX = np.arange(12.0).reshape(4, 3)


def read(path: Path, array: str | None = "X"):
    return read_npz(path, path.name, array, ORIGIN)


def refusal(path: Path, array: str | None = "X") -> str:
    with pytest.raises(InputError) as caught:
        read(path, array)
    return str(caught.value)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", ["float64", "float32", ">f4", "int16", "uint8", "bool"])
def test_arrays_of_numbers_become_doubles(tmp_path, save, dtype):
    save(tmp_path / "x.npz", X=np.asfortranarray(MATRIX.astype(dtype)), other=MATRIX)
    found = read(tmp_path / "x.npz")
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, MATRIX.astype(dtype))


def test_the_only_array_needs_no_name(tmp_path):
    np.savez(tmp_path / "x.npz", anything=MATRIX)
    np.testing.assert_array_equal(read(tmp_path / "x.npz", None), MATRIX)


def test_several_arrays_need_a_name(tmp_path):
    np.savez(tmp_path / "x.npz", a=MATRIX, b=MATRIX)
    assert refusal(tmp_path / "x.npz", None) == f"{HERE}`x.npz` holds 2 arrays: `a`, `b`; say which with `array`"


def test_a_file_without_arrays(tmp_path):
    np.savez(tmp_path / "x.npz")
    assert refusal(tmp_path / "x.npz", None) == f"{HERE}`x.npz` holds no array"


def test_a_misspelt_array(tmp_path):
    np.savez(tmp_path / "x.npz", design=MATRIX)
    assert refusal(tmp_path / "x.npz", "desing") == (
        "[E323] at inputs.runs[0].design.array: `x.npz` has no array `desing`; did you mean `design`? arrays: design"
    )


def test_python_objects_are_never_read(tmp_path):
    """A pickle that would leave a file behind if it were."""

    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    np.savez(tmp_path / "x.npz", X=np.array([[Trap()]], dtype=object))
    assert refusal(tmp_path / "x.npz") == (
        f"{HERE}the array `X` of `x.npz` holds Python objects; "
        "Python objects could run code when they are read: save the matrix as an array of numbers"
    )
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("dtype", ["complex128", "U3", "M8[s]"])
def test_arrays_of_anything_else(tmp_path, dtype):
    array = np.zeros((2, 2), dtype=dtype)
    np.savez(tmp_path / "x.npz", X=array)
    assert refusal(tmp_path / "x.npz") == f"{HERE}the array `X` of `x.npz` holds no real numbers, but {array.dtype}"


UNREADABLE = f"{HERE}`x.npz` cannot be read as an .npz file; numpy.savez writes such files"


def zipped(path: Path, content: bytes, name: str = "X.npy") -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)


def npy_bytes(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_a_header_that_asks_for_more_than_there_is_allocates_nothing(tmp_path):
    """A shape of 960 GB in a file of some bytes."""
    plain = npy_bytes(MATRIX)
    lying = plain.replace(b"(4, 3), }" + 10 * b" ", b"(4, 30000000000), }")
    assert len(lying) == len(plain)
    assert lying != plain
    zipped(tmp_path / "x.npz", lying)
    assert refusal(tmp_path / "x.npz") == UNREADABLE


@pytest.mark.parametrize(
    "content",
    [b"", b"no array at all", npy_bytes(MATRIX)[:-8], npy_bytes(MATRIX)[:20], b"\x93NUMPY\x09\x00" + bytes(60)],
    ids=["empty", "text", "cut short", "cut in its header", "of an unknown version"],
)
def test_members_that_are_no_arrays(tmp_path, content):
    zipped(tmp_path / "x.npz", content)
    assert refusal(tmp_path / "x.npz") == UNREADABLE


def test_files_that_are_no_archives(tmp_path):
    whole = io.BytesIO()
    np.savez_compressed(whole, X=MATRIX)
    for content in (b"", b"text", whole.getvalue()[:80], whole.getvalue()[:-40], b"PK" + whole.getvalue()[2:50]):
        (tmp_path / "x.npz").write_bytes(content)
        assert refusal(tmp_path / "x.npz") == UNREADABLE


def test_a_damaged_array_fails_its_checksum(tmp_path):
    np.savez(tmp_path / "x.npz", X=MATRIX)
    content = bytearray((tmp_path / "x.npz").read_bytes())
    place = content.find(MATRIX.tobytes())
    content[place] ^= 0xFF
    (tmp_path / "x.npz").write_bytes(content)
    assert refusal(tmp_path / "x.npz") == UNREADABLE


def test_sizes_are_judged_before_anything_is_read(tmp_path, monkeypatch):
    np.savez(tmp_path / "x.npz", X=MATRIX, other=MATRIX)
    monkeypatch.setattr(npz, "MOST_ARRAY_BYTES", 1 << 7)
    assert refusal(tmp_path / "x.npz") == f"{HERE}the array `X` of `x.npz` is larger than 0 MB"
    monkeypatch.setattr(npz, "MOST_BYTES", 1 << 8)
    assert refusal(tmp_path / "x.npz") == f"{HERE}`x.npz` declares more than 0 GB"


def test_a_bomb_is_not_unpacked(tmp_path):
    """A gigabyte of zeros in a megabyte: refused by what the archive declares."""
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive, archive.open("X.npy", "w") as file:
        for _ in range(1 + (npz.MOST_ARRAY_BYTES >> 20)):
            file.write(bytes(1 << 20))
    assert refusal(tmp_path / "x.npz") == f"{HERE}the array `X` of `x.npz` is larger than 128 MB"
