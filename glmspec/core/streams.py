"""Random streams that belong to what they are for, never to who draws them."""

from __future__ import annotations

import numpy as np


def generator(seed: int, index: int) -> np.random.Generator:
    """The random stream of one permutation, simulation or other numbered draw.

    Parameters
    ----------
    seed : int
        The document's seed, in [0, 2**64).
    index : int
        Number of the draw, in [0, 2**64).

    Returns
    -------
    numpy.random.Generator
        A function of (seed, index) alone: the same for any order of drawing and any number of workers.

    Raises
    ------
    ValueError
        If either number is out of range.

    Notes
    -----
    Philox-4x64-10 (Salmon et al., SC 2011), with seed and index as the two words of its key and the counter at
    zero: different pairs are different keys, so no two streams coincide.
    """
    for number in (seed, index):
        if not 0 <= number < 2**64:
            raise ValueError(f"a seed and an index are whole numbers from 0 to 2**64 - 1, not {number}")
    key = np.array([seed, index], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))
