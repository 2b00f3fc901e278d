"""A results folder that came from a stranger, or that is not a results folder at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import glmspec
from glmspec.errors import InputError, StepError
from glmspec.images.volumes import write_volume

DOCUMENT = """\
glmspec: 1
name: small
level: second
inputs: {maps: "maps/{subject}.nii.gz", mask: {compute: intersection}}
design: {formula: "1"}
contrasts: {mean: intercept}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    (tmp_path / "maps").mkdir()
    for name in "abcd":
        write_volume(tmp_path / f"maps/{name}.nii.gz", rng.normal(size=(4, 4, 4)), np.diag([3.0, 3, 3, 1]))
    (tmp_path / "small.yaml").write_text(DOCUMENT)
    return tmp_path


def run(study: Path, out: Path) -> None:
    glmspec.run(study / "small.yaml", study, out)


@pytest.mark.parametrize("name", ["../victim.txt", "maps/../../victim.txt", "{absolute}", ".store/victim.txt"])
def test_names_in_the_folder_delete_nothing_outside(study: Path, name: str) -> None:
    out = study / "out"
    run(study, out)
    victim = (out / ".store" if name.startswith(".store") else study) / "victim.txt"
    victim.write_text("precious")
    status = victim.stat()
    memory = out / ".store/written.json"
    entries = json.loads(memory.read_text())
    entries[name.format(absolute=victim)] = ["x", "y", status.st_size, status.st_mtime_ns]
    memory.write_text(json.dumps(entries))
    run(study, out)
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("content", ["[1, 2]", '{"maps/mask.nii.gz": 5}', "[" * 100_000, "null", '{"a": [1]}', "\0"])
@pytest.mark.parametrize("name", ["written.json", "digests.json"])
def test_damaged_memories_are_forgotten(study: Path, name: str, content: str) -> None:
    out = study / "out"
    run(study, out)
    (out / ".store" / name).write_text(content)
    run(study, out)


@pytest.mark.parametrize("content", ['{"glmspec": 1}', '{"glmspec": 1, "outputs": {}, "contrasts": {}}', "[]", "{"])
def test_a_damaged_index_is_said_to_be_one(study: Path, content: str) -> None:
    out = study / "out"
    run(study, out)
    (out / "results.json").write_text(content)
    with pytest.raises(InputError, match="E320"):
        glmspec.report(out)


@pytest.mark.parametrize("name", ["results.json", "report.html", "maps/mask.nii.gz", "design/contrasts.tsv"])
def test_a_file_of_somebody_elses_is_never_replaced(study: Path, name: str) -> None:
    path = study / "out" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")
    with pytest.raises(StepError, match="E506"):
        run(study, study / "out")
    assert path.read_text() == "{}"


def test_an_input_is_never_replaced(study: Path) -> None:
    write_volume(study / "maps/mask.nii.gz", np.ones((4, 4, 4)), np.diag([3.0, 3, 3, 1]), "uint8")
    before = (study / "maps/mask.nii.gz").read_bytes()
    text = DOCUMENT.replace("{compute: intersection}", "maps/mask.nii.gz").replace("{subject}", "{subject}")
    (study / "small.yaml").write_text(text)
    with pytest.raises(StepError, match="E506"):
        run(study, study)
    assert (study / "maps/mask.nii.gz").read_bytes() == before


def test_results_whose_memory_was_removed_are_ours_by_their_index(study: Path) -> None:
    out = study / "out"
    run(study, out)
    (out / ".store/written.json").unlink()
    run(study, out)
