"""Voxels are cut into one fixed grid of blocks; workers and memory decide only how many are in flight."""

from __future__ import annotations

import threading
import time

import pytest

from glmspec.execution.context import Context
from glmspec.execution.executors import Serial, Threads, executor
from glmspec.plan.steps import BLOCK

VOXELS = 3 * BLOCK + 17
GRID = [slice(0, BLOCK), slice(BLOCK, 2 * BLOCK), slice(2 * BLOCK, 3 * BLOCK), slice(3 * BLOCK, VOXELS)]


@pytest.mark.parametrize("jobs", [1, 2, 7])
@pytest.mark.parametrize("memory", [1, 10**6, 10**10])
def test_the_grid_is_fixed(jobs, memory):
    """A product's last bits depend on its width, so the width may depend on nothing."""
    context = Context({}, {}, executor(jobs), memory)
    assert list(context.blocks(lambda part: part, VOXELS, 10**6)) == [(part, part) for part in GRID]


def test_without_voxels_there_is_no_block():
    assert list(Context({}, {}, Serial(), 10**9).blocks(lambda part: part, 0, 1)) == []


def test_results_come_in_the_order_of_the_items_whoever_is_first():
    def slow_at_first(item):
        time.sleep(0.02 * (4 - item))
        return item

    assert list(Threads(4).map(slow_at_first, range(4), 4)) == [0, 1, 2, 3]


@pytest.mark.parametrize("in_flight", [1, 2, 3])
def test_no_more_are_in_flight_than_allowed(in_flight):
    """Whoever waits to be fetched holds memory as well."""
    lock, held, most = threading.Lock(), [0], [0]

    def work(item):
        with lock:
            held[0] += 1
            most[0] = max(most[0], held[0])
        return item

    for _ in Threads(4).map(work, range(12), in_flight):
        with lock:
            held[0] -= 1
    assert most[0] <= in_flight


def test_an_error_of_one_item_stops_the_rest():
    seen = []

    def fail(item):
        seen.append(item)
        if item == 1:
            raise RuntimeError("item 1")
        time.sleep(0.01)

    with pytest.raises(RuntimeError, match="item 1"):
        list(Threads(2).map(fail, range(100), 4))
    assert len(seen) < 10
