"""The worked story of docs/review.md, as it is told there: write, preview, lock, commit; data; run; diff and verify."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from .study import glmspec, write_image

pytestmark = pytest.mark.whole

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "review.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
DOCUMENT = BLOCKS[0]
WHY = "The scanner drifted more than in the pilot."
CHANGED = (
    DOCUMENT.replace("high_pass: 0.01", "high_pass: 0.02") + BLOCKS[1].partition("\n  drift")[2].partition("\n")[2]
)
SHAPE = (8, 8, 6)


def git(folder: Path, *words: str) -> str:
    line = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *words]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=True, timeout=60).stdout


def collect(folder: Path, subjects: int) -> None:
    """The data: blocks of 20 s on and off, in a corner of the brain."""
    rng = np.random.default_rng(8)
    write_image(folder / "mask.nii.gz", np.ones(SHAPE))
    boxcar = np.array([int(time // 20) % 2 for time in range(0, 200, 2)], float)
    response = np.convolve(boxcar, np.exp(-np.arange(6) / 2))[:100]
    active = np.zeros(SHAPE)
    active[:3, :3, :3] = 3
    for number in range(1, subjects + 1):
        scans = 100 + rng.normal(size=(*SHAPE, 100)) + active[..., None] * response
        write_image(folder / f"sub-{number:02d}_bold.nii.gz", scans)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The story, up to the run: its folder, and what each command said."""
    folder = tmp_path_factory.mktemp("story")
    document = folder / "blocks.yaml"
    document.write_text(DOCUMENT, "utf-8")
    lines = [f"{onset}\t20\ttask" for onset in range(20, 200, 40)]
    for number in range(1, 7):
        events = "onset\tduration\ttrial_type\n" + "\n".join(lines) + "\n"
        (folder / f"sub-{number:02d}_events.tsv").write_text(events, "utf-8")
    said = {"validate": glmspec(folder, "validate", "blocks.yaml")}
    said["preview"] = glmspec(folder, "preview", "blocks.yaml")
    said["check"] = glmspec(folder, "check", "blocks.yaml", "--format", "markdown")
    said["lock"] = glmspec(folder, "lock", "blocks.yaml")
    git(folder, "init", "-q")
    git(folder, "add", "blocks.yaml", "blocks.lock.yaml")
    git(folder, "commit", "-qm", "Registered")
    collect(folder, 4)
    for number in (5, 6):  # who did not come has no events either
        (folder / f"sub-{number:02d}_events.tsv").unlink()
    document.write_text(CHANGED, "utf-8")
    said["refused"] = glmspec(folder, "run", "blocks.yaml", "--locked", "-q", code=2)
    said["run"] = glmspec(folder, "run", "blocks.yaml", "-q")
    return folder, said


def test_the_page_has_the_documents_that_are_run():
    assert "fit_per" in DOCUMENT
    assert CHANGED.count("deviations:") == 1
    assert WHY in CHANGED


def test_the_preview_is_there_before_the_data(told):
    folder, said = told
    page = (folder / "blocks-preview.html").read_text("utf-8")
    assert "will enter a first-level analysis" in re.sub(r"<[^>]*>", "", page)
    assert "| How many subjects were planned? | declared | `6` |" in said["check"].stdout


def test_the_lock_is_what_was_committed(told):
    folder, _ = told
    assert git(folder, "show", "HEAD:blocks.lock.yaml") == (folder / "blocks.lock.yaml").read_text("utf-8")
    assert git(folder, "status", "--porcelain", "blocks.lock.yaml") == ""


def test_the_report_shows_both_deviations_one_with_and_one_without_rationale(told):
    folder, _ = told
    index = json.loads((folder / "results/blocks/results.json").read_text("utf-8"))
    found = {entry["path"]: entry for entry in index["analysis"]["deviations"]}
    assert set(found) == {"design.drift.high_pass", "sample.planned_n"}
    assert (found["design.drift.high_pass"]["locked"], found["design.drift.high_pass"]["run"]) == (0.01, 0.02)
    assert found["design.drift.high_pass"]["rationale"] == WHY
    assert (found["sample.planned_n"]["locked"], found["sample.planned_n"]["run"]) == (6, 4)
    assert found["sample.planned_n"]["rationale"] is None
    page = (folder / "results/blocks/report.html").read_text("utf-8")
    section = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page[page.index('id="deviations"') :]))
    for words in ("design.drift.high_pass", "sample.planned_n", WHY, "none given", "one without a rationale"):
        assert words in section


def test_locked_refuses_the_one_without_rationale_alone(told):
    _, said = told
    assert said["refused"].stderr.count("error[E223]") == 1
    assert "`sample.planned_n` deviates from the lock" in said["refused"].stderr


def test_diff_agrees(told):
    folder, _ = told
    found = json.loads(glmspec(folder, "diff", "blocks.lock.yaml", "blocks.yaml", "--format", "json", code=1).stdout)
    settings = {entry["path"]: entry["class"] for entry in found["differences"]}
    assert settings == {"design.drift.high_pass": "estimation", "deviations": "text"}
    found = json.loads(glmspec(folder, "diff", "blocks.yaml", "results/blocks", "--format", "json").stdout)
    assert found["differences"] == []


def test_verify_agrees(told):
    folder, _ = told
    done = glmspec(folder, "verify", "results/blocks", "--data", ".", "--recompute", "-q")
    assert done.stdout.endswith("all is as it should be\n")


def test_the_workflow_and_the_hook_are_yaml_that_names_our_commands():
    action = yaml.safe_load((DOCS / "github-action.yml").read_text("utf-8"))
    script = "\n".join(step.get("run", "") for step in action["jobs"]["review"]["steps"])
    assert "--format github" in script
    assert "glmspec diff before.yaml" in script
    (hook,) = yaml.safe_load((DOCS.parent / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert hook["entry"] == "glmspec validate"
    assert f"id: {hook['id']}" in PAGE


def test_the_script_of_the_workflow_comments_the_difference(tmp_path):
    """The step as it stands, in a repository where a document changed."""
    action = yaml.safe_load((DOCS / "github-action.yml").read_text("utf-8"))
    (step,) = [entry for entry in action["jobs"]["review"]["steps"] if entry.get("name") == "Validate and compare"]
    git(tmp_path, "init", "-q")
    (tmp_path / "a.yaml").write_text(DOCUMENT, "utf-8")
    (tmp_path / "other.yaml").write_text("no: document\n", "utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    base = git(tmp_path, "rev-parse", "HEAD").strip()
    (tmp_path / "a.yaml").write_text(DOCUMENT.replace("0.01", "0.02"), "utf-8")
    (tmp_path / "other.yaml").write_text("no: document at all\n", "utf-8")
    git(tmp_path, "commit", "-qam", "two")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/glmspec").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m glmspec "$@"\n', "utf-8")
    (tmp_path / "bin/glmspec").chmod(0o755)
    environment = {**os.environ, "BASE": base, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=environment, capture_output=True,
                          text=True, timeout=120, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    comment = (tmp_path / "comment.md").read_text("utf-8")
    assert "| `design.drift.high_pass` | `0.01` | `0.02` |" in comment
    assert comment.count("glmspec diff") == 1
