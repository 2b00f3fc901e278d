"""Source and data folder -> Analysis: everything that can be wrong before a voxel is read is said here, at once."""

from __future__ import annotations

import re
from dataclasses import replace

from glmspec.errors import DocPath, InputError, Problem, gathered, raise_all
from glmspec.images.geometry import Grid, describe, displacement, same_grid
from glmspec.plan.analysis import Analysis, Check
from glmspec.plan.data import DataFolder
from glmspec.plan.designing import Designer
from glmspec.plan.locate import locate
from glmspec.plan.locate.pattern import matches
from glmspec.plan.matrix import MATRIX
from glmspec.plan.rows import Row, duplicates, incomplete, selected
from glmspec.plan.supported import refused
from glmspec.plan.tables import read_table
from glmspec.plan.variables import join
from glmspec.spec.checks import part
from glmspec.spec.document import SecondLevelDocument
from glmspec.spec.inputs import SecondLevelInputs
from glmspec.spec.masks import ThresholdedMask
from glmspec.spec.resolve import voxel_policy
from glmspec.spec.source import Source
from glmspec.spec.validate import examine, in_order

MAPS: DocPath = ("inputs", "maps")
MOST_TOLD = 4  # wrong maps that are told one by one; three hundred of them bury whatever else is wrong
_SPACE = re.compile(r"_space-([A-Za-z0-9]+)_")


def compile_analysis(source: Source, data: DataFolder) -> Analysis:
    """The analysis of a document on the data of a folder.

    Raises
    ------
    GlmspecError
        With everything that is wrong with document, inputs and design; its class is that of the lowest exit code.
    """
    document, problems = examine(source)
    if document is None:
        raise_all(problems)
    assert document is not None
    problems += refused(document)
    if not isinstance(document, SecondLevelDocument):
        raise_all(problems)
    compiler = _Compiler(document, data, problems)  # type: ignore[arg-type]
    analysis = compiler.analysis(source)
    raise_all(in_order(problems, source))
    data.remember()
    assert analysis is not None
    return analysis


class _Compiler:
    """Goes as far as the parts that are right allow, and collects what is wrong."""

    def __init__(self, document: SecondLevelDocument, data: DataFolder, problems: list[Problem]) -> None:
        self.document = document
        self.data = data
        self.problems = problems
        self.checks: list[Check] = []
        self.digests: dict[str, str] = {}

    def analysis(self, source: Source) -> Analysis | None:
        inputs: SecondLevelInputs | None = getattr(self.document, "inputs", None)
        if inputs is None or self._not_located(inputs):
            return None
        rows = self._rows(inputs)
        grid = self._grid(rows)
        self._images(inputs, grid)
        designed = Designer(self.document, self.data, self.problems, self.checks).designed(rows) if rows else None
        if self.problems or grid is None or designed is None:
            return None
        if designed.file is not None:
            self._digest(designed.file, MATRIX)
        for row in rows:
            self._digest(row.map, row.origin)
        self.checks.insert(0, Check("Maps", "ok", f"{len(rows)} maps on one grid of {describe(grid)}."))
        return Analysis(
            source,
            self.document,
            self.data.root,
            tuple(rows),
            grid,
            designed.design,
            designed.contrasts,
            self.digests,
            tuple(self.checks),
            designed.exchanges,
        )

    def _not_located(self, inputs: SecondLevelInputs) -> bool:
        """Whether the kind of input was refused already."""
        return any(problem.path[:2] == MAPS and problem.code == "E221" for problem in self.problems)

    def _rows(self, inputs: SecondLevelInputs) -> list[Row]:
        rows: list[Row] = []
        with gathered(self.problems):
            rows = locate(inputs.maps, self.data)
        tables = []
        for index, name in enumerate(inputs.variables):
            origin = ("inputs", "variables", index)
            with gathered(self.problems):
                tables.append(read_table(self.data.path(name, origin), name, origin))
                self._digest(name, origin)
        if not rows:
            return rows
        self.problems += duplicates(rows)
        located = len(rows)
        if inputs.select:
            rows, found = self._narrowed(rows, inputs)
            self.problems += found
        if rows:
            rows, found, checks = join(rows, tables)
            self.problems += found
            self.checks += checks
        if inputs.select:
            rows = self._selected(rows, inputs, located)
        self.problems += incomplete(rows, MAPS)
        self._space(rows, inputs)
        return rows

    def _narrowed(self, rows: list[Row], inputs: SecondLevelInputs) -> tuple[list[Row], list[Problem]]:
        """Rows selected by captured names first, so that the others need no line in the tables."""
        captured = {name: values for name, values in inputs.select.items() if any(name in row.names for row in rows)}
        return selected(rows, captured)

    def _selected(self, rows: list[Row], inputs: SecondLevelInputs, located: int) -> list[Row]:
        """Rows selected by variables as well, and how many of all that were located."""
        told = any(problem.path[:2] == ("inputs", "select") for problem in self.problems)
        if rows:
            rows, found = selected(rows, inputs.select)
            self.problems += found
            told = told or bool(found)
        if not rows and not told:
            self.problems.append(Problem("E313", "`select` leaves no map", ("inputs", "select"), on="key"))
        elif len(rows) < located:
            self.checks.append(Check("Selection", "note", f"{len(rows)} of {located} maps are selected."))
        return rows

    def _space(self, rows: list[Row], inputs: SecondLevelInputs) -> None:
        for row in rows if inputs.space else ():
            named = _SPACE.search(row.map.rsplit("/", 1)[-1])
            if named and named[1] != inputs.space:
                message = f"`{row.map}` is in the space {named[1]}, and the document says {inputs.space}"
                hint = "name the maps of that space, or correct `space`"
                self.problems.append(Problem("E309", message, ("inputs", "space"), hint=hint))
                return

    def _grid(self, rows: list[Row]) -> Grid | None:
        """The one grid of all maps."""
        grid: Grid | None = None
        first = ""
        wrong: list[Problem] = []
        for row in rows:
            with gathered(wrong):
                header = self.data.header(row.map, row.origin)
                if row.volume is None and header.volumes > 1:
                    hint = "one volume a map, or `maps: {stack: ...}` for a 4D image"
                    message = f"`{row.map}` has {header.volumes} volumes"
                    raise InputError((Problem("E309", message, row.origin, hint=hint),))
                if grid is None:
                    grid, first = header.grid, row.map
                elif not same_grid(grid, header.grid):
                    raise _mismatch(row.map, header.grid, first, grid, row.origin)
        if len(wrong) > MOST_TOLD:
            last = wrong[MOST_TOLD - 1]
            more = f"{len(wrong) - MOST_TOLD} more maps cannot be used, for this reason or another"
            wrong[MOST_TOLD - 1 :] = [replace(last, hint=f"{last.hint}\n{more}".strip())]
        self.problems += wrong
        return grid

    def _images(self, inputs: SecondLevelInputs, grid: Grid | None) -> None:
        """Mask, regions and background: there, and on the grid of the maps, if that is known."""
        if isinstance(inputs.mask, ThresholdedMask):
            origin: DocPath = ("inputs", "mask", "image")
            with gathered(self.problems):
                for name in mask_images(inputs.mask.image, self.data, origin):
                    self._on_grid(name, grid, origin)
        for name, region in part(self.document, "regions").items():
            if region.image is not None:
                with gathered(self.problems):
                    self._on_grid(region.image, grid, ("regions", name, "image"))
            if region.labels is not None:
                with gathered(self.problems):
                    self._labels(region.labels, ("regions", name, "labels"))
        report = getattr(self.document, "report", None)
        if report is not None and report.background is not None:
            with gathered(self.problems):
                self.data.header(report.background, ("report", "background"))
                self._digest(report.background, ("report", "background"))

    def _on_grid(self, name: str, grid: Grid | None, origin: DocPath) -> None:
        header = self.data.header(name, origin)
        if header.volumes > 1:
            message = f"`{name}` has {header.volumes} volumes, and one is needed"
            raise InputError((Problem("E309", message, origin, hint="name an image of one volume"),))
        if grid is not None and not same_grid(grid, header.grid):
            raise _mismatch(name, header.grid, "the maps", grid, origin)
        self._digest(name, origin)

    def _labels(self, name: str, origin: DocPath) -> None:
        table = read_table(self.data.path(name, origin), name, origin)
        for column in ("index", "name"):
            if column not in table.columns:
                message = f"`{name}` has no column `{column}`"
                raise InputError((Problem("E310", message, origin, hint="labels need the columns index and name"),))
        if not table.numeric("index"):
            message = f"the column `index` of `{name}` holds more than numbers"
            raise InputError((Problem("E310", message, origin, hint="it holds the values that voxels have"),))
        self._digest(name, origin)

    def _digest(self, name: str, origin: DocPath) -> None:
        with gathered(self.problems):
            self.digests[name] = self.data.digest(name, origin)


def mask_images(pattern: str, data: DataFolder, origin: DocPath) -> list[str]:
    """The images of a mask: one, or those that fit a pattern."""
    if "{" in pattern or "*" in pattern:
        return [name for name, _ in matches(pattern, data, origin)]
    data.path(pattern, origin)
    return [pattern]


def _mismatch(name: str, grid: Grid, other: str, expected: Grid, origin: DocPath) -> InputError:
    shown = "the maps" if other == "the maps" else f"`{other}`"
    if grid.shape != expected.shape:
        verb = "have" if other == "the maps" else "has"
        message = f"`{name}` has {describe(grid)}, and {shown} {verb} {describe(expected)}"
    else:
        apart = displacement(grid, expected)
        message = f"`{name}` has the shape of {shown}, but its affine puts voxels up to {apart:.3g} mm elsewhere"
    hint = "nothing is resampled in silence: bring the images to one grid before"
    return InputError((Problem("E309", message, origin, hint=hint),))


__all__ = ["compile_analysis", "mask_images", "voxel_policy"]
