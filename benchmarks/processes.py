"""Whole processes, from .nii.gz to what is written: glmspec against nilearn scripts that do the same."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import nibabel as nib
import numpy as np
from arrays import LARGE
from scipy.ndimage import gaussian_filter
from timing import Measured, Row, Work, process

from glmspec.demo.simulate import write_demo_data

ROOT = Path(__file__).parent.parent
MAPS, MANY = 100, 1000
PERMUTATIONS = 10_000

GROUP = """\
glmspec: 1
name: benchmark
level: second
inputs: {{maps: "{folder}/{{subject}}.nii.gz", mask: {mask}{smoothing}}}
design: {{formula: "1"}}
contrasts: {{group-mean: intercept}}
inference: {{uncorrected: {{method: parametric, correction: none, alpha: 0.001}}}}
"""

GROUP_SCRIPT = """\
import sys, warnings
from pathlib import Path
import pandas as pd
from nilearn.glm.second_level import SecondLevelModel
from nilearn.reporting import get_clusters_table
warnings.simplefilter("ignore")
maps, out, fwhm, report = sorted(Path(sys.argv[1]).glob("*.nii.gz")), Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
mask = sys.argv[5] if len(sys.argv) > 5 else None
out.mkdir(parents=True, exist_ok=True)
model = SecondLevelModel(smoothing_fwhm=fwhm or None, mask_img=mask)
model.fit([str(path) for path in maps], design_matrix=pd.DataFrame({"intercept": [1] * len(maps)}))
found = model.compute_contrast("intercept", output_type="all")
for name, image in found.items():
    image.to_filename(out / f"{name}.nii.gz")
get_clusters_table(found["z_score"], 3.2905, two_sided=True).to_csv(out / "clusters.csv")
if report == "report":
    model.generate_report("intercept", alpha=0.001, height_control="fpr").save_as_html(out / "report.html")
"""

PERMUTATION_SCRIPT = """\
import sys, warnings
from pathlib import Path
import pandas as pd
from nilearn.glm.second_level import SecondLevelModel, non_parametric_inference
warnings.simplefilter("ignore")
maps, out, count = sorted(str(path) for path in Path(sys.argv[1]).glob("*.nii.gz")), Path(sys.argv[2]), int(sys.argv[3])
out.mkdir(parents=True, exist_ok=True)
design = pd.DataFrame({"intercept": [1] * len(maps)})
model = SecondLevelModel(smoothing_fwhm=8.0).fit(maps, design_matrix=design)
for name, image in model.compute_contrast("intercept", output_type="all").items():
    image.to_filename(out / f"{name}.nii.gz")
found = non_parametric_inference(
    maps, design_matrix=design, second_level_contrast="intercept", smoothing_fwhm=8.0, n_perm=count, n_jobs=2,
    threshold=0.001, tfce=True, random_state=1, model_intercept=True)
for name, image in found.items():
    image.to_filename(out / f"{name}.nii.gz")
model.generate_report("intercept", alpha=0.001, height_control="fpr").save_as_html(out / "report.html")
"""

FIRST_SCRIPT = """\
import sys, warnings
from pathlib import Path
import numpy as np, pandas as pd
from nilearn.glm.first_level import FirstLevelModel
warnings.simplefilter("ignore")
data, out = Path(sys.argv[1]), Path(sys.argv[2])
out.mkdir(parents=True, exist_ok=True)
matrices = [np.load(data / f"run-{run}_design.npz")["X"] for run in (1, 2)]
named = ["SSt_SSp", "SSt_DSp", "DSt_SSp", "DSt_DSp", "FirstSt"]
frames = [pd.DataFrame(each, columns=[*named, *[f"c{i}" for i in range(each.shape[1] - 5)]]) for each in matrices]
model = FirstLevelModel(mask_img=str(data / "mask.nii.gz"), smoothing_fwhm=5, noise_model="ar1", t_r=2.5, n_jobs=2)
model.fit([str(data / f"run-{run}_bold.nii.gz") for run in (1, 2)], design_matrices=frames)
rows = {"a": [1, 0, 0, -1, 0], "b": [-1, 0, 0, 1, 0], "c": [-1, -1, 1, 1, 0], "d": [-1, 1, -1, 1, 0],
        "e": [0, -1, 0, 1, 0], "f": [0, 0, -1, 1, 0], "g": [-1, -1, -1, -1, 4], "h": np.eye(5).tolist()}
for name, weights in rows.items():
    weights = np.atleast_2d(weights)
    full = [np.hstack([weights, np.zeros((len(weights), frame.shape[1] - 5))]).squeeze() for frame in frames]
    found = model.compute_contrast(full, stat_type="F" if name == "h" else "t", output_type="all")
    for kind, image in found.items():
        image.to_filename(out / f"{name}_{kind}.nii.gz")
"""

START = "import numpy, nibabel, scipy.special, scipy.ndimage\n"
READ = """\
import sys, gzip, zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import numpy, nibabel, scipy.special, scipy.ndimage
def read(path):
    return float(numpy.asarray(nibabel.load(path).dataobj).flat[0])
with ThreadPoolExecutor(2) as pool:
    list(pool.map(read, sorted(Path(sys.argv[1]).rglob(sys.argv[2]))))
"""


def process_rows(folder: Path) -> dict[str, Callable[[], Row]]:
    """Each made when its turn comes; data are written into the folder, and stay there."""
    made = {
        "whole process: 16 maps, one-sample, report": _group,
        "whole process: button-press-permutation, 10,000, report (peer ~ from 10 and 50)": _permutation,
        "whole process: two runs, AR(1), 8 contrasts, maps": _first_level,
        "whole process: 100 maps at 2 mm, smoothed, one-sample": _large_group,
        "whole process: 1,000 maps at 2 mm": _streamed,
    }
    return {name: lambda row=row: row(folder) for name, row in made.items()}


def python(script: str, *arguments: object) -> list[str]:
    """A command."""
    return [sys.executable, "-c", script, *map(str, arguments)]


def run(folder: Path, document: Path, data: Path) -> Work:
    """glmspec, each time into a folder of its own that is removed again."""
    numbers = count()

    def measure() -> Measured:
        out = folder / f"out-{document.stem}-{os.getpid()}-{next(numbers)}"
        arguments = [str(document), "--data", str(data), "-o", str(out), "-j", "2", "-q"]
        try:
            return process([sys.executable, "-m", "glmspec", "run", *arguments], PYTHONPATH=str(ROOT))()
        finally:
            shutil.rmtree(out, ignore_errors=True)

    return measure


def _demo(folder: Path) -> Path:
    data = folder / "demo"
    if not (data / "written").is_file():
        write_demo_data(data)
        (data / "written").touch()
    return data


def _large_maps(folder: Path) -> Path:
    """100 maps at 2 mm and their mask; 1,000 are these ten times, with other times in their gzip headers.

    So no file is another's copy, which would be computed once.
    """
    data = folder / "large"
    if (data / "written").is_file():
        return data
    rng = np.random.default_rng(1)
    affine = np.diag([2.0, 2, 2, 1])
    affine[:3, 3] = -90, -126, -72
    mask = _brain()
    for name in ("hundred", "thousand"):
        (data / name).mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(mask.astype(np.uint8), affine), data / "mask.nii.gz")
    for number in range(MAPS):
        noise = gaussian_filter(rng.standard_normal(LARGE[0]).astype(np.float32), 1.5) * mask
        path = data / "hundred" / f"s{number:04d}.nii.gz"
        nib.save(nib.Nifti1Image(noise.astype(np.float32), affine), path)
        for copy in range(MANY // MAPS):
            other = data / "thousand" / f"s{number + copy * MAPS:04d}.nii.gz"
            packed = bytearray(path.read_bytes())
            packed[4:8] = (1 + copy).to_bytes(4, "little")
            other.write_bytes(packed)
    (data / "written").touch()
    return data


def _brain() -> np.ndarray:
    from arrays import ellipsoid

    return ellipsoid(*LARGE)


def _written(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path


def _group(folder: Path) -> Row:
    data = _demo(folder)
    text = GROUP.format(folder="left-minus-right", mask="{compute: background}", smoothing=", smoothing_fwhm: 8.0")
    ours = run(folder, _written(folder, "group", text), data)
    theirs = process(python(GROUP_SCRIPT, data / "left-minus-right", folder / "nilearn", 8.0, "report"))
    floor = process(python(READ, data / "left-minus-right", "*.nii.gz"))
    return Row(ours, {"nilearn": theirs}, floor)


def _permutation(folder: Path) -> Row:
    data = _demo(folder)
    text = (ROOT / "specs" / "button-press-permutation.yaml").read_text("utf-8")
    text = text.replace("permutations: 2000", f"permutations: {PERMUTATIONS}")
    assert str(PERMUTATIONS) in text
    ours = run(folder, _written(folder, "permutation", text), data)

    def theirs() -> Measured:
        few, more = (
            process(python(PERMUTATION_SCRIPT, data / "left-minus-right", folder / "nilearn", number))()
            for number in (10, 50)
        )
        each = (more.seconds - few.seconds) / 40
        return Measured(few.seconds + each * (PERMUTATIONS - 10), max(few.memory, more.memory))

    floor = process(python(READ, data / "left-minus-right", "*.nii.gz"))
    return Row(ours, {"nilearn": theirs}, floor, least=15)


def _first_level(folder: Path) -> Row:
    data = _demo(folder)
    ours = run(folder, ROOT / "specs" / "fiac-two-runs.yaml", data)
    theirs = process(python(FIRST_SCRIPT, data / "fiac", folder / "nilearn"))
    floor = process(python(READ, data / "fiac", "*_bold.nii.gz"))
    return Row(ours, {"nilearn": theirs}, floor, least=4)


def _large_group(folder: Path) -> Row:
    data = _large_maps(folder)
    text = GROUP.format(folder="hundred", mask="mask.nii.gz", smoothing=", smoothing_fwhm: 6.0")
    ours = run(folder, _written(folder, "hundred", text), data)
    theirs = process(python(GROUP_SCRIPT, data / "hundred", folder / "nilearn", 6.0, "none", data / "mask.nii.gz"))
    floor = process(python(READ, data / "hundred", "*.nii.gz"))
    return Row(ours, {"nilearn": theirs}, floor, least=6)


def _streamed(folder: Path) -> Row:
    data = _large_maps(folder)
    text = GROUP.format(folder="thousand", mask="mask.nii.gz", smoothing=", smoothing_fwhm: 6.0")
    ours = run(folder, _written(folder, "thousand", text), data)
    reading = process(python(READ, data / "thousand", "*.nii.gz"))
    return Row(ours, {"reading and unzipping": reading}, most=1.5, warm=False)
