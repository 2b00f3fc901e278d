"""The fields of a NIfTI header, each read and checked on its own.

``raw`` is nibabel's header, unchecked; ``name`` is what messages call the file. The codes are those of
:mod:`glmspec.images.header`.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from glmspec.errors import wrong_input
from glmspec.images.geometry import unusable

LARGEST_SIDE = 2**15 - 1
"""Voxels along one axis: all that NIfTI-1 can say, and forty times what a scanner makes."""

SECONDS = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}
"""Units of time in a header. Where it names none the number is not believed: nibabel writes 1 there by itself."""

NUMBERS = frozenset("iuf")
"""Kinds of data that are read: whole numbers and floating point."""

CIFTI_INTENTS = range(3000, 3100)
"""Intent codes of the CIFTI-2 types."""

AffineSource = Literal["sform", "qform", "voxel sizes"]


def refuse_other_kinds(raw: Any, name: str) -> None:
    """CIFTI files are NIfTI-2 files without a grid of voxels (E304)."""
    if int(raw["intent_code"]) in CIFTI_INTENTS:
        hint = "use the volume of the same analysis, or tools for surfaces"
        raise wrong_input("E304", f"{name} is a CIFTI file; CIFTI and GIFTI are not there yet", hint)


def stored_type(raw: Any, name: str) -> np.dtype[np.generic]:
    """Type of the stored numbers, with byte order; E304 for complex, colour and 128-bit types."""
    try:
        dtype: np.dtype[np.generic] = raw.get_data_dtype()
    except (HeaderDataError, KeyError) as error:
        raise wrong_input("E304", f"{name} has an unknown data type, code {int(raw['datatype'])}") from error
    if dtype.kind not in NUMBERS or not 1 <= dtype.itemsize <= 8:
        label = raw.get_value_label("datatype")
        hint = "write it as float32, one number a voxel"
        raise wrong_input("E304", f"{name} holds {label} values; maps hold integers, float32 or float64", hint)
    return dtype


def dimensions(raw: Any, name: str) -> tuple[tuple[int, int, int], int]:
    """Shape of a volume and number of volumes; trailing axes of length 1 are dropped (E302, E304)."""
    declared = [int(size) for size in raw["dim"]]
    rank, sizes = declared[0], declared[1 : declared[0] + 1] if 1 <= declared[0] <= 7 else []
    if not sizes or min(sizes) <= 0 or max(sizes[:3]) > LARGEST_SIDE:
        shape = " x ".join(map(str, sizes)) or f"{rank} dimensions"
        raise wrong_input("E302", f"{name} declares an impossible shape: {shape}", "write the image again")
    while len(sizes) > 4 and sizes[-1] == 1:
        sizes.pop()
    if not 3 <= len(sizes) <= 4:
        found = " x ".join(map(str, sizes))
        raise wrong_input("E304", f"{name} is {found}; an image has three axes, and a fourth for several volumes")
    return (sizes[0], sizes[1], sizes[2]), sizes[3] if len(sizes) == 4 else 1


def affine(raw: Any, name: str) -> tuple[NDArray[np.float64], AffineSource]:
    """Affine (4, 4), mm, and its source: sform before qform before bare voxel sizes (E303)."""
    source: AffineSource = "sform" if raw["sform_code"] > 0 else "qform" if raw["qform_code"] > 0 else "voxel sizes"
    hint = "set its sform or qform with the tool that wrote it"
    try:
        with np.errstate(all="ignore"):
            affine = np.array(raw.get_best_affine(), dtype=np.float64)
    except (HeaderDataError, ValueError) as error:
        message = f"{name} cannot be placed in space: its quaternion is not a rotation"
        raise wrong_input("E303", message, hint) from error
    if reason := unusable(affine):
        raise wrong_input("E303", f"{name} cannot be placed in space: {reason} ({source})", hint)
    return affine, source


def scaling(raw: Any, name: str) -> tuple[float, float]:
    """Slope and intercept; a slope of 0 or NaN means that there are none (NIfTI-1)."""
    slope, intercept = float(raw["scl_slope"]), float(raw["scl_inter"])
    if slope == 0 or math.isnan(slope):
        return 1.0, 0.0
    if math.isinf(slope) or not math.isfinite(intercept):
        raise wrong_input("E302", f"{name} scales its values by {slope} and adds {intercept}", "write the image again")
    return slope, intercept


def repetition_time(raw: Any) -> float | None:
    """Seconds between volumes, or None if the header gives no usable time."""
    unit = raw.get_xyzt_units()[1] if int(raw["xyzt_units"]) & 0x38 in (0, 8, 16, 24) else ""
    seconds = float(raw["pixdim"][4]) * SECONDS.get(unit, math.nan)
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def offset(raw: Any, name: str) -> int:
    """First byte of the data (E302)."""
    declared, least = float(raw["vox_offset"]), int(raw.single_vox_offset)
    if not math.isfinite(declared) or declared != int(declared) or declared < least:
        message = f"{name} says that its data begin at byte {declared:g}; they begin at {least} or later"
        raise wrong_input("E302", message, hint="write the image again")
    return int(declared)
