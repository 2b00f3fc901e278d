"""The report of a first level against nilearn's of the same contrasts: size, rendering from what is stored, opening.

    python benchmarks/report.py [--repeats 5]

Two runs of simulated scans (43,178 voxels of 3 x 3 x 4 mm) are analysed by both with the same ready-made matrices, once
with 8 and once with 24 contrasts, at p <= 0.001. Measured, in the same process and in turns: the seconds that a report
takes from finished results (start-up and imports aside; nilearn's from its fitted model, whose contrasts it computes
anew), the size of the file, and in Chromium without a network the seconds from the beginning of the navigation until
the viewer is ready, which of nilearn's static page is the `load` event. Medians are compared.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from nilearn.glm.first_level import FirstLevelModel
from playwright.sync_api import sync_playwright

import glmspec
from glmspec.demo.runs import write_runs
from glmspec.execution.results import Results
from glmspec.reporting.render import render

COLUMNS = ("SSt_SSp", "SSt_DSp", "DSt_SSp", "DSt_DSp", "FirstSt")
NUMBERS = (8, 24)
BUDGETS = {8: (2.0, 1.5, 0.5), 24: (4.0, 3.0, 0.5)}
"""MB, s to render, s until the viewer is ready."""
DOCUMENT = """\
glmspec: 1
name: benchmark
level: first
inputs:
  runs:
    - {{name: run-1, bold: fiac/run-1_bold.nii.gz, design: {{file: fiac/run-1_design.npz, array: X}}}}
    - {{name: run-2, bold: fiac/run-2_bold.nii.gz, design: {{file: fiac/run-2_design.npz, array: X}}}}
  repetition_time: 2.5
  mask: fiac/mask.nii.gz
  smoothing_fwhm: 5.0
design:
  columns: [{columns}]
  unnamed: nuisance
  noise: ols
contrasts:
{contrasts}
inference:
  display: {{method: parametric, correction: none, alpha: 0.001}}
"""


def asked(number: int) -> dict[str, str]:
    """Names and expressions: differences of columns, then of pairs of them."""
    found = {f"{a}-over-{b}".replace("_", ""): f"{a} - {b}" for a, b in permutations(COLUMNS, 2)}
    found |= {f"{a}-and-rest".replace("_", ""): f"4*{a} - " + " - ".join(set(COLUMNS) - {a}) for a in COLUMNS[:4]}
    return dict(list(found.items())[:number])


def ours(root: Path, number: int) -> Results:
    """The results of a document with so many contrasts."""
    lines = "\n".join(f"  {name}: {text}" for name, text in asked(number).items())
    path = root / f"benchmark-{number}.yaml"
    path.write_text(DOCUMENT.format(columns=", ".join(COLUMNS), contrasts=lines))
    return glmspec.run(path, root, root / f"ours-{number}", store=root / "store").results


def theirs(root: Path) -> FirstLevelModel:
    """nilearn's model of the same scans and matrices."""
    matrices = []
    for run in ("1", "2"):
        values = np.load(root / f"fiac/run-{run}_design.npz")["X"]
        names = [*COLUMNS, *(f"nuisance_{index}" for index in range(1, values.shape[1] - len(COLUMNS) + 1))]
        matrices.append(pd.DataFrame(values, columns=names))
    scans = [str(root / f"fiac/run-{run}_bold.nii.gz") for run in ("1", "2")]
    model = FirstLevelModel(
        t_r=2.5, mask_img=str(root / "fiac/mask.nii.gz"), smoothing_fwhm=5.0, noise_model="ols", minimize_memory=False
    )
    return model.fit(scans, design_matrices=matrices)


def seconds(make: Callable[[], Any]) -> float:
    """Wall time of one call."""
    gc.collect()
    start = time.perf_counter()
    make()
    return time.perf_counter() - start


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser without a network."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def opening(browser: Any, path: Path, ready: str) -> float:
    """Seconds from the beginning of the navigation until ``ready`` is there, by the clock of the page."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    watch = f"""new MutationObserver((_, seen) => {{
      if (!document.querySelector({ready!r})) return;
      window.readyAt = performance.now(); seen.disconnect(); }}).observe(document, {{
      childList: true, subtree: true, attributes: true, attributeFilter: ['data-shown'] }});"""
    page.add_init_script(watch if ready else "addEventListener('load', () => { window.readyAt = performance.now() })")
    page.goto(path.as_uri())
    while not (found := page.evaluate("window.readyAt")):  # the page's policy forbids what `wait_for_function` does
        page.wait_for_timeout(20)
    context.close()
    return float(found) / 1000


def measured(root: Path, number: int, model: FirstLevelModel, repeats: int) -> dict[str, dict[str, float]]:
    """Medians of either: size in MB, rendering in s, opening in s."""
    results = ours(root, number)
    paths = {"glmspec": root / f"glmspec-{number}.html", "nilearn": root / f"nilearn-{number}.html"}

    def by_us() -> None:
        paths["glmspec"].write_text(render(Results.open(results.folder)), "utf-8")

    def by_them() -> None:
        report = model.generate_report(asked(number), alpha=0.001, height_control="fpr", cluster_threshold=0)
        report.save_as_html(str(paths["nilearn"]))

    makers = {"glmspec": by_us, "nilearn": by_them}
    by_us()  # imports, and what the first figure of a process costs
    times: dict[str, list[float]] = {name: [] for name in makers}
    opened: dict[str, list[float]] = {name: [] for name in makers}
    for _ in range(repeats):
        for name, make in makers.items():
            times[name].append(seconds(make))
    with chromium() as browser:
        for _ in range(repeats):
            for name, ready in (("glmspec", ".viewer[data-shown]"), ("nilearn", "")):
                opened[name].append(opening(browser, paths[name], ready))
    return {
        name: {
            "MB": path.stat().st_size / 1e6,
            "render s": statistics.median(times[name]),
            "ready s": statistics.median(opened[name]),
        }
        for name, path in paths.items()
    }


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    warnings.simplefilter("ignore")
    sys.stdout.write(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {repeats} repeats\n"
    )
    sys.stdout.write(
        f"{'contrasts':>9s} {'':8s} {'glmspec':>8s} {'budget':>7s} {'nilearn':>8s} {'nilearn / glmspec':>18s}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_runs(root / "fiac")
        model = theirs(root)
        for number in NUMBERS:
            found = measured(root, number, model, repeats)
            for (what, value), budget in zip(found["glmspec"].items(), BUDGETS[number], strict=True):
                other = found["nilearn"][what]
                line = f"{number:9d} {what:8s} {value:8.2f} {budget:7.1f} {other:8.2f} {other / value:18.1f}\n"
                sys.stdout.write(line)


if __name__ == "__main__":
    main()
