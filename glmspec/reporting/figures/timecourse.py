"""What was measured and what was fitted in one voxel over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.figures.chart import FAINT, RED, Chart
from glmspec.reporting.figures.letters import wide
from glmspec.reporting.figures.scales import Scale, around, written

Floats = NDArray[np.float64]

WIDTH, HEIGHT = 336.0, 150.0
TOP, BOTTOM, RIGHT = 18.0, 32.0, 8.0


def timecourse(
    scans: Sequence[int], measured: Floats, fitted: Floats, censored: Sequence[int], title: str, unit: str
) -> str:
    """Both over the numbers of ``scans``; those that are ``censored`` are shaded."""
    up = Scale(*around([measured, fitted], 0.04), HEIGHT - BOTTOM, TOP)
    ticks = up.ticks(4)
    left = max((wide(written(tick, ticks)) for tick in ticks), default=0.0) + 24
    across = Scale(float(scans[0]), float(scans[-1]), left, WIDTH - RIGHT, whole=True)
    chart = Chart(WIDTH, HEIGHT)
    places = [float(across(scan)) for scan in censored]
    chart.boxes([(x - 1.5, TOP, 3, HEIGHT - BOTTOM - TOP) for x in places], opacity=0.15)
    chart.line(across(scans), up(measured), width=0.8, opacity=2 * FAINT)
    chart.line(across(scans), up(fitted), RED, 1.6)
    chart.left(up, left, unit, most=4)
    chart.bottom(across, HEIGHT - BOTTOM, "scan", most=6)
    chart.words(title, left, 10)
    return chart.finished(title)
