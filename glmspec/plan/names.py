"""What output files are called."""

from __future__ import annotations


def label(name: str) -> str:
    """`left-minus-right` as BIDS wants it: `leftMinusRight`."""
    head, *rest = [part for part in name.split("-") if part]
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def run_title(name: str) -> str:
    """A run as plan and report call it: `run-1`, whether it is written so or captured as `1`."""
    return name if name[:1].isalpha() else f"run-{name}"


def map_path(contrast: str, stat: str, run: str | None = None) -> str:
    """A statistical map of a contrast, combined or of one run."""
    return f"maps/{_run(run)}contrast-{label(contrast)}_stat-{stat}_statmap.nii.gz"


def run_path(run: str, stat: str) -> str:
    """A map of a run's fit that belongs to no contrast."""
    return f"maps/{_run(run)}stat-{stat}_statmap.nii.gz"


def design_path(run: str | None = None) -> str:
    """The design matrix, one a run at the first level."""
    return f"design/{_run(run)}design_matrix.tsv"


def contrasts_path(run: str | None = None) -> str:
    """The weights of the contrasts, where runs differ one table a run."""
    return f"design/{_run(run)}contrasts.tsv"


def collinearity_path(run: str | None = None) -> str:
    """Variance inflation and correlations of the columns."""
    return f"design/{_run(run)}collinearity.tsv"


def effects_path(contrast: str) -> str:
    """The effects at the peaks of a contrast, of every map or run."""
    return f"tables/contrast-{label(contrast)}_effects.tsv"


def timecourses_path(run: str) -> str:
    """A run over time, at the highest peak of each contrast."""
    return f"tables/{_run(run)}timecourses.tsv"


def _run(run: str | None) -> str:
    """`run-1` for a run that is called `run-1` or `1`."""
    return "" if run is None else f"run-{label(run.removeprefix('run-') or run)}_"


def mask_path(contrast: str, inference: str, control: str = "") -> str:
    """The voxels that passed."""
    return f"maps/contrast-{label(contrast)}_desc-{label(inference)}{_capital(control)}_mask.nii.gz"


def corrected_path(contrast: str, inference: str, control: str) -> str:
    """-log10 of corrected p."""
    return f"maps/contrast-{label(contrast)}_desc-{label(inference)}{_capital(control)}_stat-logp_statmap.nii.gz"


def null_path(contrast: str, inference: str) -> str:
    """The maxima of all relabellings."""
    return f"nulls/contrast-{label(contrast)}_desc-{label(inference)}_null.tsv"


def p_column(control: str) -> str:
    """The corrected p of a control in a table of clusters."""
    return "p_" + control.replace("-", "_")


def _capital(control: str) -> str:
    """`cluster-size` as the end of a label: `ClusterSize`."""
    return "".join(part.capitalize() for part in control.split("-"))


def proportion_path(contrast: str, inference: str) -> str:
    """The proportion of true discoveries."""
    return f"maps/contrast-{label(contrast)}_desc-{label(inference)}_stat-tdp_statmap.nii.gz"


def table_path(contrast: str, inference: str) -> str:
    """The clusters that passed."""
    return f"tables/contrast-{label(contrast)}_desc-{label(inference)}_clusters.tsv"
