"""Reports that are hard to show, made from simulated brains of any voxel size.

    python tests/reporting/hard_cases.py DIR [NAME...]

writes the results of each case to DIR/NAME/out, in voxels of a real analysis, to be looked at. Tests make the same
cases in coarse voxels.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nibabel as nib
import numpy as np

import glmspec
from glmspec.demo.brain import brain
from glmspec.demo.maps import bell, smooth_noise
from glmspec.demo.space import Grid, grid, places
from glmspec.execution.results import Results

LEFT = (-38.0, -24.0, 54.0)
"""mm: where effects are, in the left hemisphere."""
HERE = (14.0, 14.0, 12.0)
CHINESE = "\u5de6\u624b\u6309\u952e\u5927\u4e8e\u53f3\u624b\u6309\u952e"
ARABIC = (
    "\u0636\u063a\u0637\u0629 \u0627\u0644\u064a\u062f \u0627\u0644\u064a\u0633\u0631\u0649"
    " \u0645\u0642\u0627\u0628\u0644 \u0627\u0644\u064a\u0645\u0646\u0649"
)
MARKUP = "<b>bold</b> & <img src=x onerror=alert(1)> </script>"


class Volume(NamedTuple):
    """A grid, its brain, and an effect on it."""

    box: Grid
    inside: np.ndarray
    effect: np.ndarray


def volume(voxel: float) -> Volume:
    """A brain in cubes of ``voxel`` mm, stored from right to left: its affine has a negative determinant."""
    box = grid(voxel)
    at = places(box)
    return Volume(box, brain(at).hull > 0, bell(at, 1.0, LEFT, HERE))


def save(path: Path, values: np.ndarray, box: Grid) -> None:
    """An image in single precision."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(values.astype(np.float32), box.affine)
    image.header.set_xyzt_units("mm", "sec")
    nib.save(image, path)


def maps(folder: Path, where: Volume, subjects: int, heights: dict[str, float]) -> None:
    """A map for each subject and condition, of smooth noise and an effect of a height; and the mask."""
    random = np.random.default_rng(7)
    for number in range(1, subjects + 1):
        for condition, height in heights.items():
            noise = smooth_noise(where.box, random, 8.0)
            save(
                folder / f"{condition}/P{number:02d}.nii.gz", where.inside * (noise + height * where.effect), where.box
            )
    save(folder / "mask.nii.gz", where.inside, where.box)


GROUP = """\
glmspec: 1
name: {name}
title: {title}
level: second
inputs: {{maps: "{{condition}}/{{subject}}.nii.gz", mask: {mask}}}
design: {{formula: "condition + subject"}}
contrasts:
{contrasts}
inference:
  display: {{method: parametric, correction: none, alpha: 0.001}}
  fdr: {{method: parametric, correction: fdr, alpha: 0.05}}
{more}"""


def group(name: str, contrasts: dict[str, str], title: str = "", mask: str = "mask.nii.gz", more: str = "") -> str:
    """A document over conditions within subjects; contrasts are YAML."""
    lines = "\n".join(f"  {key}: {value}" for key, value in contrasts.items())
    quoted = json.dumps(title or name, ensure_ascii=False)
    return GROUP.format(name=name, title=quoted, contrasts=lines, mask=mask, more=more)


def many(folder: Path, voxel: float) -> str:
    """24 contrasts."""
    heights = {f"c{number}": 0.5 * number for number in range(8)}
    maps(folder, volume(voxel), 8, heights)
    names = list(heights)
    pairs = [(one, other) for index, one in enumerate(names) for other in names[:index]][:23]
    asked = {f"{one}-over-{other}": f'"condition[{one}] - condition[{other}]"' for one, other in pairs}
    return group("many", {**asked, "any": "{test: F, term: condition}"}, "Twenty-four contrasts")


def nothing(folder: Path, voxel: float) -> str:
    """A contrast in which nothing survives, beside one in which something does."""
    maps(folder, volume(voxel), 8, {"a": 0.0, "b": 0.0, "c": 4.0})
    strict = "  strict: {method: parametric, correction: bonferroni, alpha: 0.001}\n"
    asked = {"nothing": '"condition[a] - condition[b]"', "something": '"condition[c] - condition[a]"'}
    return group("nothing", asked, "Nothing survives", more=strict)


def cut_off(folder: Path, voxel: float) -> str:
    """A mask that misses the cerebellum, over a picture that has it."""
    where = volume(voxel)
    maps(folder, where, 8, {"a": 3.0, "b": 0.0})
    at = places(where.box)
    parts = brain(at)
    save(folder / "short.nii.gz", where.inside & (parts.cerebellum < 0) & (at.z > -34), where.box)
    fine = grid(max(voxel / 2, 2.0))
    tissue = brain(places(fine))
    save(folder / "head.nii.gz", 60 * (tissue.hull > 0) + 30 * (tissue.hull > 6) + 8 * (tissue.cerebellum > 0), fine)
    more = "report: {background: head.nii.gz}\n"
    return group("cut-off", {"a-over-b": '"condition[a] - condition[b]"'}, "No cerebellum", "short.nii.gz", more)


def words(folder: Path, voxel: float) -> str:
    """Chinese, Arabic and markup wherever a document has words."""
    maps(folder, volume(voxel), 8, {"a": 3.0, "b": 0.0})
    texts = [json.dumps(text, ensure_ascii=False) for text in (CHINESE, ARABIC, MARKUP)]
    asked = {
        f"c{number}": f'{{expression: "condition[{one}] - condition[{other}]", title: {text}}}'
        for number, (text, one, other) in enumerate(zip(texts, "aba", "bab", strict=True))
    }
    more = f"description: {json.dumps(f'{CHINESE}: {ARABIC} ({MARKUP})', ensure_ascii=False)}\nauthors: [{texts[1]}]\n"
    more += "regions: {all: {image: mask.nii.gz, labels: labels.tsv}}\nreport: {atlas: all}\n"
    (folder / "labels.tsv").write_text(f"index\tname\n1\t{ARABIC} {CHINESE}\n", "utf-8")
    return group("words", asked, f"{CHINESE} {ARABIC} {MARKUP}", more=more)


FIRST = """\
glmspec: 1
name: {name}
title: {title}
level: first
inputs:
  runs: {{bold: "{bold}", confounds: "{confounds}", events: "{events}"{mask}}}
  repetition_time: 2
{inputs}
design:
  hrf: glover
  drift: none
  confounds: ["m*"]
  noise: ols
  scaling: none
contrasts:
{contrasts}
inference:
  display: {{method: parametric, correction: none, alpha: 0.001}}
"""


def scans(
    folder: Path, where: Volume, count: int, confounds: int, random: np.random.Generator, inside: np.ndarray
) -> None:
    """A run of noise in which an effect follows the condition `go`; its events and its confounds."""
    onsets = np.arange(4.0, 2.0 * count - 12, 16.0)
    types = np.resize(["go", "stop"], len(onsets))
    rows = "\n".join(f"{onset:g}\t4\t{kind}" for onset, kind in zip(onsets, types, strict=True))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "events.tsv").write_text(f"onset\tduration\ttrial_type\n{rows}\n", "utf-8")
    moved = random.normal(size=(count, confounds)).round(4)
    head = "\t".join(f"m{number:03d}_derivative_power" for number in range(1, confounds + 1))
    text = "\n".join("\t".join(f"{value:g}" for value in row) for row in moved)
    (folder / "confounds.tsv").write_text(f"{head}\n{text}\n", "utf-8")
    response = np.zeros(count)
    for onset in onsets[types == "go"]:
        response[int(onset / 2) + 2 : int(onset / 2) + 6] = 1
    data = random.normal(size=(*where.box.shape, count)).astype(np.float32)
    data += 100 + 2.0 * where.effect[..., None] * response
    data *= inside[..., None]
    image = nib.Nifti1Image(data.astype(np.float32), where.box.affine)
    image.header.set_zooms((*np.abs(np.diag(where.box.affine)[:3]), 2.0))
    image.header.set_xyzt_units("mm", "sec")
    nib.save(image, folder / "bold.nii.gz")


def forty(folder: Path, voxel: float, subjects: int = 40) -> str:
    """40 subjects, each with a mask of its own that lacks a little."""
    where = volume(voxel)
    at = places(where.box)
    for number in range(1, subjects + 1):
        random = np.random.default_rng([3, number])
        low = -60 + 10 * random.normal()
        inside = where.inside & (at.z > low) & (at.x < 60 + 12 * random.normal())
        scans(folder / f"sub-{number:02d}", where, 40, 2, random, inside)
        save(folder / f"sub-{number:02d}/mask.nii.gz", inside, where.box)
    asked = {
        "go": "go - stop",
        "stop": "stop - go",
        "any": "{test: F, rows: [go, stop]}",
        "both": "go + stop",
    }
    here = "sub-{subject}/"
    return FIRST.format(
        name="forty",
        title=json.dumps(f"{subjects} subjects"),
        bold=f"{here}bold.nii.gz",
        events=f"{here}events.tsv",
        confounds=f"{here}confounds.tsv",
        mask=f', mask: "{here}mask.nii.gz"',
        inputs="",
        contrasts="\n".join(f"  {key}: {value}" for key, value in asked.items()),
    )


def columns(folder: Path, voxel: float) -> str:
    """200 design columns with long names."""
    where = volume(voxel)
    scans(folder, where, 260, 197, np.random.default_rng(5), where.inside)
    save(folder / "mask.nii.gz", where.inside, where.box)
    return FIRST.format(
        name="columns",
        title='"Two hundred design columns"',
        bold="bold.nii.gz",
        events="events.tsv",
        confounds="confounds.tsv",
        mask="",
        inputs="  mask: mask.nii.gz",
        contrasts="  go: go - stop\n  any: {test: F, rows: [go, stop]}",
    )


MAP = """\
glmspec: 1
name: {name}
title: {title}
level: map
inputs: {{statistic: stat.nii.gz, scale: {scale}, mask: mask.nii.gz}}
inference:
  display: {{method: parametric, correction: none, alpha: 0.001}}
  fdr: {{method: parametric, correction: fdr, alpha: 0.05}}
"""


def one_map(folder: Path, where: Volume, name: str, title: str, scale: str, values: np.ndarray) -> str:
    """A statistic image."""
    save(folder / "stat.nii.gz", where.inside * values, where.box)
    save(folder / "mask.nii.gz", where.inside, where.box)
    return MAP.format(name=name, title=json.dumps(title), scale=scale)


def fine(folder: Path, voxel: float) -> str:
    """A map in voxels of a third of the size: 1 mm."""
    where = volume(voxel / 3)
    values = smooth_noise(where.box, np.random.default_rng(1), 6.0) + 7 * where.effect
    return one_map(folder, where, "fine", "One millimetre", "z", values)


def flipped(folder: Path, voxel: float) -> str:
    """An image stored from right to left, with an effect in the left hemisphere."""
    where = volume(voxel)
    assert np.linalg.det(where.box.affine) < 0
    values = smooth_noise(where.box, np.random.default_rng(1), 6.0) + 7 * where.effect
    return one_map(
        folder, where, "flipped", "Negative determinant: the effect is on the left", "{t: {dof: 20}}", values
    )


def ratio(folder: Path, voxel: float) -> str:
    """An F image."""
    where = volume(voxel)
    random = np.random.default_rng(1)
    noise = [smooth_noise(where.box, random, 6.0) for _ in range(3)]
    values = ((noise[0] + 5 * where.effect) ** 2 + noise[1] ** 2 + noise[2] ** 2) / 3
    return one_map(folder, where, "ratio", "An F image", "{F: {dof: [3, 60]}}", values)


CASES: dict[str, Callable[[Path, float], str]] = {
    case.__name__: case for case in (many, nothing, cut_off, words, forty, columns, fine, flipped, ratio)
}
"""Name -> what writes its data and gives its document."""


def made(folder: Path, name: str, voxel: float = 3.0) -> Results:
    """The results of a case."""
    data = folder / name / "data"
    data.mkdir(parents=True, exist_ok=True)
    text = CASES[name](data, voxel)
    path = folder / name / "case.yaml"
    path.write_text(text, "utf-8")
    return glmspec.run(path, data, folder / name / "out").results


if __name__ == "__main__":
    for wanted in sys.argv[2:] or CASES:
        sys.stdout.write(f"{made(Path(sys.argv[1]), wanted).folder}/report.html\n")
