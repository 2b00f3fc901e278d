"""What the README shows is so."""

from __future__ import annotations

import re
from pathlib import Path

from glmspec.cli.printing import problems_text
from glmspec.spec.source import parse
from glmspec.spec.validate import examine

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_document_is_valid() -> None:
    text = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert text is not None
    assert examine(parse(text[1], "button-press.yaml"))[1] == []


def test_the_message_is_what_is_printed() -> None:
    start = (ROOT / "templates/start/two-groups.yaml").read_text("utf-8")
    source = parse(start.replace("- group[control]", "- grop[control]"), "patients.yaml")
    printed = problems_text(examine(source)[1], source).rsplit("\n\n", 1)[0]
    assert printed in README


def test_the_two_commands_are_there() -> None:
    commands = re.findall(r"^    (python3 -m venv .*)$", README, re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("glmspec demo glmspec-demo")
    assert "pytest" in commands[1]
