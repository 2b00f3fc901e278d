"""Volumes out of NIfTI files and into them.

Reading trusts nothing: see :mod:`glmspec.images.header` for what is checked before a byte is allocated. Writing
gives the same bytes for the same numbers, and a file that is either whole or absent.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from nibabel.nifti1 import Nifti1Image
from numpy.typing import NDArray

from glmspec.errors import wrong_input
from glmspec.images.geometry import unusable, voxel_sizes
from glmspec.images.header import Header, damaged, read_header
from glmspec.images.packing import DAMAGE, packing, unpacking
from glmspec.temporary import beside

__all__ = [
    "BYTE_BUDGET",
    "Header",
    "Volume",
    "read_header",
    "read_volume",
    "read_volumes",
    "write_volume",
    "write_volumes",
]

Volume = NDArray[Any]
"""float32 or float64, (X, Y, Z), C-contiguous where nothing else is said."""

Order = Literal["C", "F"]

BYTE_BUDGET = 4 * 2**30
"""Largest volume, in bytes of memory, that is read unless the caller allows more: some 350 million voxels."""

CHUNK = 2**20
"""Bytes that are decompressed at a time where volumes are skipped."""

ALIGNED = 2
"""sform and qform code of what is written: aligned to another scan. Which template that is, a header cannot prove."""

IMAGE: Any = Nifti1Image
"""nibabel has no types of its own."""

WRITTEN_TYPES = {np.dtype(name) for name in ("uint8", "int16", "int32", "float32", "float64")}


def read_volume(
    path: Path,
    index: int | None = None,
    *,
    name: str | None = None,
    budget: int = BYTE_BUDGET,
    order: Order = "C",
    header: Header | None = None,
) -> Volume:
    """One volume of an image.

    Parameters
    ----------
    path : Path
    index : int, optional
        Which volume of a 4D image, from 0. Without it the image must hold one.
    name : str, optional
        What the document calls the file, for messages.
    budget : int
        Most bytes of memory for the volume.
    order : {"C", "F"}
        In memory. Files have the first axis contiguous, F: so there is nothing to be moved.
    header : Header, optional
        The file's, if it was read before.

    Returns
    -------
    (X, Y, Z)
        Contiguous in that order and the caller's own. float32 where the file stores unscaled float32; everything else
        becomes float64, with slope and intercept applied. NaN and infinity are passed on.

    Raises
    ------
    InputError
        For a file that cannot be read, lies or is damaged (see :mod:`glmspec.images.header`), or that holds several
        volumes or not as many as ``index`` needs.
    """
    header = header or read_header(path, name=name)
    _check_budget(header, budget)
    with _stream(path, header) as stream:
        wanted = _wanted(header, index)
        _skip(stream, header.offset + wanted * header.volume_bytes, header)
        values = _next_volume(stream, header, order)
        if wanted == header.volumes - 1:
            _check_end(stream, header)
    return values


def read_volumes(path: Path, *, name: str | None = None, budget: int = BYTE_BUDGET) -> Iterator[Volume]:
    """The volumes of an image, in order and one at a time, in a single pass; otherwise as :func:`read_volume`."""
    header = read_header(path, name=name)
    _check_budget(header, budget)
    with _stream(path, header) as stream:
        _skip(stream, header.offset, header)
        for _ in range(header.volumes):
            yield _next_volume(stream, header)
        _check_end(stream, header)


def _check_budget(header: Header, budget: int) -> None:
    needed = math.prod(header.grid.shape) * (8 + header.dtype.itemsize)
    if needed > budget:
        message = f"{header.name} needs {needed:,} bytes of memory a volume; {budget:,} are allowed"
        raise wrong_input("E302", message, hint="check its shape, or resample it")


def _wanted(header: Header, index: int | None) -> int:
    if index is None and header.volumes == 1:
        return 0
    if index is None:
        message = f"{header.name} holds {header.volumes} volumes where one map is expected"
        raise wrong_input("E304", message, hint="name it as a stack, or split it into one file a map")
    if not 0 <= index < header.volumes:
        message = f"{header.name} holds {header.volumes} volumes; number {index + 1} was asked for"
        raise wrong_input("E302", message)
    return index


@contextmanager
def _stream(path: Path, header: Header) -> Iterator[IO[bytes]]:
    """The uncompressed bytes; damage shows as E305 wherever it is met."""
    try:
        with path.open("rb") as file:
            if not header.compressed:
                yield file
                return
            with unpacking(file) as stream:
                yield stream
    except DAMAGE as error:
        raise damaged(header.name, "its data are damaged or cut off") from error


def _skip(stream: IO[bytes], count: int, header: Header) -> None:
    """Pass over bytes: at once where the file allows it, else by decompressing a little at a time."""
    if not header.compressed:
        stream.seek(count)
        return
    while count:
        passed = len(stream.read(min(count, CHUNK)))
        if not passed:
            raise damaged(header.name, "it ends before the data that its header declares")
        count -= passed


def _next_volume(stream: IO[bytes], header: Header, order: Order = "C") -> Volume:
    stored = np.empty(math.prod(header.grid.shape), dtype=header.dtype)
    rest = memoryview(stored.view(np.uint8).data)  # never more than was declared, however much a bomb would give
    while len(rest):
        count = stream.readinto(rest)  # type: ignore[attr-defined]
        if not count:
            raise damaged(header.name, "it ends before the data that its header declares")
        rest = rest[count:]
    single = header.dtype.kind == "f" and header.dtype.itemsize == 4 and not header.scaled
    kind = np.dtype(np.float32 if single else np.float64)
    values: Volume = stored.reshape(header.grid.shape, order="F").astype(kind, order=order, copy=False)
    if header.scaled:
        values *= header.slope
        values += header.intercept
    return values


def _check_end(stream: IO[bytes], header: Header) -> None:
    """Nothing may follow the last volume; in a gzip stream, asking also verifies the checksum."""
    if stream.read(1):
        message = f"{header.name} holds more than the {header.end:,} bytes that its header declares"
        raise wrong_input("E302", message, hint="the header is wrong, or two files were joined: write it again")


def write_volume(path: Path, volume: NDArray[Any], affine: NDArray[np.float64], dtype: str = "float32") -> None:
    """Write one volume as NIfTI-1.

    Parameters
    ----------
    path : Path
        Ends in .nii or .nii.gz. An existing file is replaced; a symbolic link is refused.
    volume : (X, Y, Z)
    affine : (4, 4)
        Goes into the sform and, if it has no shear, into the qform; both have code 2, "aligned".
    dtype : {"float32", "float64", "uint8", "int16", "int32"}
        As stored, without slope and intercept. What float32 cannot hold (3.4e38) becomes infinite.

    Raises
    ------
    ValueError
        If the suffix, the shape, the affine or the type is not one of those, or values do not fit an integer type.
    FileExistsError
        If ``path`` is a symbolic link: results are never written through one.

    Notes
    -----
    The same volume gives the same bytes: the gzip header has neither name nor time. The file is written under a
    temporary name in the same folder and then renamed, so that a killed run leaves no half of it.
    """
    content = _image_bytes(volume, affine, np.dtype(dtype))
    with _new_file(path) as file:
        file.write(content)


def write_volumes(
    path: Path,
    volumes: Iterable[NDArray[Any]],
    affine: NDArray[np.float64],
    *,
    number: int,
    repetition_time: float,
    dtype: str = "int16",
) -> None:
    """Write scans as one 4D NIfTI-1 image, holding one of them at a time; otherwise as :func:`write_volume`.

    Parameters
    ----------
    path : Path
    volumes : iterable of (X, Y, Z)
        All of one shape, in order.
    affine : (4, 4)
    number : int
        How many volumes there are, 1 or more: the header says so before the first is seen.
    repetition_time : float
        Seconds between them.
    dtype : str
        As stored; as in :func:`write_volume`.

    Raises
    ------
    ValueError
        As in :func:`write_volume`, or if there are not ``number`` volumes or they differ in shape.
    FileExistsError
        If ``path`` is a symbolic link.
    """
    stored, upcoming = np.dtype(dtype), iter(volumes)
    first = next(upcoming, None)
    if first is None:
        raise ValueError("there is no volume to write")
    header = _header_bytes(first.shape, affine, stored, number, repetition_time)
    written = 0
    with _new_file(path) as file:
        file.write(header)
        for written, volume in enumerate(chain([first], upcoming), start=1):
            if volume.shape != first.shape:
                raise ValueError(f"volume {written} has the shape {volume.shape}, the first {first.shape}")
            file.write(_stored(volume, stored).tobytes(order="F"))
        if written != number:
            raise ValueError(f"{written} volumes came where {number} were announced")


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file under a temporary name, compressed if its name says so, that takes its own name once it is whole."""
    if not path.name.endswith((".nii", ".nii.gz")):
        raise ValueError(f"{path.name} ends neither in .nii nor in .nii.gz")
    if path.is_symlink():
        raise FileExistsError(f"{path.name} is a symbolic link; results are not written through links")
    temporary = beside(path)
    try:
        with temporary.open("xb") as file:
            if not path.name.endswith(".gz"):
                yield file
            else:
                with packing(file) as stream:
                    yield stream
        os.replace(temporary, path)  # noqa: PTH105 - the atomic rename is the point
    finally:
        temporary.unlink(missing_ok=True)


def _image_bytes(volume: NDArray[Any], affine: NDArray[np.float64], dtype: np.dtype[Any]) -> bytes:
    _check_kind(volume.shape, affine, dtype)
    header = _map_header(volume.shape, np.asarray(affine, dtype=np.float64).tobytes(), dtype)
    return header + _stored(volume, dtype).tobytes(order="F")


@lru_cache
def _map_header(shape: tuple[int, ...], affine: bytes, dtype: np.dtype[Any]) -> bytes:
    """All that stands before the data of one volume: made once for all maps of an analysis."""
    empty = np.broadcast_to(np.zeros((), dtype), shape)
    image = _placed(empty, np.frombuffer(affine).reshape(4, 4))
    return _before_data(image.header)


def _header_bytes(
    shape: tuple[int, ...], affine: NDArray[np.float64], dtype: np.dtype[Any], number: int, repetition_time: float
) -> bytes:
    """All that stands before the data of a 4D image."""
    _check_kind(shape, affine, dtype)
    if not (repetition_time > 0 and math.isfinite(repetition_time)):
        raise ValueError(f"a repetition time is a positive number of seconds, not {repetition_time}")
    header = _placed(np.broadcast_to(np.zeros((), dtype), (*shape, number)), affine).header
    header.set_zooms((*header.get_zooms()[:3], repetition_time))
    header.set_xyzt_units("mm", "sec")
    return _before_data(header)


def _before_data(header: Any) -> bytes:
    header.set_slope_inter(1.0, 0.0)
    header.set_data_offset(header.single_vox_offset)
    return bytes(header.binaryblock).ljust(header.single_vox_offset, b"\0")


def _check_kind(shape: tuple[int, ...], affine: NDArray[np.float64], dtype: np.dtype[Any]) -> None:
    if len(shape) != 3 or dtype not in WRITTEN_TYPES:
        raise ValueError(f"a volume of shape {shape} is not written as {dtype}")
    if reason := unusable(affine):
        raise ValueError(f"the volume cannot be placed in space: {reason}")


def _placed(values: NDArray[Any], affine: NDArray[np.float64]) -> Any:
    """An image of values as they are stored."""
    image = IMAGE(values, affine)
    image.set_sform(affine, code=ALIGNED)
    axes = affine[:3, :3] / voxel_sizes(affine)
    straight = np.allclose(axes.T @ axes, np.eye(3), atol=1e-6)  # a quaternion cannot say a shear
    image.set_qform(affine if straight else None, code=ALIGNED if straight else 0)
    image.header.set_xyzt_units("mm")
    return image


def _stored(volume: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return np.asarray(volume, dtype=dtype)
    limits = np.iinfo(dtype)
    if not (np.isfinite(volume).all() and limits.min <= volume.min() and volume.max() <= limits.max):
        raise ValueError(f"the volume holds values that {dtype} cannot")
    return np.asarray(np.rint(volume), dtype=dtype)
