"""Mistakes in inputs, design and contrasts come out together, whichever of them is told first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import glmspec
from glmspec.errors import GlmspecError
from glmspec.images.volumes import write_volume

DOCUMENT = """\
glmspec: 1
name: mixed
level: second
inputs:
  maps: "{maps}"
  variables: people.tsv
  mask: {mask}
design: {{formula: "group + age"}}
contrasts:
  fine: group[a] - group[b]
  unknown: grupp[a] - group[b]
  weights: {{weights: {{zz: 1}}}}
"""


def codes(folder: Path, text: str) -> set[str]:
    (folder / "mixed.yaml").write_text(text)
    with pytest.raises(GlmspecError) as caught:
        glmspec.compile(folder / "mixed.yaml", folder)
    return {problem.code for problem in caught.value.problems}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    for name in ("s1", "s2", "s3", "s4", "s5", "s6"):
        (tmp_path / "maps").mkdir(exist_ok=True)
        write_volume(tmp_path / f"maps/{name}.nii.gz", np.ones((3, 3, 3)), np.diag([3.0, 3, 3, 1]))
    write_people(tmp_path)
    return tmp_path


def write_people(folder: Path, *, without: str = "", no_age: str = "") -> None:
    lines = ["subject\tgroup\tage"]
    for index, name in enumerate(("s1", "s2", "s3", "s4", "s5", "s6")):
        if name != without:
            lines.append(f"{name}\t{'ab'[index % 2]}\t{'n/a' if name == no_age else 20 + index}")
    (folder / "people.tsv").write_text("\n".join(lines) + "\n")


FINE = {"maps": "maps/{subject}.nii.gz", "mask": "{compute: background}"}


def test_names_in_contrasts_alone(study: Path) -> None:
    assert codes(study, DOCUMENT.format(**FINE)) == {"E214"}


def test_a_missing_line_hides_neither_values_nor_contrasts(study: Path) -> None:
    write_people(study, without="s1", no_age="s4")
    assert codes(study, DOCUMENT.format(**FINE)) == {"E312", "E311", "E214"}


def test_a_missing_value_does_not_hide_contrasts(study: Path) -> None:
    write_people(study, no_age="s4")
    assert codes(study, DOCUMENT.format(**FINE)) == {"E311", "E214"}


def test_without_maps_tables_and_masks_are_looked_for_all_the_same(study: Path) -> None:
    (study / "people.tsv").unlink()
    text = DOCUMENT.format(maps="nowhere/{subject}.nii.gz", mask="no-mask.nii.gz")
    (study / "mixed.yaml").write_text(text)
    with pytest.raises(GlmspecError) as caught:
        glmspec.compile(study / "mixed.yaml", study)
    messages = str(caught.value)
    assert all(name in messages for name in ("nowhere/{subject}.nii.gz", "people.tsv", "no-mask.nii.gz", "grupp"))
