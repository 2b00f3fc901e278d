"""Source and data folder -> Study: everything that can be wrong before a voxel is read is said here, at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from glmspec.errors import DocPath, DocumentError, GlmspecError, Problem, gathered, raise_all, wrong_input
from glmspec.plan.analysis import Study
from glmspec.plan.data import DataFolder
from glmspec.plan.expectations import with_expectations
from glmspec.plan.first_level import first_level
from glmspec.plan.lints import with_lints
from glmspec.plan.second_level import second_level
from glmspec.plan.single_map import single_map
from glmspec.plan.supported import refused
from glmspec.spec.checks import part, thresholds
from glmspec.spec.document import Document, FirstLevelDocument, MapDocument, SecondLevelDocument
from glmspec.spec.inputs import AnalysisMaps
from glmspec.spec.source import Source, read
from glmspec.spec.validate import examine, in_order

Compiler = Callable[[Any, Source, DataFolder, list[Problem], Study | None], Study | None]

COMPILERS: dict[type[Document], Compiler] = {
    FirstLevelDocument: first_level,
    SecondLevelDocument: second_level,
    MapDocument: single_map,
}
"""Level -> what goes as far as the parts that are right allow, and collects what is wrong."""

ANALYSIS: DocPath = ("inputs", "maps", "analysis")


def compile_study(source: Source, data: DataFolder, documents: Path, within: tuple[Path, ...] = ()) -> Study:
    """The fits of a document on the data of a folder.

    Parameters
    ----------
    source : Source
    data : DataFolder
    documents : path
        The document's folder, where the paths of other documents start.
    within : tuple of paths
        The documents that this one is a part of: none may be a part of itself.

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
    other: Study | None = None
    with gathered(problems):
        other = _other(document, data, documents, within)
    study = COMPILERS[type(document)](document, source, data, problems, other)
    study = with_expectations(study, problems) if study is not None else None
    problems += wrong_scales(document, study) if study is not None else []
    raise_all(in_order(problems, source))
    data.remember()
    assert study is not None
    return with_lints(study if other is None else replace(study, parts=_texts(document, other)))


def wrong_scales(document: Document, study: Study) -> list[Problem]:
    """Thresholds in a scale that a statistic does not have, where only the analysis tells which it has.

    That t and F differ is told by `validate`; a statistic whose variance is known is a z, and an image is what the
    document says it is.
    """
    problems = []
    asked = {question.name: question for fit in study.fits for question in fit.questions}
    for name, entry in part(document, "inference").items():
        for path, threshold in thresholds(entry):
            for question in asked.values():
                tested = entry.contrasts is None or question.name in entry.contrasts
                if tested and threshold.scale in ("t", "F") and threshold.scale != question.scale:
                    message = f"a threshold in {threshold.scale} cannot be applied to `{question.name}`, "
                    message += f"whose statistic is {question.scale}"
                    hint = f"write it as p, z or {question.scale}" if question.scale != "z" else "write it as p or z"
                    problems.append(Problem("E217", message, ("inference", name, *path), hint=hint, on="key"))
    return problems


def _other(document: Document, data: DataFolder, documents: Path, within: tuple[Path, ...]) -> Study | None:
    """The document whose contrasts are the maps, if there is one.

    Its data start where this document's do; beside it, where no data folder was given.

    Raises
    ------
    InputError
        Where there is no such document, or something is wrong with it.
    """
    maps = getattr(getattr(document, "inputs", None), "maps", None)
    if not isinstance(maps, AnalysisMaps):
        return None
    path = documents / maps.analysis
    if not path.is_file():
        hint = "documents are found from the folder of the one that names them"
        raise _wrong("E208", f"there is no document `{maps.analysis}`", hint)
    if not path.resolve().is_relative_to(documents.resolve()):
        raise _wrong("E212", f"`{maps.analysis}` is a link that leaves the document's folder")
    if path.resolve() in within or len(within) >= MOST_DEEP:
        raise _wrong("E208", f"`{maps.analysis}` is a part of itself", "name an earlier level")
    root = data.root if data.chosen else data.root / Path(maps.analysis).parent
    try:
        return compile_study(read(path, maps.analysis), data.at(root), path.parent, (*within, path.resolve()))
    except GlmspecError as error:
        first = error.problems[0]
        if first.path == ANALYSIS:  # wrong further down: told as it is, not as a chain
            raise type(error)((first,)) from error
        more = f" and {len(error.problems) - 1} more" if len(error.problems) > 1 else ""
        message = f"`{maps.analysis}` cannot be planned: {first.message}{more}"
        hint = f"`glmspec plan {maps.analysis}` tells where"
        raise wrong_input("E325", message, hint, path=ANALYSIS) from error


def _texts(document: Any, other: Study) -> dict[str, str]:
    """The texts of the document whose contrasts are the maps, and of those that it takes its own from."""
    path = PurePosixPath(document.inputs.maps.analysis)
    return {str(path): other.source.text, **{str(path.parent / name): text for name, text in other.parts.items()}}


def _wrong(code: str, message: str, hint: str = "") -> DocumentError:
    return DocumentError((Problem(code, message, ANALYSIS, hint=hint),))


MOST_DEEP = 5
"""Levels of documents below each other: scans, runs, sessions, subjects, groups."""
