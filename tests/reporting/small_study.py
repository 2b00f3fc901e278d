"""A study small enough for a test: eight maps of 12 x 14 x 10 voxels, three contrasts, two inferences."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np

import glmspec
from glmspec.execution.results import Results

SHAPE = (12, 14, 10)
AFFINE = np.array([[3.0, 0, 0, -16.5], [0, 3, 0, -19.5], [0, 0, 3, -13.5], [0, 0, 0, 1]])
SUBJECTS = tuple(f"S{number}" for number in range(1, 9))
EFFECT = (8, 6, 5)
"""The voxel where every subject has an effect: +7.5, -1.5, 1.5 mm."""

IMG = "<img src=x onerror=alert(1)>"
QUOTES = "\"'`&amp;</script></style>"
RTL = "\u05e9\u05dc\u05d5\u05dd \u202e\u05e2\u05d5\u05dc\u05dd"
LONG = "a-very-long-name-without-any-space-" * 6
HOSTILE = f"{IMG} {QUOTES} {RTL}"

DOCUMENT = """\
# A small study.
glmspec: 1
name: small
title: {title}
level: second
inputs:
  maps: "maps/{{subject}}.nii.gz"
  variables: people.tsv
  mask: mask.nii.gz
{inputs}
design:
  formula: "1 + group"
contrasts:
  mean: {{expression: "(group[a] + group[b])/2", title: {mean}}}
  difference: group[a] - group[b]
  any-group: {{test: F, term: group}}
inference:
  height: {{method: parametric, correction: none, alpha: 0.001, alternative: two-sided}}
  family: {{method: parametric, correction: bonferroni, alpha: 0.05, minimum_cluster_size: {{voxels: 2}}}}
regions:
  atlas: {{image: atlas.nii.gz, labels: atlas.tsv}}
report: {{atlas: atlas{report}}}
{more}"""

JUDGED = """\
inference:
  relabelled: {method: permutation, control: voxel, permutations: 200, seed: 1, alpha: 0.05}
  discoveries: {method: all-resolutions, cluster_forming: [{z: 2}, {z: 3}], alpha: 0.05}
"""


def judged() -> str:
    """The document with inferences that have maps of their own: corrected p, proportions of true discoveries."""
    lines = [line for line in document().splitlines(True) if "method: parametric" not in line]
    return "".join(JUDGED if line == "inference:\n" else line for line in lines)


def document(
    *, title: str = "A small study", mean: str = "Mean", inputs: str = "", report: str = "", more: str = ""
) -> str:
    """The document; ``inputs`` and ``more`` are further lines."""
    words = {"title": json.dumps(title, ensure_ascii=False), "mean": json.dumps(mean, ensure_ascii=False)}
    return DOCUMENT.format(inputs=inputs, report=report, more=more, **words)


def write_data(folder: Path, region: str = "Somewhere") -> None:
    """Maps of noise with one strong effect, a mask, an atlas of one region, and who is in which group."""
    (folder / "maps").mkdir(parents=True)
    noise = np.random.default_rng(1).normal(size=(len(SUBJECTS), *SHAPE))
    distance = np.indices(SHAPE) - np.array(EFFECT)[:, None, None, None]
    hill = 12 * np.exp(-(distance**2).sum(0) / 4)
    for name, values in zip(SUBJECTS, noise, strict=True):
        _save(folder / f"maps/{name}.nii.gz", (values + hill).astype(np.float32))
    mask = np.zeros(SHAPE, np.uint8)
    mask[1:-1, 1:-1, 1:-1] = 1
    _save(folder / "mask.nii.gz", mask)
    _save(folder / "atlas.nii.gz", mask)
    _save(folder / "head.nii.gz", (100 * mask + 1).astype(np.float32))
    (folder / "atlas.tsv").write_text(f"index\tname\n1\t{region}\n", "utf-8")
    lines = [f"{name}\t{'a' if index % 2 else 'b'}" for index, name in enumerate(SUBJECTS)]
    (folder / "people.tsv").write_text("participant_id\tgroup\n" + "\n".join(lines) + "\n", "utf-8")


def analysed(folder: Path, text: str, region: str = "Somewhere", out: str = "out") -> Results:
    """The results of a document on such data, both below ``folder``."""
    if not (folder / "data").exists():
        write_data(folder / "data", region)
    path = folder / "small.yaml"
    path.write_text(text, "utf-8")
    return glmspec.run(path, folder / "data", folder / out).results


def _save(path: Path, values: np.ndarray) -> None:
    nib.save(nib.Nifti1Image(values, AFFINE), path)
