"""Writes the simulated data set of ``glmspec demo``, the same bytes every time: maps of sixteen subjects, and two runs.

The formulas are in :mod:`~glmspec.demo.maps`, :mod:`~glmspec.demo.people`,
:mod:`~glmspec.demo.anatomy` and :mod:`~glmspec.demo.atlas`, which know no files; this module only turns their answers
into files, and :mod:`~glmspec.demo.runs` does so for the scans.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from glmspec.demo import atlas
from glmspec.demo.anatomy import picture
from glmspec.demo.brain import Brain, bent, brain
from glmspec.demo.maps import CONDITIONS, Scene, checkerboard, left_minus_right, scene
from glmspec.demo.people import Person, people
from glmspec.demo.runs import write_runs
from glmspec.demo.space import Field, Grid, Places, grid, places
from glmspec.demo.tables import write_table
from glmspec.images.volumes import write_volume

MAP_VOXEL, ANATOMY_VOXEL = 3.0, 2.0  # mm

FINENESS = 2.0**-7
"""Maps are rounded to multiples of this, 1/250 of their noise, so that gzip has fewer digits to keep."""

Report = Callable[[str], None]


def write_demo_data(folder: Path, progress: Report | None = None) -> None:
    """Write the data set into ``folder``, which is made if need be; ``progress`` is told of each part.

    The files are those of :func:`write_group` and, in ``fiac/``, those of :func:`~glmspec.demo.runs.write_runs`.
    """
    write_group(folder, progress)
    if progress:
        progress("two runs of scans")
    write_runs(folder / "fiac")


def write_group(folder: Path, progress: Report | None = None) -> None:
    """Write what analyses of the sixteen subjects need; arguments as in :func:`write_demo_data`.

    The files are ``left-minus-right/S01.nii.gz`` to ``S16``, ``checkerboard/{vertical,horizontal}/``,
    ``participants.tsv``, ``mask.nii.gz``, ``atlas_dseg.nii.gz`` with its ``.tsv``, and ``anatomy.nii.gz``.
    """
    tell: Report = progress or (lambda message: None)
    box = grid(MAP_VOXEL)
    at = places(box)
    parts = brain(bent(at))
    subjects = people()
    folder.mkdir(parents=True, exist_ok=True)
    tell("brain mask, atlas and participants")
    write_brain(folder, box, at, parts)
    write_table(folder / "participants.tsv", ("participant_id", "group", "age", "score"), map(row, subjects))
    tell("anatomy")
    write_anatomy(folder)
    tell(f"maps of {len(subjects)} subjects")
    write_maps(folder, scene(box, (parts.hull > 0).astype(float)), subjects)


def write_brain(folder: Path, box: Grid, at: Places, parts: Brain) -> None:
    """Write the brain mask and the parcellation."""
    write_volume(folder / "mask.nii.gz", (parts.hull > 0).astype(np.uint8), box.affine, "uint8")
    write_volume(folder / "atlas_dseg.nii.gz", atlas.labels(at, parts), box.affine, "int16")
    write_table(folder / "atlas_dseg.tsv", ("index", "name"), enumerate(atlas.names(), start=1))


def write_anatomy(folder: Path) -> None:
    """Write the T1-weighted-like picture, in smaller voxels than the maps."""
    box = grid(ANATOMY_VOXEL)
    bright = np.rint(picture(places(box))).astype(np.uint8)
    write_volume(folder / "anatomy.nii.gz", bright, box.affine, "uint8")


def write_maps(folder: Path, where: Scene, subjects: Sequence[Person]) -> None:
    """Write three maps of every subject."""
    for person in subjects:
        name = f"{person.name}.nii.gz"
        write_map(folder / "left-minus-right" / name, left_minus_right(where, person), where.box)
        for condition in CONDITIONS:
            write_map(folder / "checkerboard" / condition / name, checkerboard(where, person, condition), where.box)


def write_map(path: Path, values: Field, box: Grid) -> None:
    """Write one contrast map."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rounded = np.rint(values / FINENESS) * FINENESS
    write_volume(path, rounded.astype(np.float32), box.affine, "float32")


def row(person: Person) -> tuple[str, str, int, int]:
    """A subject's line in the table of participants."""
    return person.name, person.group, person.age, person.score
