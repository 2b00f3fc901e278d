"""An array of an .npz, believed only as far as sizes allow and never unpickled."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from glmspec.errors import DocPath, InputError, Problem
from glmspec.plan.designs import Floats
from glmspec.plan.runs.words import quoted
from glmspec.spec.problems import suggestion

MOST_BYTES = 1 << 30
"""Of all arrays of a file, uncompressed: a bomb declares more."""

MOST_ARRAY_BYTES = 1 << 27
"""Of one matrix: 10,000 scans of 1,000 columns are 80 MB."""

NUMBERS = "biuf"
"""Kinds of numpy types that hold real numbers."""

_HEADERS: dict[tuple[int, int], Any] = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz(path: Path, name: str, array: str | None, origin: DocPath) -> Floats:
    """An array of a file as doubles; ``array`` may be left out where there is one only.

    Raises
    ------
    InputError
        E323.
    """
    with _blamed(name, origin), zipfile.ZipFile(path) as archive:
        members = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}
        if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
            raise _wrong(f"`{name}` declares more than {MOST_BYTES >> 30} GB", origin)
        member = members[_meant(name, array, list(members), origin)]
        shown = member.filename.removesuffix(".npy")
        if member.file_size > MOST_ARRAY_BYTES:
            raise _wrong(f"the array `{shown}` of `{name}` is larger than {MOST_ARRAY_BYTES >> 20} MB", origin)
        with archive.open(member) as file:
            _check_header(file, member.file_size, shown, name, origin)
        with archive.open(member) as file:
            return np.asarray(npy.read_array(file, allow_pickle=False), dtype=np.float64)


def _meant(name: str, array: str | None, known: list[str], origin: DocPath) -> str:
    """The array that is named, or the only one."""
    if array is None:
        if len(known) == 1:
            return known[0]
        message = f"`{name}` holds {len(known)} arrays: {quoted(known)}" if known else f"`{name}` holds no array"
        raise _wrong(message, origin, "say which with `array`" if known else "")
    if array not in known:
        hint = suggestion(array, known, "arrays")
        raise _wrong(f"`{name}` has no array `{array}`", (*origin[:-1], "array"), hint)
    return array


def _check_header(file: IO[bytes], size: int, array: str, name: str, origin: DocPath) -> None:
    """Type and shape against the size, before anything of that shape is allocated."""
    version = npy.read_magic(file)
    if version not in _HEADERS:
        raise ValueError("its version is not known")
    shape, _, dtype = _HEADERS[version](file)
    if dtype.hasobject:
        hint = "Python objects could run code when they are read: save the matrix as an array of numbers"
        raise _wrong(f"the array `{array}` of `{name}` holds Python objects", origin, hint)
    if dtype.kind not in NUMBERS:
        raise _wrong(f"the array `{array}` of `{name}` holds no real numbers, but {dtype}", origin)
    if math.prod(shape) * dtype.itemsize != size - file.tell():
        raise ValueError("its size is not that of its shape")


@contextmanager
def _blamed(name: str, origin: DocPath) -> Iterator[None]:
    """Whatever a damaged file makes zipfile and numpy raise, in one sentence."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        hint = "numpy.savez writes such files"
        raise _wrong(f"`{name}` cannot be read as an .npz file", origin, hint) from error


def _wrong(message: str, origin: DocPath, hint: str = "") -> InputError:
    return InputError((Problem("E323", message, origin, hint=hint),))
