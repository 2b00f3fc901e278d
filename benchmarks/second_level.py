"""One-sample group test from files to maps, table and report: glmspec against a nilearn script, whole processes.

    python benchmarks/second_level.py [--repeats 5]

Both read the same simulated maps (16 subjects, 3 mm), compute the background mask, smooth with 8 mm, fit, threshold
at two-sided p <= .001, write t and z maps, the cluster table and an HTML report. Runs alternate; medians are
compared, and the largest difference of t. The floor is what it takes to start Python, import numpy, scipy and
nibabel, and read the maps.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nibabel as nib
import numpy as np

from glmspec.demo.simulate import write_group

DOCUMENT = """\
glmspec: 1
name: benchmark
level: second
inputs:
  maps: "left-minus-right/{subject}.nii.gz"
  mask: {compute: background}
  smoothing_fwhm: 8.0
design: {formula: "1"}
contrasts: {group-mean: intercept}
inference:
  uncorrected: {method: parametric, correction: none, alpha: 0.001}
"""

NILEARN = """\
import sys, warnings
from pathlib import Path
import pandas as pd
from nilearn.glm.second_level import SecondLevelModel
from nilearn.reporting import get_clusters_table
warnings.simplefilter("ignore")
data, out = Path(sys.argv[1]), Path(sys.argv[2])
out.mkdir(parents=True, exist_ok=True)
maps = sorted(str(path) for path in (data / "left-minus-right").glob("*.nii.gz"))
model = SecondLevelModel(smoothing_fwhm=8.0).fit(maps, design_matrix=pd.DataFrame({"intercept": [1] * len(maps)}))
found = model.compute_contrast("intercept", output_type="all")
found["stat"].to_filename(out / "t.nii.gz")
found["z_score"].to_filename(out / "z.nii.gz")
get_clusters_table(found["z_score"], 3.2905, two_sided=True).to_csv(out / "clusters.csv")
model.generate_report("intercept", alpha=0.001, height_control="fpr").save_as_html(out / "report.html")
"""

FLOOR = """\
import sys
from pathlib import Path
import numpy, nibabel, scipy.special, scipy.ndimage
for path in sorted((Path(sys.argv[1]) / "left-minus-right").glob("*.nii.gz")):
    numpy.asarray(nibabel.load(path).dataobj)
"""


def seconds(command: list[str]) -> float:
    """Wall time of a whole process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    return time.perf_counter() - start


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    times: dict[str, list[float]] = {"glmspec": [], "nilearn": [], "floor": []}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_group(root / "data")
        (root / "document.yaml").write_text(DOCUMENT)
        for repeat in range(repeats):
            ours, theirs = root / f"glmspec-{repeat}", root / f"nilearn-{repeat}"
            run = [sys.executable, "-m", "glmspec", "run", str(root / "document.yaml"), "--data", str(root / "data")]
            times["glmspec"].append(seconds([*run, "-o", str(ours), "-j", "2", "-q"]))
            times["nilearn"].append(seconds([sys.executable, "-c", NILEARN, str(root / "data"), str(theirs)]))
            times["floor"].append(seconds([sys.executable, "-c", FLOOR, str(root / "data")]))
        t = nib.load(ours / "maps/contrast-groupMean_stat-t_statmap.nii.gz").get_fdata()
        difference = float(np.abs(t - nib.load(theirs / "t.nii.gz").get_fdata()).max())
    middle = {name: statistics.median(values) for name, values in times.items()}
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {repeats} repeats")
    for name, values in times.items():
        print(f"{name:8s} median {middle[name]:6.2f} s   from {min(values):.2f} to {max(values):.2f} s")
    print(f"nilearn / glmspec: {middle['nilearn'] / middle['glmspec']:.1f}")
    print(f"glmspec / floor: {middle['glmspec'] / middle['floor']:.1f}")
    print(f"largest difference of t: {difference:.1e}")


if __name__ == "__main__":
    main()
