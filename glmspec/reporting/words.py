"""Numbers and settings as a reader of papers would write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from glmspec.reporting.figures.svg import signed
from glmspec.spec.fields import Threshold
from glmspec.spec.inference import AllResolutions, ClusterSize, Inference, Permutation

CORRECTIONS = {
    "none": "p ≤ {alpha} uncorrected",
    "bonferroni": "FWE p ≤ {alpha} (Bonferroni)",
    "holm": "FWE p ≤ {alpha} (Holm)",
    "fdr": "FDR q ≤ {alpha} (Benjamini-Hochberg)",
    "fdr-by": "FDR q ≤ {alpha} (Benjamini-Yekutieli)",
}
"""Correction -> its short form; thresholds include equality."""

CONTROLS = {"voxel": "voxels", "cluster-size": "cluster size", "cluster-mass": "cluster mass", "tfce": "TFCE"}
"""What a permutation test controls."""

NEIGHBOURS = {"faces": "faces", "edges": "faces or edges", "corners": "faces, edges or corners"}
GUARDED = ("'=", "'+", "'-", "'@", "'\t", "'\r")
"""How text that a spreadsheet would run begins in our tables."""
SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 cluster``, ``1,278 voxels``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def fit_words(names: Mapping[str, str]) -> str:
    """``subject 01, session pre``."""
    return ", ".join(f"{name} {value}" for name, value in names.items())


def spelled(number: int) -> str:
    """Small numbers in words."""
    return SMALL[number] if number < len(SMALL) else f"{number:,}"


def listed(items: Iterable[str], last: str = "and") -> str:
    """``a, b and c``."""
    entries = list(items)
    return entries[0] if len(entries) == 1 else f"{', '.join(entries[:-1])} {last} {entries[-1]}" if entries else ""


def quoted(text: str) -> str:
    """A document's own words in a sentence of ours."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{text}\N{RIGHT DOUBLE QUOTATION MARK}"


def capital(sentence: str) -> str:
    """With a capital letter."""
    return sentence[:1].upper() + sentence[1:]


def coordinates(values: Sequence[float]) -> list[str]:
    """Millimetres: whole ones, or else with one decimal."""
    whole = all(abs(value - round(value)) < 0.05 for value in values)
    return [signed(value, 0) if whole else decimal(value, 1) for value in values]


def decimal(value: float, decimals: int = 2) -> str:
    """A number with that many decimals, however many are zero, and a true minus sign."""
    text = f"{value:.{decimals}f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else text.lstrip("-")


def significant(value: float, digits: int = 3) -> str:
    """A number to so many digits, whole ones whole: 0.00123, 12.3, 4,567."""
    text = f"{value:,.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"
    return text.replace("-", "\N{MINUS SIGN}")


def setting(value: float) -> str:
    """A setting as it was written: 8.0 mm is 8 mm."""
    return f"{value:.12g}"


def degrees_of_freedom(dof: Any) -> str:
    """Of a t, or of numerator and denominator of an F; None is infinitely many."""
    if isinstance(dof, list):
        return f"{_freedom(dof[0])} and {_freedom(dof[1])} degrees of freedom"
    return f"{_freedom(dof)} degree{'' if dof == 1 else 's'} of freedom"


def _freedom(dof: float | None) -> str:
    return "infinitely many" if dof is None else setting(dof)


def by_voxel(contrast: Mapping[str, Any]) -> bool:
    """Whether degrees of freedom of a contrast of the index are a map: a t without a number of its own."""
    return contrast["scale"] == "t" and contrast["dof"] is None


def shortlist(items: Iterable[str], most: int = 16) -> str:
    """``a, b, c and 4 more``: for names of columns, of which there may be hundreds."""
    entries = list(items)
    rest = len(entries) - most
    return listed(entries) if rest <= 1 else listed([*entries[:most], f"{rest} more"])


def alternative(entry: Inference, test: str) -> str:
    """What counts as extreme."""
    return "upper tail" if test == "F" else entry.alternative


def at_threshold(threshold: Threshold, alternative: str) -> str:
    """``|z| at or above 3.1``: what a voxel must reach on the side that is tested."""
    scale, height = threshold.scale, threshold.height
    if scale in ("p", "F"):
        return f"{scale} at or {'below' if scale == 'p' else 'above'} {setting(height)}"
    if alternative == "less":
        return f"{scale} at or below \N{MINUS SIGN}{setting(height)}"
    return f"{f'|{scale}|' if alternative == 'two-sided' else scale} at or above {setting(height)}"


def cluster_size(size: ClusterSize) -> str:
    """A cluster extent with its unit."""
    return count(size.voxels, "voxel") if size.voxels is not None else f"{setting(size.mm3 or 0)} mm³"


def correction(entry: Inference) -> str:
    """The threshold of an inference, short; the alternative is left to others, as it depends on the test."""
    if isinstance(entry, AllResolutions):
        return f"true discoveries by closed testing, alpha {setting(entry.alpha)}" + (
            f", within {entry.within}" if entry.within else ""
        )
    if isinstance(entry, Permutation):
        return f"FWE p ≤ {setting(entry.alpha)} (permutation, {CONTROLS[entry.control[0]]})" + (
            f", within {entry.within}" if entry.within else ""
        )
    if entry.threshold is not None:
        scale, height = entry.threshold.scale, entry.threshold.height
        text = f"{scale} {'≤' if scale == 'p' else '≥'} {setting(height)} uncorrected"
    else:
        text = CORRECTIONS[entry.correction].format(alpha=setting(entry.alpha or 0))
    if entry.minimum_cluster_size is not None:
        text += f", clusters of at least {cluster_size(entry.minimum_cluster_size)}"
    return text + (f", within {entry.within}" if entry.within else "")


def unguarded(text: str) -> str:
    """A cell of our tables without the apostrophe that keeps spreadsheets from running it."""
    return text[1:] if text.startswith(GUARDED) else text
