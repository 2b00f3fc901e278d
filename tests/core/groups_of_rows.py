"""Groups of relabellings with designs whose numbers of distinct relabellings are known."""

from __future__ import annotations

from math import comb, factorial

import numpy as np

from glmspec.core.exchangeability import rows, whole, within

TWO_GROUPS = np.repeat([[1.0], [-1]], 4, axis=0)
PAIRS = np.repeat(np.arange(8), 2)
UP_DOWN = np.tile([[1.0], [-1]], (8, 1))
GROUP_OF_PAIR = np.repeat([1.0, 1, 1, 1, -1, -1, -1, -1], 2)


def relabelled(design, order, signs):
    return design[order] * signs[:, None]


CASES = {
    "one sample": (rows(8, "sign-flip"), np.ones((8, 1)), 256),
    "two groups of four": (rows(8, "permute"), TWO_GROUPS, 70),
    "groups of three and five": (rows(8, "permute"), np.repeat([[1.0], [2]], [3, 5], axis=0), comb(8, 3)),
    "three groups of three": (
        rows(9, "permute"),
        np.repeat(np.eye(3), 3, axis=0),
        factorial(9) // factorial(3) ** 3,
    ),
    "pairs": (within(PAIRS, "permute"), UP_DOWN, 2**8),
    "regression": (rows(6, "permute"), np.arange(6.0)[:, None], factorial(6)),
    "regression with two equal": (rows(6, "permute"), np.array([[0.0], [1], [2], [3], [4], [4]]), factorial(6) // 2),
    "flips of a row of zeros": (rows(4, "sign-flip"), np.array([[1.0], [0], [2], [1]]), 8),
    "both, two groups": (rows(8, "both"), TWO_GROUPS, 2**8),
    "both, regression": (rows(4, "both"), np.array([[1.0], [2], [-2], [0]]), 12 * 2**3),
    "whole pairs": (whole(PAIRS, "permute"), GROUP_OF_PAIR[:, None], comb(8, 4)),
    "whole pairs, flipped": (whole(PAIRS, "sign-flip"), np.ones((16, 1)), 2**8),
    "whole pairs, both": (whole(PAIRS[:8], "both"), np.arange(8.0)[:, None], factorial(4) * 2**4),
    "unequal blocks": (
        within([0, 0, 0, 1, 1, 2], "permute"),
        np.array([[1.0], [1], [0], [2], [3], [9]]),
        3 * 2 * 1,
    ),
}
SMALL = {name: case for name, case in CASES.items() if case[2] <= 256}
