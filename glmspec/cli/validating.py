"""`glmspec validate`: documents judged by themselves."""

from __future__ import annotations

import json
from pathlib import Path

from glmspec.cli.printing import Format, as_annotation, as_data, problems_text
from glmspec.errors import DONE, DocumentError, Problem
from glmspec.spec.source import Source, read
from glmspec.spec.validate import examine


def validate_all(documents: list[Path], form: Format) -> tuple[str, str, int]:
    """Standard output, standard error and the exit code."""
    judged = [(path, *_judge(path)) for path in documents]
    code = max((DocumentError.exit_code if problems else DONE) for _, _, problems in judged)
    if form == "json":
        body = [
            {"document": str(path), "valid": not problems, "problems": [as_data(p, source) for p in problems]}
            for path, source, problems in judged
        ]
        return json.dumps({"documents": body, "exit_code": code}, indent=1, ensure_ascii=False), "", code
    if form == "github":
        lines = [as_annotation(problem, source) for _, source, problems in judged for problem in problems]
        return "\n".join(lines), "", code
    out = "\n".join(f"{path}: valid" for path, _, problems in judged if not problems)
    err = "\n\n".join(problems_text(problems, source) for _, source, problems in judged if problems)
    return out, err, code


def _judge(path: Path) -> tuple[Source | None, list[Problem]]:
    try:
        source = read(path)
    except DocumentError as error:
        return None, list(error.problems)
    return source, examine(source)[1]
