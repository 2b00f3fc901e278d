"""A disk that takes no more: one clear message, and afterwards the same bytes as if nothing had been.

No test may fill a disk; files beyond a size are refused instead, by the system and wherever they are written.
"""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

import pytest
from review.study import write, write_maps

from .test_killed import LONGER, RUN, outputs, reference  # noqa: F401  # a fixture

SIZES = (0, 100, 700, 2_000, 5_000, 12_000, 30_000, 80_000)


@pytest.mark.parametrize("size", SIZES)
def test_what_cannot_be_written_is_said_and_resumed(tmp_path: Path, reference: Path, size: int) -> None:  # noqa: F811
    write_maps(tmp_path)
    write(tmp_path, LONGER)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    full = subprocess.run(
        RUN, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False, preexec_fn=limited
    )
    assert "Traceback" not in full.stderr
    assert full.returncode == 5, full.stdout + full.stderr
    assert full.stdout.count('"code"') == 1
    assert '"E504"' in full.stdout
    assert not (tmp_path / "out/results.json").exists()
    subprocess.run(RUN, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert outputs(tmp_path) == outputs(reference)
