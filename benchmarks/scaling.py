"""What 10,000 subjects would take, on paper: constants measured here, and arithmetic. Writes docs/scaling.md.

python benchmarks/scaling.py                     a minute or two
"""

from __future__ import annotations

import gzip
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import fill

import numpy as np
from arrays import LARGE, ellipsoid, simulated_run
from isal import igzip
from permutations import CLUSTERS, FORMING
from scipy.ndimage import gaussian_filter
from scipy.stats import t as student
from threadpoolctl import threadpool_limits
from timing import machine

from glmspec.core.autocorrelation import fit_ar, t_contrasts_gls
from glmspec.core.controls import Controls
from glmspec.core.draws import relabellings
from glmspec.core.exchangeability import rows
from glmspec.core.least_squares import prepare as prepare_design
from glmspec.core.neighbours import prepare_neighbours
from glmspec.core.partition import partition
from glmspec.core.permutation import prepare
from glmspec.core.smoothing_kernels import smooth_compiled
from glmspec.execution.permutations import SCREENED, screened
from glmspec.images.packing import LEVEL

PAGE = Path(__file__).parent.parent / "docs" / "scaling.md"
SUBJECTS, RUNS, SCANS, CONTRASTS, PERMUTATIONS = 10_000, 2, 300, 8, 10_000
GRID, VOXELS = int(np.prod(LARGE[0])), LARGE[1]
NODES = (1, 8, 64)
CORES, MEMORY, DISK, LINK = 32, 256e9, 5e9, 1.25e9
"""A node: cores, bytes of memory; bytes a second of the shared disk for all nodes, and of a node's link to it."""


def seconds(function: Callable[[], object], repeats: int = 5) -> float:
    """The median of some calls on one core."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def constants() -> dict[str, float]:
    """Seconds of one core, and bytes, for the pieces that everything is made of."""
    mask = ellipsoid(*LARGE)
    rng = np.random.default_rng(1)
    volume = (1000 + 100 * gaussian_filter(rng.standard_normal(LARGE[0]), 1.2)) * mask
    raw = volume.astype(np.int16).tobytes()
    packed = gzip.compress(raw, 6)
    design, data = simulated_run(1, voxels=8192, scans=SCANS)
    prepared, weights = prepare_design(design), np.eye(design.shape[1])[:CONTRASTS]

    def fit() -> None:
        t_contrasts_gls(prepared, fit_ar(prepared, data.astype(np.float64)), weights)

    effect = gaussian_filter(rng.standard_normal(LARGE[0]), 1.5).astype(np.float32) * mask
    return {
        "bytes": len(packed),
        "unzip": seconds(lambda: igzip.decompress(packed)),
        "smooth": seconds(lambda: smooth_compiled(volume.astype(np.float32), 6.0, np.diag([2.0, 2, 2, 1])), 3),
        "fit": seconds(fit, 3) / 8192,
        "map bytes": len(gzip.compress(effect.tobytes(), LEVEL)),
        "write": seconds(lambda: gzip.compress(effect.tobytes(), LEVEL), 1),
        **relabelling(),
    }


def relabelling() -> dict[str, float]:
    """One relabelling with clusters at 2 mm: seconds that grow with the subjects, and those that do not."""
    mask, found = ellipsoid(*LARGE), []
    neighbours = prepare_neighbours(mask, "faces")
    for subjects in (40, 100):
        group, parts = rows(subjects, "sign-flip"), partition(prepare_design(np.ones((subjects, 1))), [1.0])
        prepared = prepare(np.random.default_rng(1).normal(size=(subjects, VOXELS)), parts, group)
        controls = Controls(CLUSTERS, "t", "greater", neighbours, float(student.isf(FORMING, parts.dof)))
        some = relabellings(group, 1, SCREENED, 2 * SCREENED)
        found.append(
            seconds(lambda prepared=prepared, some=some, c=controls: c.null(prepared, some, SCREENED), 3) / SCREENED
        )
    each = max((found[1] - found[0]) / 60, 0.0)
    return {"relabel a subject": each, "relabel": found[0] - 40 * each}


def page(known: dict[str, float]) -> str:
    """docs/scaling.md."""
    volumes = SUBJECTS * RUNS * SCANS
    first = {
        "unzip": volumes * known["unzip"],
        "smooth": volumes * known["smooth"],
        "fit and test": SUBJECTS * RUNS * VOXELS * known["fit"],
        "write maps": SUBJECTS * CONTRASTS * 4 * known["write"],
    }
    second = PERMUTATIONS * (known["relabel"] + SUBJECTS * known["relabel a subject"])
    read, written = volumes * known["bytes"], SUBJECTS * CONTRASTS * 4 * known["map bytes"]
    group = 3 * 8 * SUBJECTS * VOXELS
    lines = [
        "# Ten thousand subjects, on paper\n",
        paragraph(
            f"What {SUBJECTS:,} subjects with {RUNS} runs of {SCANS} scans at 2 mm ({VOXELS:,} voxels) "
            "would take: first "
            f"levels with AR(1) noise and {CONTRASTS} contrasts, then one group model with "
            f"{PERMUTATIONS:,} sign flips, "
            "voxel and cluster control. Nobody ran it: these are constants of one core, measured by "
            f"`python benchmarks/scaling.py` on {machine()}, times how often each occurs."
        ),
        "| one core of that machine | |\n|---|---|",
        f"| unzip a scan of {known['bytes'] / 1e6:.2f} MB | {known['unzip'] * 1e3:.1f} ms |",
        f"| smooth it | {known['smooth'] * 1e3:.0f} ms |",
        f"| fit and test a voxel of a run | {known['fit'] * 1e6:.1f} us |",
        f"| zip a map of {known['map bytes'] / 1e6:.2f} MB | {known['write'] * 1e3:.0f} ms |",
        f"| a relabelling, for each subject | {known['relabel a subject'] * 1e6:.1f} us |",
        f"| a relabelling, whatever the subjects | {known['relabel'] * 1e3:.2f} ms |\n",
        paragraph(
            f"A node has {CORES} cores and {MEMORY / 1e9:.0f} GB, a link of {LINK / 1e9:.2f} GB/s, and "
            "all nodes share a "
            f"disk of {DISK / 1e9:.0f} GB/s. Cores are taken to be those of the machine above, all of them busy."
        ),
        "| | " + " | ".join(f"{nodes} node{'s' if nodes > 1 else ''}" for nodes in NODES) + " |",
        "|---|" + "---|" * len(NODES),
    ]

    def row(name: str, cell: Callable[[int], str]) -> None:
        lines.append(f"| {name} | " + " | ".join(cell(nodes) for nodes in NODES) + " |")

    for name, total in first.items():
        row(f"first levels: {name}", lambda nodes, total=total: hours(total / (nodes * CORES)))
    row("first levels: traffic", lambda nodes: hours((read + written) / min(DISK, nodes * LINK)))
    row("group: residualise, each node for itself", lambda nodes: hours(group / LINK + group / 2e9))
    useful = PERMUTATIONS // screened(SUBJECTS, VOXELS)  # chunks: no more cores than that have something to do
    row("group: relabel", lambda nodes: hours(second / min(nodes * CORES, useful)))
    row("group: traffic", lambda nodes: hours(8 * SUBJECTS * VOXELS * nodes / min(DISK, nodes * LINK)))
    stored = 8 * SUBJECTS * CONTRASTS * VOXELS * 5
    lines += [
        "",
        paragraph(
            f"Read: {read / 1e12:.1f} TB of scans; written: {written / 1e12:.2f} TB of maps, and "
            f"{stored / 1e12:.1f} TB in "
            "the store if nothing is cleared away. Memory: a run at work "
            f"{(4 * GRID + 16 * VOXELS) * SCANS / 1e9:.1f} GB "
            f"for each worker; the group {group / 1e9:.0f} GB, once for each worker process: start one "
            "process of as many "
            "threads as a node has cores, not one process a core."
        ),
        paragraph(
            f"**What saturates first.** First levels: {slowest(first, read + written)}. The group: "
            "memory, before time: "
            f"the residuals of all subjects are held in double precision with copies, {group / 1e9:.0f} GB, "
            f"{verdict(group)}. Relabellings need nothing of each other, and there are {useful} chunks of them: from "
            f"{max(useful // CORES, 1)} nodes on, more nodes do not help."
        ),
    ]
    return "\n".join(lines)


def paragraph(text: str) -> str:
    """Text in lines, and an empty one."""
    return fill(text, 120, break_long_words=False, break_on_hyphens=False) + "\n"


def slowest(parts: dict[str, float], traffic: float) -> str:
    """What most of the time of first levels goes into, and from how many nodes on it is the disk."""
    name = max(parts, key=lambda part: parts[part])
    nodes = sum(parts.values()) / CORES / (traffic / DISK)
    return f"processors, and of their time most goes to {name}; the disk from some {nodes:.0f} nodes on"


def verdict(size: float) -> str:
    """Whether a node holds it."""
    return "which a node holds" if size < MEMORY else "more than a node has"


def hours(total: float) -> str:
    """A time as a person reads it."""
    return f"{total / 3600:.1f} h" if total >= 3600 else f"{total / 60:.0f} min" if total >= 60 else f"{total:.0f} s"


def main() -> None:
    """Measure, and write the page."""
    with threadpool_limits(1):
        text = page(constants())
    PAGE.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
