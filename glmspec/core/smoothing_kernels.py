"""Gaussian smoothing, compiled: for those who smooth many volumes, or have compiled code at hand.

The arithmetic is that of :func:`glmspec.core.smoothing.smooth`, term by term in the same order, so that the bits are
the same in half the time; a handful of maps does not repay the import of the compiler.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.compiled import compiled
from glmspec.core.smoothing import Box, Real, kernel_radius, reached_part, sides_of

WIDTH = 512
"""Voxels that are summed side by side: their sums stay in the first cache."""


def smooth_compiled(
    volume: NDArray[Real], fwhm_mm: float, affine: NDArray[np.float64], within: Box | None = None
) -> NDArray[Real]:
    """What :func:`glmspec.core.smoothing.smooth` gives of the same, with its bits, but F-contiguous."""
    sides = sides_of(volume, fwhm_mm, affine, within)
    part = np.ascontiguousarray(reached_part(volume, sides).T)  # z, y, x: as files have it
    sizes = list(part.shape)
    for here, side in zip((2, 1, 0), sides, strict=True):
        source = part.reshape(math.prod(sizes[:here]), sizes[here], -1)
        sizes[here] = side.wanted.stop - side.wanted.start
        part = np.empty((source.shape[0], sizes[here], source.shape[2]), dtype=source.dtype)
        one_pass = _along_lines if source.shape[2] == 1 else _across_lines
        one_pass(source, _half_kernel(side.sigma), side.wanted.start - side.around.start, part)
    return np.asarray(part.reshape(sizes).T)


def _half_kernel(sigma: float) -> NDArray[np.float64]:
    """Weights of the voxel itself and of those at each distance from it; of itself alone without a width."""
    if sigma == 0:
        return np.ones(1)
    radius = kernel_radius(sigma)
    weights = np.exp(-0.5 / (sigma * sigma) * np.arange(-radius, radius + 1) ** 2)
    return np.asarray((weights / weights.sum())[radius:])


@compiled
def _mirrored(index: int, size: int) -> int:
    """Where an index beyond the end lies in d c b a | a b c d | d c b a."""
    index = index % (2 * size)
    return index if index < size else 2 * size - 1 - index


@compiled
def _along_lines(source: Any, weights: Any, first: int, out: Any) -> None:
    """Smooth (A, N, 1) along its lines, from the N-axis place ``first`` on, into (A, M, 1)."""
    size, wanted, radius = source.shape[1], out.shape[1], len(weights) - 1
    line, total = np.empty(wanted + 2 * radius), np.empty(wanted)
    begin, end = max(0, radius - first), min(len(line), size + radius - first)  # the line's own part
    for number in range(source.shape[0]):
        for place in range(begin):
            line[place] = source[number, _mirrored(first - radius + place, size), 0]
        own = source[number, first - radius + begin : first - radius + end, 0]
        inside = line[begin:end]
        for place in range(len(own)):
            inside[place] = own[place]
        for place in range(end, len(line)):
            line[place] = source[number, _mirrored(first - radius + place, size), 0]
        middle = line[radius : radius + wanted]
        for place in range(wanted):
            total[place] = middle[place] * weights[0]
        for far in range(radius, 0, -1):
            before, after = line[radius - far : radius - far + wanted], line[radius + far : radius + far + wanted]
            weight = weights[far]
            for place in range(wanted):
                total[place] += (before[place] + after[place]) * weight
        for place in range(wanted):
            out[number, place, 0] = total[place]


@compiled
def _across_lines(source: Any, weights: Any, first: int, out: Any) -> None:
    """Smooth (A, N, B) along N, from the place ``first`` on, into (A, M, B)."""
    size, lines, radius = source.shape[1], source.shape[2], len(weights) - 1
    total = np.empty(WIDTH)
    for number in range(source.shape[0]):
        for start in range(0, lines, WIDTH):
            width = min(WIDTH, lines - start)
            for place in range(out.shape[1]):
                middle = source[number, first + place, start : start + width]
                for line in range(width):
                    total[line] = middle[line] * weights[0]
                for far in range(radius, 0, -1):
                    before = source[number, _mirrored(first + place - far, size), start : start + width]
                    after = source[number, _mirrored(first + place + far, size), start : start + width]
                    weight = weights[far]
                    for line in range(width):
                        total[line] += (np.float64(before[line]) + np.float64(after[line])) * weight
                for line in range(width):
                    out[number, place, start + line] = total[line]
