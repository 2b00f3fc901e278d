"""The table of docs/performance.md: every line of it with one command, peers in the same run and in turn.

    python benchmarks/table.py                       all of it, written to docs/performance.md: an hour or two
    python benchmarks/table.py --only TFCE           lines whose name holds this; written nowhere
    python benchmarks/table.py --no-peers            ours and the floors alone: minutes
    python benchmarks/table.py --compare             names what got slower against its peer than it was stored

A floor is work that no method of the same kind could spare: the matrix product in single precision, a sort, one pass
over the data, a process that only reads. A ``~`` marks times of fewer relabellings: of nilearn's the difference between
two counts is brought to ours, so that what it does once is not counted. nilearn has one process or two, whichever is
quicker. Kernels are compiled before the clock starts. A line that fails is told, and the others go on.

`pip install tfce` to have the package of that name beside.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from models import model_rows
from permutations import permutation_rows
from processes import process_rows
from threadpoolctl import threadpool_limits
from timing import HEAD, Found, Row, line, machine, measure, ratios, worse

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"
STORED = Path(__file__).parent / "ratios.json"
NOTES = "\n## Notes\n"
"""Heading of the part of the page that is written by hand."""


def page(found: list[Found], repeats: int) -> str:
    """docs/performance.md: the table, and below it what people have written of it."""
    assert __doc__ is not None
    before = PAGE.read_text("utf-8") if PAGE.is_file() else ""
    how = __doc__.split("\n\n")[2].replace("``", "`")
    written = datetime.now(UTC).date().isoformat()
    return (
        "# Performance\n\n"
        f"Measured {written} on {machine()}: medians of {repeats}, in turn. Made by `python benchmarks/table.py`.\n\n"
        f"{how}\n\n{HEAD}\n" + "".join(f"{line(each)}\n" for each in found) + "".join(before.partition(NOTES)[1:])
    )


def main() -> int:
    """Measure, print, write, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="", help="lines whose name holds this")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument(
        "--compare", action="store_true", help="with the stored ratios; leaves with 1 if some got worse"
    )
    parser.add_argument("--folder", type=Path, help="where simulated images are kept from one time to the next")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{machine()}\n\n{HEAD}", flush=True)
    found: list[Found] = []
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rows: dict[str, Callable[[], Row]] = permutation_rows() | model_rows() | process_rows(folder)
        for name, made in rows.items():
            if asked.only not in name:
                continue
            try:
                with threadpool_limits(1, user_api="blas"):
                    found.append(measure(name, made(), asked.repeats, not asked.no_peers))
            except Exception:
                failed += 1
                traceback.print_exc()
                continue
            print(line(found[-1]), flush=True)
            if not asked.only and not asked.no_peers and not asked.compare:
                PAGE.write_text(page(found, asked.repeats), "utf-8")
                STORED.write_text(json.dumps(ratios(found), indent=1) + "\n", "utf-8")
    slower = worse(found, STORED) if asked.compare else []
    for each in slower:
        print(f"slower: {each}")
    return 1 if slower or failed else 0


if __name__ == "__main__":
    sys.exit(main())
