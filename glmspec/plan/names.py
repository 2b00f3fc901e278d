"""What output files are called."""

from __future__ import annotations


def label(name: str) -> str:
    """`left-minus-right` as BIDS wants it: `leftMinusRight`."""
    head, *rest = [part for part in name.split("-") if part]
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def map_path(contrast: str, stat: str) -> str:
    """A statistical map of a contrast."""
    return f"maps/contrast-{label(contrast)}_stat-{stat}_statmap.nii.gz"


def mask_path(contrast: str, inference: str) -> str:
    """The voxels that passed."""
    return f"maps/contrast-{label(contrast)}_desc-{label(inference)}_mask.nii.gz"


def proportion_path(contrast: str, inference: str) -> str:
    """The proportion of true discoveries."""
    return f"maps/contrast-{label(contrast)}_desc-{label(inference)}_stat-tdp_statmap.nii.gz"


def table_path(contrast: str, inference: str) -> str:
    """The clusters that passed."""
    return f"tables/contrast-{label(contrast)}_desc-{label(inference)}_clusters.tsv"
