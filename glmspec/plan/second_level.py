"""A second-level document and data -> its fits: maps as rows, variables joined to them, design and contrasts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from glmspec.errors import Problem, gathered
from glmspec.images.geometry import Grid, describe, same_grid
from glmspec.plan.analysis import Made, SecondLevel, Study
from glmspec.plan.check import Check
from glmspec.plan.data import DataFolder
from glmspec.plan.designing import Designer
from glmspec.plan.exclusions import named_outright, subjects_of_tables, unknown_subjects
from glmspec.plan.fits import fits, folder
from glmspec.plan.images import Images, Wanted, mismatch
from glmspec.plan.left_out import Exclusions
from glmspec.plan.locate import locate
from glmspec.plan.locate.made import made_elsewhere
from glmspec.plan.locate.variances import with_variances
from glmspec.plan.matrix import MATRIX
from glmspec.plan.missing_data import policies
from glmspec.plan.rows import Row, duplicates, selected
from glmspec.plan.staying import MAPS, Sieve
from glmspec.plan.streaming import with_streaming
from glmspec.plan.tables import Table, read_table
from glmspec.plan.variables import join, tables_are_wrong
from glmspec.spec.checks import part
from glmspec.spec.document import SecondLevelDocument
from glmspec.spec.inputs import AnalysisMaps, SecondLevelInputs
from glmspec.spec.masks import ThresholdedMask
from glmspec.spec.noise import FixedEffects
from glmspec.spec.source import Source

_SPACE = re.compile(r"_space-([A-Za-z0-9]+)_")
OF_WHAT_IS_LEFT = ("E317", "E401", "E403", "E404", "E405")
"""Problems of designs that may be those of the rows that are left."""

ONE_VOLUME = "one volume a map, or `maps: {stack: ...}` for a 4D image"


def second_level(
    document: SecondLevelDocument,
    source: Source,
    data: DataFolder,
    problems: list[Problem],
    other: Study | None,
) -> Study | None:
    """The fits of a document, or None where something is wrong; ``problems`` then says what.

    ``other`` is the document whose contrasts are the maps, where `maps: {analysis: ...}` names one.
    """
    return _Compiler(document, source, data, problems, other).study()


@dataclass
class _Compiler:
    """Goes as far as the parts that are right allow, and collects what is wrong."""

    document: SecondLevelDocument
    source: Source
    data: DataFolder
    problems: list[Problem]
    other: Study | None
    checks: list[Check] = field(default_factory=list)
    made: dict[str, Made] = field(default_factory=dict)
    exclusions: Exclusions = field(default_factory=Exclusions)

    def study(self) -> Study | None:
        inputs: SecondLevelInputs | None = getattr(self.document, "inputs", None)
        if inputs is None or self._not_located():
            return None
        images = Images(self.document, self.data, self.problems)
        rows = self._rows(inputs, images)
        written = "fit_per" in self.document.model_fields_set
        groups = fits(rows, getattr(self.document, "fit_per", ()), written, self.problems) if rows else []
        grid = self._grid(rows, images)
        if isinstance(inputs.mask, ThresholdedMask):
            images.mask(inputs.mask.image, grid, ("inputs", "mask", "image"))
        images.regions_and_background(grid)
        found = [
            self._fit(names, folder(names, alone=len(groups) == 1), group, grid, images) for names, group in groups
        ]
        if self.problems or grid is None:
            return None
        return Study(self.source, self.document, self.data.root, tuple(fit for fit in found if fit))

    def _fit(
        self, names: dict[str, str], folder: str, rows: list[Row], grid: Grid | None, images: Images
    ) -> SecondLevel | None:
        checks = list(self.checks)
        before = len(self.problems)
        designed = Designer(self.document, self.data, self.problems, checks).designed(rows)
        self.problems[before:] = [self._with_left_out(problem) for problem in self.problems[before:]]
        if len(self.problems) > before or grid is None or designed is None:
            return None
        own = Images(self.document, self.data, self.problems, digests=dict(images.digests))
        if designed.file is not None:
            own.digest(designed.file, MATRIX)
        for image in [image for row in rows if row.map not in self.made for image in _wanted(row)]:
            own.digest(image.name, image.origin)
        for made in {
            id(self.made[row.map].analysis): self.made[row.map] for row in rows if row.map in self.made
        }.values():
            own.digests.update(self._files_of(made))
        checks.insert(0, Check("Maps", "ok", f"{len(rows)} maps on one grid of {describe(grid)}."))
        analysis = SecondLevel(
            self.source,
            self.document,
            self.data.root,
            names,
            folder,
            grid,
            own.digests,
            tuple(checks),
            designed.questions,
            tuple(rows),
            designed.design,
            designed.weights,
            designed.exchanges,
            designed.groups,
            {row.map: self.made[row.map] for row in rows if row.map in self.made},
            exclusions=self.exclusions,
        )
        return with_streaming(analysis)

    def _files_of(self, made: Made) -> dict[str, str]:
        """The files of another document's fit with their digests, as paths of this document's data folder."""
        root, other = self.data.root.resolve(), made.analysis.data.resolve()
        inside = other.relative_to(root) if other.is_relative_to(root) else Path()
        return {(inside / name).as_posix(): digest for name, digest in made.analysis.digests.items()}

    def _with_left_out(self, problem: Problem) -> Problem:
        """A design that fails on what is left: the cause may be what was left out."""
        found = self.exclusions
        if problem.code not in OF_WHAT_IS_LEFT or not found.excluded:
            return problem
        told = f"{found.excluded} of {found.of} {found.counted} were left out before, by `exclusions` or `missing`"
        return replace(problem, hint="\n".join(filter(None, (problem.hint, told))))

    def _not_located(self) -> bool:
        """Whether the kind of input was refused already."""
        return any(problem.path[:2] == MAPS and problem.code == "E221" for problem in self.problems)

    def _rows(self, inputs: SecondLevelInputs, images: Images) -> list[Row]:
        rows: list[Row] = []
        with gathered(self.problems):
            if isinstance(inputs.maps, AnalysisMaps):
                rows, self.made = made_elsewhere(inputs.maps, self.other) if self.other else ([], {})
            else:
                rows = locate(inputs.maps, self.data)
        tables = []
        for index, name in enumerate(inputs.variables):
            origin = ("inputs", "variables", index)
            with gathered(self.problems):
                tables.append(read_table(self.data.path(name, origin), name, origin))
                images.digest(name, origin)
        if not rows:
            return rows
        self.problems += duplicates(rows)
        rows = self._staying(rows, tables, inputs)
        if isinstance(getattr(getattr(self.document, "design", None), "estimator", None), FixedEffects):
            with gathered(self.problems):
                rows = self._made_with_dof(rows) if self.made else with_variances(rows, inputs, self.data)
        self._space(rows, inputs)
        return rows

    def _made_with_dof(self, rows: list[Row]) -> list[Row]:
        """Rows of another document: its effects have variances and, where those were estimated, their dof."""
        found = []
        for row in rows:
            made = self.made[row.map]
            (question,) = [entry for entry in made.analysis.questions if entry.name == made.contrast]
            known = not question.by_voxel and math.isfinite(question.dof[0])
            found.append(replace(row, dof=question.dof[0] if known else None))
        return found

    def _staying(self, located: list[Row], tables: list[Table], inputs: SecondLevelInputs) -> list[Row]:
        """The rows that are selected, and that neither rules nor missing data leave out."""
        rules = part(self.document, "exclusions")
        known = {row.names["subject"] for row in located if "subject" in row.names} | subjects_of_tables(tables)
        if not tables_are_wrong(self.problems):
            self.problems += unknown_subjects(rules, known, "the maps")
        out, tolerant = named_outright(rules), policies(self.document).variable == "exclude"
        rows, found = self._narrowed(located, inputs) if inputs.select else (located, [])
        self.problems += found
        if not rows:
            return self._selected(rows, inputs, len(located)) if inputs.select else rows
        joined = join(rows, tables, lambda row: tolerant or row.names.get("subject") in out)
        self.problems += joined.problems
        self.checks += joined.checks
        lineless = {id(joined.rows[place]): table for place, table in joined.without.items()}
        rows = [row for row in joined.rows if id(row) not in lineless]
        if inputs.select:
            rows = self._selected(rows, inputs, len(located) - len(lineless))
        kept = {id(row) for row in rows} | set(lineless)
        considered = [row for row in joined.rows if id(row) in kept]
        sieve = Sieve(self.document, self.data, considered, lineless, self.problems, self.checks)
        rows, self.exclusions = sieve.sifted()
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

    def _grid(self, rows: list[Row], images: Images) -> Grid | None:
        """The one grid of all maps, from files or from the fits that make them."""
        if not self.made:
            return images.grid([image for row in rows for image in _wanted(row)])
        first = self.made[rows[0].map].analysis if rows else None
        for row in rows:
            other = self.made[row.map].analysis
            if first is not None and not same_grid(first.grid, other.grid):
                self.problems.append(mismatch(row.map, other.grid, f"`{rows[0].map}`", first.grid, MAPS))
                return None
        return first.grid if first is not None else None


def _wanted(row: Row) -> Iterator[Wanted]:
    """The images of a row: its map and its variance."""
    any_number = None if row.volume is not None else 1
    yield Wanted(row.map, row.origin, any_number, ONE_VOLUME)
    if row.variance is not None:
        yield Wanted(row.variance, row.origin, any_number, ONE_VOLUME)
