"""The tables of docs/methods-review.md: what is said and asked of the reviewed documents, beside verdicts by people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from glmspec.execution.results import Results
from glmspec.reporting.clauses import Clause
from glmspec.reporting.lines import RESOLVED
from glmspec.reporting.material import Material
from glmspec.reporting.methods import paragraphs
from glmspec.review.coverage.check import coverage, known
from glmspec.review.coverage.items import ITEMS
from glmspec.review.sides import side

PAGE = Path(__file__).parents[2] / "docs/methods-review.md"
NAMED = ("inference", "contrasts", "regions", "conditions", "factors")
"""Settings below which a document's own name stands."""
FROM_DATA = {"", "inputs.mask"}
"""Settings of clauses with numbers that data and versions make."""
SHORT = {
    "set": "set",
    "defaulted and acknowledged": "ack",
    "defaulted without a word": "def",
    "declared": "dec",
    "from the run": "run",
    "missing": "mis",
    "not applicable": "n/a",
}
UNREAD = "?"
Row = tuple[str, ...]


def clause_rows(studies: Mapping[str, Results]) -> dict[Row, str]:
    """Clause and setting -> letters of the documents that have it, small where the setting is a default.

    Clauses that differ in numbers of data alone are one.
    """
    found: dict[Row, str] = {}
    first: dict[Row, Row] = {}
    for letter, results in studies.items():
        material = Material(results)
        for clause in (clause for part in paragraphs(material) for sentence in part for clause in sentence):
            if len(re.findall(r"[a-z]", clause.text)) < 5 and not clause.path:  # what joins clauses
                continue
            default = material.lines.anchor(clause.path).startswith(f"#{RESOLVED}")
            said = (_shown(clause.text), _setting(clause))
            key = first.setdefault(comparable(*said), said)
            letters = found.get(key, "")
            shown = letter.lower() if default else letter
            found[key] = letters if shown in letters else letters + shown
    return found


def _setting(clause: Clause) -> str:
    parts = [str(part) for part in clause.path]
    named = [index for index, part in enumerate(parts[:-1]) if part in NAMED]
    return ".".join("NAME" if index - 1 in named else part for index, part in enumerate(parts))


def coverage_rows(studies: Mapping[str, Results]) -> dict[Row, Row]:
    """Item and question -> its state in each document, asked of the results."""
    states: dict[str, list[str]] = {item.id: [] for item in ITEMS}
    for results in studies.values():
        document = side(results.folder, as_written=True).document
        answers = {item: answer for found in coverage(document, [known(results)]) for item, answer in found.answers}
        for item, answer in answers.items():
            states[item.id].append(SHORT[answer.state])
    return {(item.id, item.question): tuple(states[item.id]) for item in ITEMS}


def comparable(clause: str, setting: str) -> Row:
    """A clause as it must stand on the page: numbers of data and versions may be others."""
    text = re.sub(r"[\d,]*\d(\.\d+)*", "#", clause) if setting in FROM_DATA else clause
    return text, setting


def table(name: str) -> list[Row]:
    """The rows of a table of the page, without its head."""
    text = PAGE.read_text("utf-8")
    inside = text.split(f"<!-- {name} -->\n")[1].split("<!-- end -->")[0]
    lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in inside.splitlines()[2:]]
    return [tuple(cell.strip().strip("`") for cell in cells) for cells in lines]


def write(name: str, head: Row, rows: Iterable[Row]) -> None:
    """Put a table in the place of the one that is there."""
    text = PAGE.read_text("utf-8")
    before, rest = text.split(f"<!-- {name} -->\n")
    after = rest.split("<!-- end -->", 1)[1]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, tuple("---" for _ in head), *rows)]
    PAGE.write_text(f"{before}<!-- {name} -->\n{chr(10).join(lines)}\n<!-- end -->{after}", "utf-8")


def _shown(text: str) -> str:
    return text.strip().replace("|", r"\|")
