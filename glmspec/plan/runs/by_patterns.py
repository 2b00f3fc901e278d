"""Runs by patterns: the images are the master, every other file belongs to one of them by the names they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from glmspec.errors import DocPath, InputError, Problem
from glmspec.plan.check import Check
from glmspec.plan.data import DataFolder
from glmspec.plan.locate.fitting import fit
from glmspec.plan.locate.pattern import matches
from glmspec.plan.runs.by_rows import RUNS
from glmspec.plan.runs.files import BESIDE, GivenMatrix, RunFiles
from glmspec.plan.runs.words import counted, listed, quoted
from glmspec.spec.fields import captured_names
from glmspec.spec.runs import RunPatterns

ORIGIN: DocPath = RUNS


def found(patterns: RunPatterns, data: DataFolder) -> list[RunFiles]:
    """A run for each image, sorted by path; without the files beside it, and not named yet.

    Raises
    ------
    InputError
        E307 if no image fits.
    """
    return [RunFiles("", names, ORIGIN, path) for path, names in _matches(patterns.bold, data, (*ORIGIN, "bold"))]


def completed(
    patterns: RunPatterns,
    runs: Sequence[RunFiles],
    located: Sequence[RunFiles],
    data: DataFolder,
    problems: list[Problem],
    checks: list[Check],
) -> list[RunFiles]:
    """The runs with the files beside them. ``located`` are all runs, also those that are not selected."""
    done = list(runs)
    for beside in _beside(patterns):
        try:
            files = _matches(beside.pattern, data, beside.origin)
        except InputError as error:
            problems += error.problems
            continue
        index = _index(files, beside.shared(patterns.bold))
        problems += _amiss(beside, patterns.bold, runs, index, data)
        checks += _strays(beside, patterns.bold, located, index)
        done = [beside.put(run, beside.of(run, patterns.bold, index)) for run in done]
    return done


Index = Mapping[tuple[str, ...], Sequence[str]]


@dataclass(frozen=True)
class _Beside:
    """A pattern of files that stand beside the images."""

    key: str
    pattern: str
    origin: DocPath
    array: str | None = None

    def shared(self, bold: str) -> tuple[str, ...]:
        """Names by which a file is found: those that both patterns capture."""
        return tuple(name for name in captured_names(self.pattern) if name in captured_names(bold))

    def candidates(self, run: RunFiles, bold: str, index: Index) -> Sequence[str]:
        """The files that could be a run's."""
        return index.get(tuple(run.names[name] for name in self.shared(bold)), ())

    def of(self, run: RunFiles, bold: str, index: Index) -> str | None:
        """A run's file, if there is one."""
        files = self.candidates(run, bold, index)
        return files[0] if files else None

    def put(self, run: RunFiles, path: str | None) -> RunFiles:
        """The run with its file."""
        found: Any = GivenMatrix(path, self.array) if self.key == "design" and path is not None else path
        return replace(run, **{self.key: found})

    def filled(self, run: RunFiles, bold: str) -> str:
        """The pattern with a run's names in it, as they stand in the path of its image."""
        written, text = fit(bold, run.bold) or {}, self.pattern
        for name in self.shared(bold):
            text = text.replace(f"{{{name}}}", written[name])
        return text


def _beside(patterns: RunPatterns) -> list[_Beside]:
    given = {key: getattr(patterns, key) for key in BESIDE}
    plain = [_Beside(key, pattern, (*ORIGIN, key)) for key, pattern in given.items() if pattern is not None]
    design = patterns.design
    return plain + (
        [_Beside("design", design.file, (*ORIGIN, "design", "file"), design.array)] if design is not None else []
    )


def _matches(pattern: str, data: DataFolder, origin: DocPath) -> list[tuple[str, dict[str, str]]]:
    """The files that fit, whatever is wrong blamed on this pattern."""
    try:
        return matches(pattern, data, origin)
    except InputError as error:
        raise InputError(tuple(replace(problem, path=origin) for problem in error.problems)) from None


def _index(files: Sequence[tuple[str, Mapping[str, str]]], shared: tuple[str, ...]) -> Index:
    """The files by the names that they share with images."""
    index: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for path, names in files:
        index[tuple(names[name] for name in shared)].append(path)
    return index


def _amiss(beside: _Beside, bold: str, runs: Sequence[RunFiles], index: Index, data: DataFolder) -> list[Problem]:
    """Runs without a file, and runs with several: one problem each, which names the runs."""
    without = [run for run in runs if not beside.candidates(run, bold, index)]
    several = [run for run in runs if len(beside.candidates(run, bold, index)) > 1]
    problems = []
    if without:
        filled = beside.filled(without[0], bold)
        message = f"{_among(without)} no {beside.key}: no file fits `{filled}`"
        problems.append(Problem("E306", message, beside.origin, hint=_nearest(filled, data, beside.origin)))
    if several:
        files = beside.candidates(several[0], bold, index)
        message = f"{_among(several)} {len(files)} files of {beside.key}: {quoted(files)}"
        hint = "a captured name must tell them apart; `*` may stand only where exactly one file fits"
        problems.append(Problem("E308", message, beside.origin, hint=hint))
    return problems


def _among(runs: Sequence[RunFiles]) -> str:
    """`run-2 has`, `3 runs (run-2, run-3, run-4) have`."""
    titles = [run.title for run in runs]
    return f"{titles[0]} has" if len(titles) == 1 else f"{counted(len(titles), 'run')} ({listed(titles)}) have"


def _nearest(filled: str, data: DataFolder, origin: DocPath) -> str:
    """What stands near a missing file."""
    if "*" not in filled and "{" not in filled:
        try:
            data.path(filled, origin)
        except InputError as error:
            return error.problems[0].hint
    return "every run has one; runs are left out by `select`"


def _strays(beside: _Beside, bold: str, located: Sequence[RunFiles], index: Index) -> list[Check]:
    """Files that belong to no run."""
    known = {tuple(run.names[name] for name in beside.shared(bold)) for run in located}
    strays = [path for key, files in index.items() if key not in known for path in files]
    if not strays:
        return []
    belong = "belongs" if len(strays) == 1 else "belong"
    text = f"{counted(len(strays), 'file')} of `{beside.key}` {belong} to no run: {listed(strays)}."
    return [Check("Runs", "note", text)]
