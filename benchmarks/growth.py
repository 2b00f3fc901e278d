"""How time and memory grow: with permutations, subjects, voxels, runs and contrasts. Writes docs/growth.md and .svg.

    python benchmarks/growth.py [--repeats 3]

Each point is a process of its own, so that its peak memory is its own too. Exponents are the slopes of straight lines
through logarithms: 1 is proportional, 0 is no growth. Takes some ten minutes.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from timing import machine, process

DOCS = Path(__file__).parent.parent / "docs"
SPACE = (48, 48, 48)
POINTS: dict[str, list[int]] = {
    "permutations": [4096, 8192, 16_384, 32_768, 65_536],
    "subjects": [8, 16, 32, 64, 128],
    "voxels": [12_500, 25_000, 50_000, 100_000],
    "runs": [1, 2, 4, 8],
    "contrasts": [2, 4, 8, 16, 32],
}


def relabelled(permutations: int = 16_384, subjects: int = 16, voxels: int = 50_000) -> Callable[[], object]:
    """Sign flips with clusters."""
    from arrays import maps
    from permutations import CLUSTERS, inference, null

    from glmspec.core.exchangeability import rows

    space = (SPACE, voxels)
    maps(subjects, space)
    test = inference(np.ones((subjects, 1)), [1.0], rows(subjects, "sign-flip"), CLUSTERS, space=space)
    return lambda: null(test, permutations)


def fitted(runs: int = 2, contrasts: int = 8) -> Callable[[], object]:
    """Fits with AR(1) noise and t contrasts of each run, block by block."""
    from arrays import simulated_run

    from glmspec.core.autocorrelation import fit_ar, t_contrasts_gls
    from glmspec.core.least_squares import prepare
    from glmspec.execution.executors import executor
    from glmspec.plan.steps import BLOCK

    data = [simulated_run(seed) for seed in range(runs)]
    designs = [prepare(design) for design, _ in data]
    weights = np.random.default_rng(0).normal(size=(contrasts, designs[0].columns))

    def block(task: tuple[int, int]) -> object:
        run, start = task
        part = data[run][1][:, start : start + BLOCK].astype(np.float64)
        return t_contrasts_gls(designs[run], fit_ar(designs[run], part), weights).t.astype(np.float32)

    tasks = [(run, start) for run in range(runs) for start in range(0, data[0][1].shape[1], BLOCK)]
    return lambda: list(executor(2).map(block, tasks, 4))


WORK: dict[str, Callable[[int], Callable[[], object]]] = {
    "permutations": lambda number: relabelled(permutations=number),
    "subjects": lambda number: relabelled(subjects=number),
    "voxels": lambda number: relabelled(voxels=number),
    "runs": lambda number: fitted(runs=number),
    "contrasts": lambda number: fitted(contrasts=number),
}


def point(kind: str, number: int, repeats: int) -> tuple[float, int]:
    """Median seconds, and bytes at the peak."""
    command = [sys.executable, __file__, "--one", kind, str(number), "--repeats", str(repeats)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout), process(command)().memory


def exponent(numbers: list[int], values: list[float]) -> float:
    """The slope of a line through logarithms."""
    return float(np.polyfit(np.log(numbers), np.log(np.maximum(values, 1e-9)), 1)[0])


def main() -> None:
    """Measure, fit, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", nargs=2, help="measure one point, and print its seconds")
    asked = parser.parse_args()
    if asked.one:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, user_api="blas"):
            work = WORK[asked.one[0]](int(asked.one[1]))
            work()
            times = []
            for _ in range(asked.repeats):
                start = time.perf_counter()
                work()
                times.append(time.perf_counter() - start)
        print(statistics.median(times))
        return
    found: dict[str, list[tuple[float, int]]] = {}
    for kind, numbers in POINTS.items():
        found[kind] = []
        for number in numbers:
            seconds, memory = point(kind, number, asked.repeats)
            found[kind].append((seconds, memory))
            print(f"{kind} {number}: {seconds:.3f} s, {memory / 1e6:.0f} MB", flush=True)
        write(found)


def write(found: dict[str, list[tuple[float, int]]]) -> None:
    """The page and its picture, as far as they are known."""
    lines = []
    for kind, points in found.items():
        numbers = POINTS[kind][: len(points)]
        seconds, memory = ([float(each[column]) for each in points] for column in (0, 1))
        shown = "; ".join(
            f"{number:,}: {each[0]:.2g} s, {each[1] / 1e6:.0f} MB" for number, each in zip(numbers, points, strict=True)
        )
        growth = f"{exponent(numbers, seconds):.2f} | {exponent(numbers, memory):.2f}" if len(points) > 1 else " | "
        lines.append(f"| {kind} | {growth} | {shown} |")
    text = (
        "# How time and memory grow\n\nMeasured on " + machine() + " by `python benchmarks/growth.py`.\n\n"
        "![Time and peak memory against what grows](growth.svg)\n\n"
        "Permutations, subjects and voxels: sign flips with cluster size and mass, of 16 maps of 50,000 voxels and\n"
        "16,384 times where nothing else is said. Runs and contrasts: AR(1) fits of 191 scans and 40,000 voxels with\n"
        "t contrasts, two runs and eight contrasts where nothing else is said.\n"
        "Memory is that of the whole process, some 200 MB of which are Python and its libraries.\n\n"
        "| what grows | exponent of time | of memory | measured |\n|---|---|---|---|\n" + "\n".join(lines) + "\n"
    )
    (DOCS / "growth.md").write_text(text, "utf-8")
    draw(found)


def draw(found: dict[str, list[tuple[float, int]]]) -> None:
    """Two panels on logarithmic axes."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams["svg.hashsalt"] = "growth"
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for kind, points in found.items():
        numbers = np.array(POINTS[kind][: len(points)]) / POINTS[kind][0]
        for axis, column, scale in ((axes[0], 0, 1.0), (axes[1], 1, 1e6)):
            axis.loglog(numbers, [each[column] / scale for each in points], marker="o", label=kind)
    for axis, title in zip(axes, ("time, s", "peak memory, MB"), strict=True):
        axis.set(xlabel="times the smallest number", title=title)
        axis.grid(which="major", alpha=0.3)
    axes[0].legend()
    figure.savefig(DOCS / "growth.svg", metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    main()
