"""`glmspec validate`: documents judged by themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from glmspec.cli.printing import Format, as_annotation, as_data, as_text, problems_text
from glmspec.errors import DONE, DocumentError, Problem
from glmspec.spec.lints import lint
from glmspec.spec.source import Source, read
from glmspec.spec.validate import examine, in_order


def validate_all(documents: list[Path], form: Format) -> tuple[str, str, int]:
    """Standard output, standard error and the exit code."""
    judged = [_judge(path) for path in documents]
    code = max((DocumentError.exit_code if found.problems else DONE) for found in judged)
    if form == "json":
        body = [
            {
                "document": str(found.path),
                "valid": not found.problems,
                "problems": [as_data(problem, found.source) for problem in found.problems],
                "warnings": [as_data(problem, found.source) for problem in found.warnings],
            }
            for found in judged
        ]
        return json.dumps({"documents": body, "exit_code": code}, indent=1, ensure_ascii=False), "", code
    if form == "github":
        lines = [as_annotation(problem, found.source) for found in judged for problem in found.told]
        return "\n".join(lines), "", code
    out = "\n".join(f"{found.path}: valid" for found in judged if not found.problems)
    err = "\n\n".join(_text(found) for found in judged if found.told)
    return out, err, code


class Judged(NamedTuple):
    """A document, what is wrong with it, and what a reviewer would ask about."""

    path: Path
    source: Source | None
    problems: list[Problem]
    warnings: list[Problem]

    @property
    def told(self) -> list[Problem]:
        """Problems first."""
        return [*self.problems, *self.warnings]


def _text(found: Judged) -> str:
    warnings = [as_text(problem, found.source) for problem in found.warnings]
    problems = [problems_text(found.problems, found.source)] if found.problems else []
    return "\n\n".join([*problems, *warnings])


def _judge(path: Path) -> Judged:
    try:
        source = read(path)
    except DocumentError as error:
        return Judged(path, None, list(error.problems), [])
    document, problems = examine(source)
    warnings = lint(document) if document is not None and not problems else []
    return Judged(path, source, problems, in_order(warnings, source))
