"""Headers that lie are found by `plan`, before a byte is allocated."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from images.files import header

from .strangers import changed, cheaply, planned

LIES = {
    "18 GB in 377 bytes": (header((1000, 1000, 4500)).binaryblock + bytes(29), "E305"),
    "no bytes at all": (b"", "E301"),
    "text": (b"hello " * 100, "E301"),
    "negative shape": (header((4, 4, 4), dim=[3, -4, 4, 4, 1, 1, 1, 1]).binaryblock + bytes(300), "E302"),
    "more than it says": (header((4, 4, 4)).binaryblock + bytes(4 + 4 * 64 + 99), "E302"),
    "offset beyond the file": (header((4, 4, 4), vox_offset=1e9).binaryblock + bytes(300), "E305"),
    "not a number as offset": (header((4, 4, 4), vox_offset=float("nan")).binaryblock + bytes(300), "E302"),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("role", ["mask: mask.nii.gz", 'maps: "maps/{subject}.nii.gz"'])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_lying_header_costs_nothing(lie: str, role: str, suffix: str, data: Path) -> None:
    content, _ = LIES[lie]
    (data / f"lie{suffix}").write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)
    setting = role.split(":")[0]
    new = f"{setting}: lie{suffix}" if setting == "mask" else f"{setting}: [{{map: lie{suffix}, subject: S01}}]"
    with cheaply():
        problems = planned(changed((role, new)), data)
    found = {problem.code for problem in problems}
    if (lie, suffix) == ("more than it says", ".nii.gz"):  # told where the voxels are read, at the end of the stream
        return
    assert found & {"E301", "E302", "E303", "E304", "E305"}


@pytest.mark.parametrize("lie", LIES)
def test_each_lie_has_its_own_answer(lie: str, data: Path) -> None:
    content, code = LIES[lie]
    (data / "lie.nii").write_bytes(content)
    (problem,) = planned(changed(("mask: mask.nii.gz", "mask: lie.nii")), data)
    assert problem.code == code


def test_a_gzip_bomb_is_not_unpacked_by_a_plan(data: Path) -> None:
    content = gzip.compress(header((4, 4, 4)).binaryblock + bytes(300 * 2**20), 1)
    (data / "bomb.nii.gz").write_bytes(content)
    with cheaply():
        planned(changed(("mask: mask.nii.gz", "mask: bomb.nii.gz")), data)


def test_a_large_table_is_refused_by_its_size(data: Path) -> None:
    with (data / "participants.tsv").open("ab") as file:
        file.truncate(101_000_000)
    with cheaply():
        problems = planned(changed(), data)
    assert {problem.code for problem in problems} == {"E310"}


@pytest.mark.parametrize(
    "content",
    [
        b"\x00" * 1000,
        b"\xff\xfea\x00",
        b"a" + b"\t" * 100_000,
        b'subject,age\n"' + b"x" * 200_000,
        b"\r" * 99,
    ],
)
@pytest.mark.parametrize("suffix", [".tsv", ".csv"])
def test_a_table_of_rubbish_is_a_problem(content: bytes, suffix: str, data: Path) -> None:
    (data / f"rubbish{suffix}").write_bytes(content)
    with cheaply():
        problems = planned(changed(("participants.tsv", f"rubbish{suffix}")), data)
    assert {problem.code for problem in problems} == {"E310"}
