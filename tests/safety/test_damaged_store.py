"""A store with a truncated or altered artifact: found, and computed again; nothing else is."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from review.study import write, write_maps

import glmspec


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = write_maps(tmp_path)
    write(folder)
    run(folder)
    return folder


def run(folder: Path, store: Path | None = None):
    return glmspec.run(folder / "press.yaml", None, folder / "out", store=store)


def files(folder: Path, suffix: str) -> list[Path]:
    return sorted((folder / "out/.store/artifacts").rglob(f"*{suffix}"))


def label_of(folder: Path, path: Path) -> str:
    """The step whose artifact a file is of."""
    plan, _ = glmspec.compile(folder / "press.yaml", None, folder / "out")
    return next(step.label for step in plan.steps if step.key == path.parent.name)


def index(folder: Path) -> str:
    return (folder / "out/results.json").read_text("utf-8")


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def altered(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0x40
    path.write_bytes(bytes(raw))


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("damage", [truncated, emptied, altered, gone])
@pytest.mark.parametrize("suffix", ["t.npy", "coefficients.npy", "mask.npy", "facts.json", "files.json"])
def test_a_damaged_artifact_is_computed_again_and_nothing_else(study, damage, suffix):
    path = files(study, suffix)[0]
    label, before = label_of(study, path), index(study)
    if (damage, suffix) == (altered, "files.json"):
        path.write_text(path.read_text("utf-8").replace('"facts.json"', '"fakts.json"'), "utf-8")
    else:
        damage(path)
    done = run(study)
    assert done.computed == (label,)
    assert index(study) == before
    assert run(study).computed == ()


def test_a_store_that_was_copied_is_as_good_as_the_first(study, tmp_path):
    """Copying changes the times of files, not what is in them."""
    other = tmp_path / "copy"
    shutil.copytree(study / "out/.store", other, copy_function=shutil.copyfile)
    for path in other.rglob("*"):
        os.utime(path)
    assert run(study, other).computed == ()


def test_an_artifact_cannot_point_elsewhere(study):
    """What `files.json` names is a file of the artifact's own folder, or the artifact is made anew."""
    path = files(study, "files.json")[0]
    known = json.loads(path.read_text("utf-8"))
    known["../../../../../../etc/passwd"] = [1, 1, "0" * 64]
    path.write_text(json.dumps(known), "utf-8")
    assert len(run(study).computed) == 1
