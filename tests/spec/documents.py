"""The valid documents that several tests go through."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
GOOD = sorted(ROOT.glob("tests/documents/good/*.yaml"))
EXAMPLES = sorted([*ROOT.glob("specs/*.yaml"), *ROOT.glob("templates/start/*.yaml")])
EVERY = [*GOOD, *EXAMPLES]

SMALL = """\
glmspec: 1
name: patients
level: second
inputs: {maps: "maps/{subject}.nii.gz", mask: mask.nii.gz}
design: {formula: "1 + group"}
contrasts: {more: "group[patient] - group[control]"}
inference: {fdr: {method: parametric, correction: fdr, alpha: 0.05}}
"""
