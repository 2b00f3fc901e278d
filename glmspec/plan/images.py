"""The images of a document: there, on one grid, and digested; the voxels of masks and regions are read by the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from glmspec.errors import DocPath, InputError, Problem, gathered
from glmspec.images.geometry import Grid, describe, displacement, same_grid
from glmspec.plan.data import DataFolder
from glmspec.plan.locate.pattern import matches
from glmspec.plan.tables import read_table
from glmspec.spec.checks import part
from glmspec.spec.document import Document

MOST_TOLD = 4
"""Wrong images that are told one by one; three hundred of them bury whatever else is wrong."""


@dataclass(frozen=True)
class Wanted:
    """An image that has to be on the grid; ``volumes`` is how many it should have, None for any number."""

    name: str
    origin: DocPath
    volumes: int | None = 1
    hint: str = "name an image of one volume"


@dataclass
class Images:
    """Checks images of a document against one grid, and collects what is wrong with them."""

    document: Document
    data: DataFolder
    problems: list[Problem]
    subject: str = "the maps"
    """What the grid belongs to, as messages say it."""
    digests: dict[str, str] = field(default_factory=dict)

    def grid(self, wanted: Sequence[Wanted]) -> Grid | None:
        """The one grid of all; the first decides."""
        grid: Grid | None = None
        first = ""
        wrong: list[Problem] = []
        for image in wanted:
            with gathered(wrong):
                header = self.data.header(image.name, image.origin)
                if image.volumes is not None and header.volumes > image.volumes:
                    message = f"`{image.name}` has {header.volumes} volumes"
                    raise InputError((Problem("E309", message, image.origin, hint=image.hint),))
                if grid is None:
                    grid, first = header.grid, image.name
                elif not same_grid(grid, header.grid):
                    raise InputError((mismatch(image.name, header.grid, f"`{first}`", grid, image.origin),))
        if len(wrong) > MOST_TOLD:
            last = wrong[MOST_TOLD - 1]
            more = f"{len(wrong) - MOST_TOLD} more {self._plural} cannot be used, for this reason or another"
            wrong[MOST_TOLD - 1 :] = [replace(last, hint=f"{last.hint}\n{more}".strip())]
        self.problems += wrong
        return grid

    @property
    def _plural(self) -> str:
        return self.subject.removeprefix("the ")

    def mask(self, pattern: str, grid: Grid | None, origin: DocPath) -> None:
        """The images of a given mask."""
        with gathered(self.problems):
            for name in mask_images(pattern, self.data, origin):
                self.on_grid(name, grid, origin)

    def regions_and_background(self, grid: Grid | None) -> None:
        """Regions on the grid, if that is known; the background may be on a grid of its own."""
        for name, region in part(self.document, "regions").items():
            if region.image is not None:
                with gathered(self.problems):
                    self.on_grid(region.image, grid, ("regions", name, "image"))
            if region.labels is not None:
                with gathered(self.problems):
                    self._labels(region.labels, ("regions", name, "labels"))
        report = getattr(self.document, "report", None)
        if report is not None and report.background is not None:
            with gathered(self.problems):
                self.data.header(report.background, ("report", "background"))
                self.digest(report.background, ("report", "background"))

    def on_grid(self, name: str, grid: Grid | None, origin: DocPath) -> None:
        """One volume on the grid.

        Raises
        ------
        InputError
        """
        header = self.data.header(name, origin)
        if header.volumes > 1:
            message = f"`{name}` has {header.volumes} volumes, and one is needed"
            raise InputError((Problem("E309", message, origin, hint="name an image of one volume"),))
        if grid is not None and not same_grid(grid, header.grid):
            raise InputError((mismatch(name, header.grid, self.subject, grid, origin),))
        self.digest(name, origin)

    def _labels(self, name: str, origin: DocPath) -> None:
        table = read_table(self.data.path(name, origin), name, origin)
        for column in ("index", "name"):
            if column not in table.columns:
                message = f"`{name}` has no column `{column}`"
                raise InputError((Problem("E310", message, origin, hint="labels need the columns index and name"),))
        if not table.numeric("index"):
            message = f"the column `index` of `{name}` holds more than numbers"
            raise InputError((Problem("E310", message, origin, hint="it holds the values that voxels have"),))
        self.digest(name, origin)

    def digest(self, name: str, origin: DocPath) -> None:
        """Remember the digest of a file."""
        with gathered(self.problems):
            self.digests[name] = self.data.digest(name, origin)


def mask_images(pattern: str, data: DataFolder, origin: DocPath) -> list[str]:
    """The images of a mask: one, or those that fit a pattern."""
    if "{" in pattern or "*" in pattern:
        return [name for name, _ in matches(pattern, data, origin)]
    data.path(pattern, origin)
    return [pattern]


def mismatch(name: str, grid: Grid, other: str, expected: Grid, origin: DocPath) -> Problem:
    """Two images of which one would have to be resampled."""
    if grid.shape != expected.shape:
        verb = "has" if other.startswith("`") or other == "the statistic" else "have"
        message = f"`{name}` has {describe(grid)}, and {other} {verb} {describe(expected)}"
    else:
        apart = displacement(grid, expected)
        message = f"`{name}` has the shape of {other}, but its affine puts voxels up to {apart:.3g} mm elsewhere"
    hint = "nothing is resampled in silence: bring the images to one grid before"
    return Problem("E309", message, origin, hint=hint)
