"""Small NIfTI files, honest and otherwise, made byte by byte."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.nifti1 import Nifti1Header

AFFINE = np.array([[-3.0, 0, 0, 78], [0, 3, 0, -112], [0, 0, 3.5, -70], [0, 0, 0, 1]])


def header(shape=(2, 3, 4), dtype="float32", affine=AFFINE, form=Nifti1Header, endianness="<", **fields: Any):
    """A header of that shape; ``fields`` overwrite what it says, believable or not."""
    raw = form(endianness=endianness)
    raw.set_data_dtype(dtype)
    raw.set_data_shape(shape)
    raw.set_sform(affine, code=2)
    raw["magic"] = raw.single_magic
    raw["vox_offset"] = raw.single_vox_offset
    raw["scl_slope"], raw["scl_inter"] = np.nan, np.nan
    for name, value in fields.items():
        raw[name] = value
    return raw


def image(data: np.ndarray, **options: Any) -> bytes:
    """The bytes of a single-file image of those numbers."""
    raw = header(data.shape, data.dtype, **options)
    order = raw.endianness
    return raw.binaryblock + bytes(4) + data.astype(data.dtype.newbyteorder(order)).tobytes(order="F")


def saved(folder: Path, content: bytes, name="map.nii") -> Path:
    """The bytes as a file; compressed if the name says so."""
    path = folder / name
    path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
    return path


def numbers(shape=(2, 3, 4), dtype="float32") -> np.ndarray:
    """0, 1, 2, ... in C order: every voxel differs."""
    return np.arange(np.prod(shape), dtype=dtype).reshape(shape)
