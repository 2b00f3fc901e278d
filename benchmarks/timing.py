"""Rows of a table of timings: measured in turn with their peers, printed as they are finished, kept as ratios."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

PACKAGES = ("numpy", "scipy", "numba", "nilearn", "tfce")


class Measured(NamedTuple):
    """Seconds, already brought to the whole work; and the peak memory of a process in bytes, 0 where unknown."""

    seconds: float
    memory: int = 0


Work = Callable[[], Measured]


@dataclass(frozen=True)
class Row:
    """A line of the table.

    ``least`` is how many times as fast as the peer it is meant to be; ``most`` how many times as slow as ours may be
    where the peer is a floor or a part of the work. A ``~`` stands before times that fewer relabellings were scaled to.
    """

    ours: Work
    peers: dict[str, Work] = field(default_factory=dict)
    floor: Work | None = None
    least: float | None = None
    most: float | None = None
    scaled: bool = False
    warm: bool = True
    """Whether the work is done once before the clock starts."""


def timed(function: Callable[[], object], times: float = 1.0) -> Work:
    """Work of this process; its time is multiplied."""

    def measure() -> Measured:
        start = time.perf_counter()
        function()
        return Measured((time.perf_counter() - start) * times)

    return measure


def difference(function: Callable[[int], object], few: int, more: int, wanted: int) -> Work:
    """Work whose time grows with a count: that of two counts, their difference brought to the wanted one."""

    def measure() -> Measured:
        one, two = (timed(lambda count=count: function(count))().seconds for count in (few, more))
        return Measured((two - one) * wanted / (more - few))

    return measure


def better(settings: list[Work]) -> Work:
    """Of several settings of a peer, the one that was quickest when all were tried first."""
    chosen: list[Work] = []

    def measure() -> Measured:
        if not chosen:
            tried = [(setting().seconds, number) for number, setting in enumerate(settings)]
            chosen.append(settings[min(tried)[1]])
        return chosen[0]()

    return measure


WATCH = """\
import json, resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([seconds, peak, done.returncode, done.stderr[-2000:]]))
"""
"""A small process that starts the one that is measured: a child begins with the peak memory of its parent."""


def process(command: list[str], **environment: str) -> Work:
    """A whole process, and its peak memory."""

    def measure() -> Measured:
        told = {**os.environ, "PYTHONWARNINGS": "ignore", **environment}
        watched = [sys.executable, "-c", WATCH, *command]
        done = subprocess.run(watched, env=told, stdout=subprocess.PIPE, text=True, check=True)
        seconds, memory, code, complaint = json.loads(done.stdout)
        if code:
            raise RuntimeError(f"{' '.join(command)[:200]}\n{complaint}")
        return Measured(seconds, memory * (1 if sys.platform == "darwin" else 1024))

    return measure


def machine() -> str:
    """What the figures were measured on."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    model = next((line.split(":")[1].strip() for line in _processor() if line.startswith("model name")), "")
    return (
        f"{model or platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python "
        f"{platform.python_version()}; {', '.join(found)}"
    )


def _processor() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text("utf-8").splitlines() if path.is_file() else []


@dataclass(frozen=True)
class Found:
    """What a row came to: every measurement, by who was measured."""

    name: str
    row: Row
    times: dict[str, list[Measured]]

    def median(self, name: str) -> float:
        """Seconds."""
        return statistics.median(each.seconds for each in self.times[name])

    def ratio(self, name: str) -> float:
        """How many times as long as ours somebody takes."""
        return self.median(name) / self.median("ours")

    def cells(self) -> Iterator[str]:
        """Of the table's columns."""
        mark = "~" if self.row.scaled else ""
        ours = self.times["ours"]
        yield self.name
        yield f"{mark}{self.median('ours'):.3g} ({_span(ours)})"
        yield "; ".join(f"{name} {mark}{self.median(name):.3g} ({_span(self.times[name])})" for name in self.row.peers)
        yield "; ".join(f"{self.ratio(name):.3g}" for name in self.row.peers)
        wanted = [f"at least {self.row.least:g}" if self.row.least else "", _at_most(self.row.most)]
        yield ", ".join(part for part in wanted if part)
        yield f"{self.median('floor'):.3g} (x {1 / self.ratio('floor'):.2g})" if self.row.floor else ""
        memory = {name: max(each.memory for each in found) for name, found in self.times.items() if name != "floor"}
        yield "; ".join(f"{name} {size / 1e6:.0f} MB" for name, size in memory.items() if size)


def _span(found: list[Measured]) -> str:
    return f"{min(each.seconds for each in found):.3g} to {max(each.seconds for each in found):.3g}"


def _at_most(most: float | None) -> str:
    return f"at most 1/{most:g} as fast" if most else ""


HEAD = (
    "| work | glmspec: median s (range) | peer: median s (range) | times as fast | asked | floor s (ours over it) "
    "| memory |\n"
    "|---|---|---|---|---|---|---|"
)


def line(found: Found) -> str:
    """A line of the table."""
    return "| " + " | ".join(found.cells()) + " |"


def measure(name: str, row: Row, repeats: int, peers: bool) -> Found:
    """Ours, the floor and each peer in turn, as often as asked for."""
    works: dict[str, Work] = {"ours": row.ours}
    works |= {"floor": row.floor} if row.floor else {}
    works |= row.peers if peers else {}
    times: dict[str, list[Measured]] = {name: [] for name in works}
    if row.warm:
        row.ours()
        if row.floor:
            row.floor()
    for _ in range(repeats):
        for who, work in works.items():
            times[who].append(work())
    return Found(name, row if peers else replace(row, peers={}), times)


WORSE = 0.8
"""A ratio below this share of the stored one got worse: those of one machine vary by a tenth from day to day."""


def ratios(found: list[Found]) -> dict[str, float]:
    """Row and peer -> times as fast; they vary less from machine to machine than seconds."""
    kept = {}
    for each in found:
        names = [*each.row.peers, *(["floor"] if each.row.floor else [])]
        kept |= {f"{each.name} | {name}": round(each.ratio(name), 4) for name in names}
    return kept


def worse(found: list[Found], stored: Path) -> list[str]:
    """What is slower against its peer than it was."""
    before = json.loads(stored.read_text("utf-8"))
    now = ratios(found)
    return [
        f"{name}: {now[name]:.3g} times as fast, was {old:.3g}"
        for name, old in before.items()
        if name in now and now[name] < WORSE * old
    ]
