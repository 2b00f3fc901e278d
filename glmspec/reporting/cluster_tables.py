"""The table of one finding's clusters, as a reader wants it."""

from __future__ import annotations

from collections.abc import Mapping

from glmspec.core.peaks import MINIMUM_DISTANCE, MOST_PEAKS
from glmspec.reporting.material import Finding
from glmspec.reporting.model import Cell, Column, Place, Table
from glmspec.reporting.words import (
    CONTROLS,
    NEIGHBOURS,
    alternative,
    coordinates,
    correction,
    decimal,
    setting,
    spelled,
    unguarded,
)
from glmspec.spec.inference import AllResolutions, Permutation

ABSENT = "n/a"
SMALL = 0.001
"""p below which decimals say too little."""
COLUMNS = (
    Column("Cluster"),
    Column("x", "number"),
    Column("y", "number"),
    Column("z (mm)", "number"),
    Column("Peak z", "number"),
    Column("Voxels", "number"),
    Column("mm³", "number"),
)
REGION = Column("Region", "prose")
BOUNDS = (Column("Threshold"), Column("True, at least", "number"), Column("Proportion", "number"))
"""Columns of all-resolutions inference: lower bounds on true discoveries."""
CORRECTED = {
    "p_voxel": Column("p voxel", "number"),
    "p_cluster_size": Column("p size", "number"),
    "p_cluster_mass": Column("p mass", "number"),
    "p_tfce": Column("p TFCE", "number"),
}
"""Columns of permutation inference: corrected p."""


def cluster_table(finding: Finding, title: str) -> Table:
    """Every cluster and its sub-peaks; regions only where an atlas was given."""
    named = any(row["region"] != ABSENT for row in finding.rows)
    bounded = any("true_discoveries" in row for row in finding.rows)
    corrected = tuple(name for name in CORRECTED if any(name in row for row in finding.rows))
    rows = tuple(_row(row, bounded, corrected, named) for row in finding.rows)
    extra = (*(BOUNDS if bounded else ()), *(CORRECTED[name] for name in corrected))
    columns = (*COLUMNS, *extra, *((REGION,) if named else ()))
    return Table(f"Clusters: {title}", columns, rows, note(finding), finding.id)


def _bounds(row: Mapping[str, str]) -> tuple[Cell, ...]:
    """What closed testing says of a cluster or region."""
    if row["true_discoveries"] == ABSENT:
        return (Cell(""), Cell(""), Cell(""))
    scale, _, height = row["threshold"].partition(" ")
    threshold = f"{scale} {'≤' if scale == 'p' else '≥'} {height}" if height else ""
    share = float(row["true_discovery_proportion"])
    proportion = Cell(decimal(share, 3), value=row["true_discovery_proportion"])
    return (Cell(threshold), Cell(f"{int(float(row['true_discoveries'])):,}"), proportion)


def note(finding: Finding) -> str:
    """The rules of the table: threshold, alternative, neighbours, peaks."""
    rule = f"{correction(finding.entry)}, {alternative(finding.entry, finding.test)} ({finding.height.words})."
    joined = f"Voxels of a cluster share {NEIGHBOURS[finding.entry.connectivity]} and a sign."
    apart = f"more than {setting(MINIMUM_DISTANCE)} mm from the peak listed before it"
    if isinstance(finding.entry, AllResolutions):
        rule += f" All bounds hold at once with probability {setting(1 - finding.entry.alpha)}."
    if isinstance(finding.entry, Permutation):
        rule += _corrected(finding.entry)
    return f"{rule} {joined} Up to {spelled(MOST_PEAKS - 1)} sub-peaks a cluster, each {apart}."


def _corrected(entry: Permutation) -> str:
    """What the p columns are, and which clusters are listed."""
    first, *others = [CONTROLS[control] for control in entry.control]
    also = f" Each column of p is corrected by the maxima of its own measure; {first} decide what is shown as passed."
    forming = entry.cluster_forming
    if forming is None:
        return also * bool(others)
    rule = f"{forming.scale} {'≤' if forming.scale == 'p' else '≥'} {setting(forming.height)}"
    return f"{also * bool(others)} Every cluster formed by {rule} is listed, whether it passed or not."


def _probability(text: str) -> Cell:
    """A corrected p to four decimals, small ones to two digits, none of them as zero; sub-peaks have none of their own.

    The stored one, a share of the relabellings, is what is copied.
    """
    if text == ABSENT:
        return Cell("")
    p = float(text)
    return Cell(f"{p:.4f}" if p >= SMALL else f"{p:.2g}", value=text)


def _row(row: Mapping[str, str], bounded: bool, corrected: tuple[str, ...], named: bool) -> tuple[Cell, ...]:
    lead = row["size_voxels"] != ABSENT
    place = (float(row["x"]), float(row["y"]), float(row["z"]))
    name = "region" if row["cluster"] == ABSENT else row["cluster"]
    cells = [Cell(name, indented=not lead, place=Place(place))]
    cells += [_rounded(shown, row[axis]) for axis, shown in zip("xyz", coordinates(place), strict=True)]
    cells += [_rounded(decimal(float(row["peak"])), row["peak"]), _size(row["size_voxels"]), _size(row["size_mm3"])]
    cells += _bounds(row) if bounded else ()
    cells += [_probability(row[column]) for column in corrected]
    return (*cells, Cell(unguarded(row["region"]))) if named else tuple(cells)


def _size(text: str) -> Cell:
    """Sub-peaks have no size of their own."""
    if text == ABSENT:
        return Cell("")
    size = float(text)
    return _rounded(f"{size:,.0f}" if abs(size - round(size)) < 0.05 else f"{size:,.1f}", text)


def _rounded(shown: str, stored: str) -> Cell:
    """A number, and the stored one where it says more."""
    same = shown.replace("\N{MINUS SIGN}", "-").replace(",", "") == stored
    return Cell(shown, value="" if same else stored)
