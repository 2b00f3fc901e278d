"""A tiny data folder: twelve maps of 4 x 4 x 4 voxels, tables, and files that are wrong in one way each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from nibabel.nifti1 import Nifti1Header, Nifti1Image

from glmspec.images.volumes import write_volume

SHAPE = (4, 4, 4)
AFFINE = np.diag([3.0, 3.0, 3.0, 1.0])
MOVED = np.array([[3.0, 0, 0, 7.5], [0, 3, 0, 0], [0, 0, 3, 0], [0, 0, 0, 1]])
SUBJECTS = [f"S{number:02d}" for number in range(1, 13)]
HEADER = "participant_id\tgroup\tage\tsite\tscore\tscanner\tweight\tsession_count"


def write_data(root: Path) -> Path:
    """Fill a folder, and put beside it a file that no document may read."""
    root.mkdir(parents=True)
    _write_maps(root)
    _write_masks(root)
    _write_wrong_images(root)
    _write_tables(root)
    _write_wrong_tables(root)
    write_volume(root.parent / "secret.nii.gz", np.ones(SHAPE), AFFINE)
    (root / "outside.nii.gz").symlink_to(root.parent / "secret.nii.gz")
    return root


def _volume(seed: int, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return np.random.default_rng(seed).normal(1.0, 1.0, shape)


def _put(root: Path, name: str, volume: np.ndarray, affine: np.ndarray = AFFINE, dtype: str = "float32") -> None:
    path = root / name
    path.parent.mkdir(exist_ok=True)
    write_volume(path, volume, affine, dtype)


def _write_maps(root: Path) -> None:
    for number, subject in enumerate(SUBJECTS):
        _put(root, f"maps/{subject}.nii.gz", _volume(number))
        _put(root, f"shapes/{subject}.nii.gz", _volume(number, (3, 4, 4) if subject == "S05" else SHAPE))
        _put(root, f"affines/{subject}.nii.gz", _volume(number), MOVED if subject == "S05" else AFFINE)
        _put(root, f"spaces/{subject}_space-T1w_map.nii.gz", _volume(number))
        _put(root, f"runs/{subject}_run-1.nii.gz", _volume(number))
        for condition in ("go", "stop"):
            if (subject, condition) != ("S03", "stop"):
                _put(root, f"tasks/{subject}_{condition}.nii.gz", _volume(number))
    _put(root, "runs/S02_run-2.nii.gz", _volume(99))


def _write_masks(root: Path) -> None:
    _put(root, "mask.nii.gz", np.ones(SHAPE), dtype="uint8")
    _put(root, "mask-small.nii.gz", np.ones((3, 4, 4)), dtype="uint8")
    _put(root, "mask-moved.nii.gz", np.ones(SHAPE), MOVED, dtype="uint8")
    labels = np.zeros(SHAPE)
    labels[:2], labels[2:] = 1, 2
    _put(root, "atlas.nii.gz", labels, dtype="uint8")
    stack = np.stack([_volume(number) for number in range(12)], axis=-1).astype(np.float32)
    Nifti1Image(stack, AFFINE).to_filename(root / "stack.nii.gz")


def _write_wrong_images(root: Path) -> None:
    (root / "broken").mkdir()
    for number, subject in enumerate(SUBJECTS):
        _put(root, f"broken/{subject}.nii.gz", _volume(number))
    whole = (root / "broken/S04.nii.gz").read_bytes()
    (root / "broken/S04.nii.gz").write_bytes(whole[:60])
    (root / "lying.nii").write_bytes(_header((1000, 1000, 1000), AFFINE) + bytes(29))
    nan = AFFINE.copy()
    nan[0, 0] = np.nan
    (root / "mask-nan-affine.nii").write_bytes(_header(SHAPE, nan) + bytes(4 + 4 * 64))


def _header(shape: tuple[int, ...], affine: np.ndarray) -> bytes:
    """A header, believable or not."""
    raw = Nifti1Header()
    raw.set_data_shape(shape)
    raw.set_data_dtype("float32")
    raw.set_sform(affine, code=2)
    raw["magic"], raw["vox_offset"] = raw.single_magic, raw.single_vox_offset
    return bytes(raw.binaryblock)


def _lines() -> list[str]:
    lines = []
    for number, subject in enumerate(SUBJECTS):
        group = "control" if number < 6 else "patient"
        site = "north" if number < 5 else "south" if number < 10 else "west"
        score = "n/a" if subject == "S07" else str(10 + number)
        weight = "71,5" if subject == "S02" else str(60 + number)
        lines.append("\t".join([subject, group, str(30 + number * number), site, score, "trio", weight, "2"]))
    return lines


def _write_tables(root: Path) -> None:
    lines = _lines()
    _text(root / "participants.tsv", HEADER, *lines)
    _text(root / "scores.tsv", "subject\tage\tspeed", *(f"{subject}\t30\t1.5" for subject in SUBJECTS))
    rows = [f"{subject}\t1\t{int(number >= 6)}\t{int(number < 6)}" for number, subject in enumerate(SUBJECTS)]
    _text(root / "matrix.tsv", "subject\tall\tpatient\tcontrol", *rows)
    _text(root / "intercept.tsv", "subject\tintercept", *(f"{subject}\t{n}" for n, subject in enumerate(SUBJECTS)))
    _text(root / "atlas.tsv", "index\tname", "1\tLeft", "2\tRight")


def _write_wrong_tables(root: Path) -> None:
    lines = _lines()
    _text(root / "few.tsv", HEADER, *lines[:-2])
    _text(root / "twice.tsv", HEADER, *lines, lines[2])
    _text(root / "header-twice.tsv", HEADER.replace("site", "age"), *lines)
    _text(root / "ragged.tsv", HEADER, *lines[:4], "S05\tcontrol\t40", *lines[5:])
    _text(root / "commas.tsv", HEADER.replace("\t", ","), *(line.replace("\t", ",") for line in lines))
    _text(root / "other.tsv", HEADER.replace("participant_id", "code"), *lines)
    _text(root / "empty.tsv")
    (root / "latin.tsv").write_bytes("subject\tname\nS01\tJürgen\n".encode("latin-1"))
    (root / "participants.xlsx").write_bytes(b"PK\x03\x04")
    _text(root / "tabs.csv", HEADER, *lines)
    (root / "texts").mkdir()
    for subject in SUBJECTS:
        _text(root / f"texts/{subject}.txt", "no image")
    _text(root / "texts/zeros.tsv", "subject\tall\tnobody", *(f"{subject}\t1\t0" for subject in SUBJECTS))
    outside = ["S02\t/etc/passwd", "S03\t../secret.nii.gz"]
    _text(root / "maps-absolute.tsv", "subject\tmap", "S01\tmaps/S01.nii.gz", *outside)
    rows = [f"{subject}\t{int(number >= 6)}\t{int(number < 6)}" for number, subject in enumerate(SUBJECTS)]
    _text(root / "matrix-text.tsv", "subject\tpatient\tcontrol", *rows[:-1], "S12\tyes\t0")
    _text(root / "matrix-few.tsv", "subject\tpatient\tcontrol", *rows[:-1])


def _text(path: Path, *lines: str) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
