"""numba's compiler as the core uses it: arithmetic as numpy has it, no GIL, machine code kept on disk.

A kernel calls kernels of its own module only: numba's cache notices a change of the file a kernel stands in, and of
no other. Give a kernel contiguous, writable arrays of one type each, for every other combination is compiled anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import event
from numpy.typing import ArrayLike, NDArray

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
"""Threads run side by side; a division by zero is infinite or NaN, and needs no branch that would stop a vector."""


def compiled(function: Kernel) -> Kernel:
    """The function as machine code, made at its first call or read from the cache.

    The cache is the folder that NUMBA_CACHE_DIR names, else ``__pycache__`` beside the module, else the user's cache
    folder. Where none of them can be written, as in a read-only container without a home, every process compiles
    for itself.
    """
    try:
        return cast(Kernel, numba.njit(cache=True, **OPTIONS)(function))
    except RuntimeError:  # numba: no locator available
        return cast(Kernel, numba.njit(**OPTIONS)(function))


def plain(values: ArrayLike) -> NDArray[np.float64]:
    """Values as the kernels are compiled for: float64, contiguous, writable; a copy only where they are not."""
    return np.require(values, np.float64, ["C", "A", "W"])


@contextmanager
def noticed(tell: Callable[[], None]) -> Iterator[None]:
    """Call ``tell`` once, when a kernel turns out not to be in the cache and is compiled."""
    told: list[bool] = []

    class First(event.Listener):
        def on_start(self, event: Any) -> None:
            if not told:
                told.append(True)
                tell()

        def on_end(self, event: Any) -> None:
            pass

    with event.install_listener("numba:compile", First()):
        yield
