"""`glmspec diff`, `why` and `verify`: what they found, as text, data and Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from glmspec.auditing import Comparison
from glmspec.cli.printing import harmless
from glmspec.review.blame import Blame
from glmspec.review.classes import CLASSES
from glmspec.review.differences import Difference
from glmspec.review.verify import Verdict

MEANING = {
    "inferential": "can change a p-value or a claim",
    "estimation": "can change an estimate",
    "display": "changes pictures and tables alone",
    "text": "changes words alone",
}
_LONGEST = 80
ABSENT = "not there"


def diff_text(found: Comparison) -> str:
    """The differences for people, the gravest first."""
    lines = [f"{found.titles[0]} -> {found.titles[1]}: {summary(found)}"]
    for kind in CLASSES:
        entries = [entry for entry in found.differences if entry.kind == kind]
        if entries:
            lines += ["", f"{kind}: {MEANING[kind]}"]
            lines += [f"  {entry.path}: {shown(entry.before)} -> {shown(entry.after)}" for entry in entries]
    if found.files:
        lines += ["", "results"]
        lines += [f"  {entry.path}: {entry.words}" for entry in found.files]
    return "\n".join(harmless(line) for line in lines)


def summary(found: Comparison) -> str:
    """How many differences of which kind: ``2 differences: 1 inferential, 1 text``."""
    counts = [(kind, sum(entry.kind == kind for entry in found.differences)) for kind in CLASSES]
    told = [f"{number} {kind}" for kind, number in counts if number]
    if found.files:
        told.append(f"{len(found.files)} files of results")
    total = len(found.differences) + len(found.files)
    return f"{total} difference{'' if total == 1 else 's'}: {', '.join(told)}" if total else "no difference"


def shown(value: Any) -> str:
    """A value on one line."""
    if value is None:
        return ABSENT
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def diff_data(found: Comparison) -> dict[str, Any]:
    """The same for programs."""
    return {
        "first": found.titles[0],
        "second": found.titles[1],
        "differences": [entry.data for entry in found.differences],
        "files": [entry.data for entry in found.files],
        "counts": {kind: sum(entry.kind == kind for entry in found.differences) for kind in CLASSES},
    }


def diff_markdown(found: Comparison) -> str:
    """A comment for a pull request; nothing of a document is markup in it."""
    lines = [f"**glmspec diff** {code(found.titles[0])} to {code(found.titles[1])}: {summary(found)}"]
    for kind in CLASSES:
        entries = [entry for entry in found.differences if entry.kind == kind]
        if entries:
            lines += ["", f"### {kind}: {MEANING[kind]}", "", *_table(entries)]
    if found.files:
        lines += ["", "### results", "", "| file | |", "|---|---|"]
        lines += [f"| {code(entry.path)} | {entry.words} |" for entry in found.files]
    return "\n".join(lines)


def _table(entries: Sequence[Difference]) -> Iterator[str]:
    yield "| setting | before | after |"
    yield "|---|---|---|"
    for entry in entries:
        yield f"| {code(entry.path)} | {code(shown(entry.before))} | {code(shown(entry.after))} |"


def code(text: str) -> str:
    """Text in Markdown as it is, between backticks that it does not contain itself."""
    text = harmless(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def why_text(found: Sequence[Blame]) -> str:
    """Each step with its state, and below it what is to blame."""
    lines = []
    for entry in found:
        lines.append(f"{entry.label}: {entry.state}")
        lines += [f"  field {field.path}: {shown(field.before)} -> {shown(field.after)}" for field in entry.fields]
        lines += [f"  file {name}" for name in entry.files]
        lines += [f"  after {label}: {state}" for label, state in entry.chain[:_MOST_STEPS]]
        if len(entry.chain) > _MOST_STEPS:
            lines.append(f"  after {len(entry.chain) - _MOST_STEPS} more steps")
    return "\n".join(harmless(line) for line in lines)


_MOST_STEPS = 8


def verify_text(found: Verdict) -> str:
    """What was verified, and what is wrong."""
    inputs = "not verified: name their folder with --data" if found.inputs is None else f"{found.inputs} verified"
    lines = [f"results: {found.results} files verified", f"inputs: {inputs}"]
    if found.recomputed is not None:
        lines.append(f"recomputed: {found.recomputed} files compared byte for byte")
    lines += [fault.words for fault in found.faults] + list(found.notes)
    number = len(found.faults)
    lines.append(
        "all is as it should be" if not number else f"{number} file{'s' if number > 1 else ''} not as they should be"
    )
    return "\n".join(harmless(line) for line in lines)


def verify_data(found: Verdict) -> dict[str, Any]:
    """The same for programs."""
    return {
        "results": found.results,
        "inputs": found.inputs,
        "recomputed": found.recomputed,
        "faults": [fault.data for fault in found.faults],
        "notes": list(found.notes),
    }
