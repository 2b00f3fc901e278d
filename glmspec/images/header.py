"""What a NIfTI file says it holds, believed only as far as its size allows.

The header is read and checked before anything is allocated. A file in the form of NIfTI-1 or NIfTI-2, compressed
or not as its own first bytes say, is refused with an :class:`~glmspec.errors.InputError` of one problem:

    E301  it cannot be read as a NIfTI image
    E302  its header contradicts itself or the file's size
    E303  its affine cannot place voxels
    E304  it holds something that is not a map of numbers
    E305  it ends too early or is damaged
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header

from glmspec.errors import InputError, wrong_input
from glmspec.images import fields
from glmspec.images.geometry import Grid
from glmspec.images.packing import DAMAGE, beginning

GZIP_MAGIC = b"\x1f\x8b"

MOST_EXPANSION = 1032
"""Deflate cannot expand a byte beyond 1032 (zlib, technical details): a header that claims more is lying."""

FORMS: tuple[Any, ...] = (Nifti1Header, Nifti2Header)
ORDERS: dict[Literal["little", "big"], str] = {"little": "<", "big": ">"}

OTHER_IMAGES = {".gii": "GIFTI surfaces", ".mgz": "FreeSurfer volumes", ".mgh": "FreeSurfer volumes"}
OTHER_IMAGES |= {".img": "pairs of .hdr and .img", ".hdr": "pairs of .hdr and .img", ".head": "AFNI volumes"}


@dataclass(frozen=True, eq=False)
class Header:
    """A checked header.

    Attributes
    ----------
    grid : Grid
        Shape (X, Y, Z) and affine of each volume.
    volumes : int
        1 for a 3D image, and for a 4D image of one volume.
    dtype : numpy.dtype
        As stored, with its byte order.
    slope, intercept : float
        Stored values times slope plus intercept are the image's values.
    scaled : bool
        Whether slope and intercept change anything.
    affine_source : {"sform", "qform", "voxel sizes"}
        Where the affine comes from; the last means that the header does not place the image in space at all.
    repetition_time : float or None
        Seconds between volumes; None if there is one volume or the header does not say.
    offset : int
        First byte of the data, in the uncompressed stream.
    compressed : bool
    name : str
        What messages call the file.
    """

    grid: Grid
    volumes: int
    dtype: np.dtype[np.generic]
    slope: float
    intercept: float
    scaled: bool
    affine_source: fields.AffineSource
    repetition_time: float | None
    offset: int
    compressed: bool
    name: str

    @property
    def volume_bytes(self) -> int:
        """Bytes of one stored volume."""
        return math.prod(self.grid.shape) * self.dtype.itemsize

    @property
    def end(self) -> int:
        """Bytes of the whole uncompressed file."""
        return self.offset + self.volumes * self.volume_bytes


def read_header(path: Path, *, name: str | None = None) -> Header:
    """Read and check a header; no voxel is read and nothing of the declared size is allocated.

    Parameters
    ----------
    path : Path
    name : str, optional
        What the document calls the file, for messages; its last part if not given.

    Raises
    ------
    InputError
        See the module.
    """
    called = path.name if name is None else name
    _refuse_by_suffix(path, called)
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == GZIP_MAGIC
            file.seek(0)
            block = _header_block(file, compressed, called)
        size = path.stat().st_size
    except OSError as error:
        raise wrong_input("E301", f"{called} cannot be opened: {error.strerror or 'not readable'}") from error
    header = _parse(block, called, compressed)
    _check_size(header, size)
    return header


def _refuse_by_suffix(path: Path, name: str) -> None:
    lower = path.name.lower()
    other = OTHER_IMAGES.get(Path(lower).suffix, "")
    if lower.endswith((".nii", ".nii.gz")) and not lower.endswith((".surf.nii", ".surf.nii.gz")):
        return
    found = f"{other} are not there yet" if other else "its name ends neither in .nii nor in .nii.gz"
    raise wrong_input("E301", f"{name} is not read: {found}", hint="convert it to a single NIfTI file")


def _header_block(file: IO[bytes], compressed: bool, name: str) -> bytes:
    """The first bytes, as many as the longer of the two headers has."""
    length = FORMS[1].sizeof_hdr
    if not compressed:
        return file.read(length)
    try:
        return beginning(file, length)
    except DAMAGE as error:
        raise damaged(name, "its gzip stream is damaged") from error


def damaged(name: str, found: str) -> InputError:
    """The error for a file that ends too early or does not decompress."""
    return wrong_input("E305", f"{name} cannot be read to its end: {found}", hint="copy or download the file again")


def _parse(block: bytes, name: str, compressed: bool) -> Header:
    raw = _nibabel_header(block, name)
    fields.refuse_other_kinds(raw, name)
    dtype = fields.stored_type(raw, name)
    shape, volumes = fields.dimensions(raw, name)
    affine, source = fields.affine(raw, name)
    slope, intercept = fields.scaling(raw, name)
    return Header(
        grid=Grid(shape, affine),
        volumes=volumes,
        dtype=dtype,
        slope=slope,
        intercept=intercept,
        scaled=(slope, intercept) != (1.0, 0.0),
        affine_source=source,
        repetition_time=fields.repetition_time(raw) if volumes > 1 else None,
        offset=fields.offset(raw, name),
        compressed=compressed,
        name=name,
    )


def _nibabel_header(block: bytes, name: str) -> Any:
    """The header's fields, from its own length field, in either byte order."""
    hint = "is it an image, and was it copied as a binary file?"
    for kind, order in product(FORMS, ORDERS):
        if int.from_bytes(block[:4], order) == kind.sizeof_hdr and len(block) >= kind.sizeof_hdr:
            raw = kind(block[: kind.sizeof_hdr], endianness=ORDERS[order], check=False)
            if bytes(raw["magic"].tobytes())[:3] in (b"n+1", b"n+2"):
                return raw
            raise wrong_input("E301", f"{name} is not a single-file NIfTI image: its magic number is wrong", hint)
    raise wrong_input("E301", f"{name} does not begin with a NIfTI header", hint)


def _check_size(header: Header, size: int) -> None:
    """The declared size against the file's, before anybody allocates it."""
    name, hint = header.name, "the file is incomplete or its header is wrong: copy or write it again"
    if header.compressed and header.end > size * MOST_EXPANSION:
        message = f"{name} declares {header.end:,} bytes, more than {size:,} compressed bytes can hold"
        raise wrong_input("E302", message, hint)
    if not header.compressed and header.end != size:
        code, found = ("E305", "ends early") if header.end > size else ("E302", "is longer than its header says")
        raise wrong_input(code, f"{name} {found}: {size:,} bytes where {header.end:,} are declared", hint)
