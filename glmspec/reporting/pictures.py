"""The maps of a report, drawn: one colour scale, one set of slices and one background for all of its contrasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from glmspec.execution.results import Results
from glmspec.images.volumes import read_header, read_volume
from glmspec.reporting.figures import brain
from glmspec.reporting.figures.display import AXES, Axis, Background, DisplayGrid, HeadImage
from glmspec.reporting.figures.style import MapStyle
from glmspec.reporting.words import coordinates

Map = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]


BRIGHT = 0.9
"""Share of the mask above zero from which a mean scan is a picture: of scans that were centred it is about a half."""


class Behind(NamedTuple):
    """A picture behind the maps, and what it is."""

    image: HeadImage
    words: str


@dataclass(frozen=True, eq=False)
class Shown:
    """A map, what passed in it, and its scale."""

    z: Map
    passed: Bools
    style: MapStyle


@dataclass(frozen=True, eq=False)
class Pictures:
    """Draws findings.

    Attributes
    ----------
    maps : contrast -> z (X, Y, Z)
        NaN where there is no data; of an F, without the lower tail, which its test does not look at.
    vmax : test -> float
        |z| of the strongest colour, the same for every map of one kind of test: an F over many rows reaches heights
        that would leave every t pale.
    cuts : axis -> mm
        The slices of every map: through the strongest finding of a t test.
    behind : str
        What the background is; empty where there is none.
    """

    results: Results
    grid: DisplayGrid
    background: Background | None
    tests: Mapping[str, str]
    maps: Mapping[str, Map]
    vmax: Mapping[str, float]
    cuts: Mapping[Axis, Sequence[float]]
    behind: str

    @classmethod
    def of(cls, results: Results, tests: Mapping[str, str], heights: Mapping[str, Sequence[float]]) -> Pictures:
        """Of contrasts with these ``tests``, and of findings with these display ``heights`` in each of them."""
        given = _given(results)
        # The mean of the runs is no wider than the mask, so that only a given picture widens the grid.
        grid = DisplayGrid.from_mask(results.mask, results.grid.affine, given.image if given else None)
        behind = given or _mean_scan(results)
        maps = {name: _z(results, name, test) for name, test in tests.items()}
        largest = {name: _largest(z[results.mask]) for name, z in maps.items()}
        vmax = {
            test: MapStyle.fitting(
                max(heights.get(test, ()), default=1.0), max(largest[name] for name in tests if tests[name] == test)
            ).vmax
            for test in set(tests.values())
        }
        background = grid.background(behind.image) if behind else None
        cuts = _cuts(results, grid, tests, maps)
        return cls(results, grid, background, tests, maps, vmax, cuts, behind.words if behind else "")

    def through(self, place: Sequence[float]) -> bool:
        """Whether all slices run through a place, in mm."""
        return all(
            self.grid.index(axis, mm) == self.grid.index(axis, self.cuts[axis][0])
            for axis, mm in zip(AXES, place, strict=True)
        )

    @property
    def places(self) -> str:
        """The slices in words."""
        values = coordinates([self.cuts[axis][0] for axis in AXES])
        return ", ".join(f"{axis} = {value}" for axis, value in zip(AXES, values, strict=True))

    def shown(self, contrast: str, inference: str, height: float) -> Shown:
        """A finding, ready to be drawn."""
        test = self.tests[contrast]
        style = MapStyle(height, self.vmax[test], test == "t")
        return Shown(self.maps[contrast], _passed(self.results, contrast, inference), style)

    def slices(self, shown: Shown, title: str) -> Markup:
        """One slice across each axis."""
        return Markup(brain.slices(self.grid, shown.z, shown.passed, self.background, shown.style, self.cuts, title))

    def mosaic(self, shown: Shown, title: str) -> Markup:
        """Axial slices through the whole brain."""
        return Markup(brain.mosaic(self.grid, shown.z, shown.passed, self.background, shown.style, title))

    def glass(self, shown: Shown, title: str) -> Markup:
        """What passed, from four sides."""
        return Markup(brain.glass_brain(self.grid, shown.z, shown.passed, shown.style, title))

    def thumbnail(self, shown: Shown, title: str) -> Markup:
        """What passed, small."""
        return Markup(brain.thumbnail(self.grid, shown.z, shown.passed, shown.style, title))

    def colours(self, shown: Shown) -> Markup:
        """The colour scale of a map."""
        return Markup(brain.colour_bar(shown.style, "z"))


def _given(results: Results) -> Behind | None:
    """The picture that the document names."""
    found = results.find("mask", stat="background")
    if found is None:
        return None
    path = results.folder / found["path"]
    image = HeadImage(read_volume(path, name=found["path"]), read_header(path, name=found["path"]).grid.affine)
    return Behind(image, "the background image of the document")


def _mean_scan(results: Results) -> Behind | None:
    """The mean of the runs' mean scans, inside the mask; scans that were centred before are no picture."""
    outputs = [output for output in results.index["outputs"] if output["stat"] == "mean"]
    runs = [read_volume(results.folder / output["path"], name=output["path"]) for output in outputs]
    if not runs:
        return None
    mean = np.nan_to_num(np.mean(runs, axis=0, dtype=np.float64))
    if np.mean(mean[results.mask] > 0) < BRIGHT:
        return None
    words = "the mean of the scans" + (f" of {len(runs)} runs" if len(runs) > 1 else "")
    return Behind(HeadImage(mean, results.grid.affine), f"{words}, inside the mask")


def _z(results: Results, contrast: str, test: str) -> Map:
    z = results.volume("statmap", contrast=contrast, stat="z", run=None)
    if z is None:  # an index that names no map shows an empty one rather than nothing at all
        z = np.full(results.mask.shape, np.nan)
    return np.where(z < 0, 0.0, z) if test == "F" else z


def _passed(results: Results, contrast: str, inference: str) -> Bools:
    """What passed; of several controls, the first that the document lists, as the index keeps their order."""
    volume = results.volume("mask", contrast=contrast, inference=inference)
    return np.zeros(results.mask.shape, dtype=bool) if volume is None else np.asarray(volume > 0)


def _largest(values: Map) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _cuts(
    results: Results, grid: DisplayGrid, tests: Mapping[str, str], maps: Mapping[str, Map]
) -> Mapping[Axis, Sequence[float]]:
    """Through the largest |z| that passed in a t test of the report, or else through the largest of all.

    An F over subjects or groups often peaks where no contrast does; it decides only where there is no t test.
    """
    passed = {name: np.zeros(results.mask.shape, dtype=bool) for name in maps}
    for output in results.index["outputs"]:
        if output["kind"] == "mask" and output["contrast"] in passed:
            passed[output["contrast"]] |= _passed(results, output["contrast"], output["inference"])

    def strength(name: str) -> tuple[bool, float, float]:
        return tests[name] == "t", _largest(maps[name][passed[name]]), _largest(maps[name][results.mask])

    if not maps:  # a fit in which no contrast has a part
        return brain.choose_cuts(grid, results.mask.astype(np.float64), results.mask)
    strongest = max(maps, key=strength)
    return brain.choose_cuts(grid, maps[strongest], passed[strongest])
