"""Completion in a real bash, set up as the documentation says."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from glmspec.execution.executors import EXECUTORS

from .test_commands import COMMANDS

SCRIPT = """\
eval "$(glmspec --show-completion)"
COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
$(complete -p glmspec | sed 's/.*-F \\([^ ]*\\) .*/\\1/') glmspec
printf '%s\\n' "${{COMPREPLY[@]}}"
complete -p glmspec
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder on the path that holds the command."""
    if shutil.which("bash") is None:
        pytest.skip("there is no bash on this system")
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "glmspec"
    command.write_text(f"#!{sys.executable}\nfrom glmspec.cli.main import main\nmain()\n", "utf-8")
    command.chmod(0o755)
    return folder


def offered(place: Path, *words: str) -> list[str]:
    """What pressing the tabulator after these words offers."""
    script = SCRIPT.format(words=" ".join(map(shlex.quote, ("glmspec", *words))))
    path = os.pathsep.join([str(place), os.environ.get("PATH", "")])
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    *found, setting = done.stdout.splitlines()
    assert "-o default" in setting  # where nothing is offered, bash offers files
    return [word for word in found if word]


def test_commands(place: Path) -> None:
    assert sorted(offered(place, "")) == sorted(COMMANDS)
    assert offered(place, "ver") == ["verify"]


def test_options(place: Path) -> None:
    assert offered(place, "run", "--loc") == ["--locked"]
    assert {"--data", "--out", "--store", "--jobs"} <= set(offered(place, "run", "--"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("check", "--profile", "reg"), ["registered-report"]),
        (("diff", "--format", ""), ["text", "json", "markdown"]),
        (("init", "--like", "one"), ["one-sample"]),
        (("run", "--executor", ""), list(EXECUTORS)),
        (("explain", "W20"), ["W201", "W202", "W203", "W204"]),
        (("run", "my-doc"), []),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_values(place: Path, words: tuple[str, ...], expected: list[str]) -> None:
    assert offered(place, *words) == expected
