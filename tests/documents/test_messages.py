"""Bad documents, one mistake each, beside the whole message they produce.

``validate/*.yaml`` are judged by ``glmspec validate``, ``plan/*.yaml`` by ``glmspec plan`` on the tiny data folder of
:mod:`documents.data`. After a deliberate change of wording, ``GLMSPEC_UPDATE_GOLDEN=1 pytest tests/documents`` writes
the messages anew; read the difference as the person who made the mistake would.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from glmspec.cli.main import app

HERE = Path(__file__).parent
DOCUMENTS = sorted(path.relative_to(HERE) for path in HERE.glob("[vp]*/*.yaml"))
EXIT = {"1": 2, "2": 2, "3": 3, "4": 4, "5": 5}
"""First digit of a code -> exit code; where several classes occur at once, the lowest counts."""
NOT_SHOWN = re.compile(
    r"pydantic|NoneType|\btuple|\bdict\b|\bint\b|\bfloat\b|\bstr\b|Traceback|\[key\]|validation error|Input should|"
    r"function-|tagged|union|PosixPath|model_type|\.py\b|/tmp|/home|None\b|True\b|False\b"
)
"""What belongs to Python and our machines, and says nothing to a neuroimager."""


def command(document: Path, data: Path) -> list[str]:
    """The command line that judges a document."""
    kind = document.parent.name
    return [kind, document.name, *(["--data", str(data)] if kind == "plan" else [])]


def expected_exit(message: str) -> int:
    return min(EXIT[digit] for digit in re.findall(r"^error\[E(\d)\d\d\]", message, re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_mistake_is_answered_by_its_message(document: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE / document.parent)
    answer = CliRunner().invoke(app, command(document, data))
    golden = (HERE / document).with_suffix(".txt")
    if os.environ.get("GLMSPEC_UPDATE_GOLDEN"):
        golden.write_text(answer.stderr, "utf-8")
    assert answer.stderr == golden.read_text("utf-8")
    assert answer.stdout == ""
    assert answer.exit_code == expected_exit(answer.stderr)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_message_speaks_to_a_neuroimager(document: Path) -> None:
    message = (HERE / document).with_suffix(".txt").read_text("utf-8")
    quoted = r"^\d+ \|.*$|`[^`\n]+`"  # the line of the document, and words of it, as they are
    assert not NOT_SHOWN.findall(re.sub(quoted, "", message, flags=re.MULTILINE))
    assert message.endswith(" found.\n")
    assert not re.search(r"[ \t]$", message, re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_one_mistake_gives_one_problem(document: Path) -> None:
    message = (HERE / document).with_suffix(".txt").read_text("utf-8")
    if document.stem not in SEVERAL:
        assert message.endswith("\n1 problem found.\n")


SEVERAL = {
    "many-mistakes": "it has some thirty",
    "data-no-images": "every map is wrong, and some are told one by one",
    "design-not-estimable-and-no-dof": "a column a subject takes the degrees of freedom as well",
    "key-map-row": "the mistake is in both rows",
    "table-maps-absolute": "two lines of the table, each in a way of its own",
}
"""Documents with more than one problem, and why."""


def test_no_message_is_left_without_its_document() -> None:
    texts = {path.relative_to(HERE).with_suffix(".yaml") for path in HERE.glob("[vp]*/*.txt")}
    assert texts == set(DOCUMENTS)
    assert len(DOCUMENTS) >= 50


@pytest.mark.parametrize(
    "name", ["validate/key-inputs", "validate/yaml-not-utf-8", "plan/data-shape", "plan/design-not-estimable-matrix"]
)
def test_a_real_process_says_the_same(name: str, data: Path) -> None:
    document = Path(f"{name}.yaml")
    line = [sys.executable, "-m", "glmspec", *command(document, data)]
    answer = subprocess.run(line, cwd=HERE / document.parent, capture_output=True, timeout=60, check=False)
    message = (HERE / f"{name}.txt").read_text("utf-8")
    assert answer.stderr.decode() == message
    assert answer.stdout == b""
    assert answer.returncode == expected_exit(message)
