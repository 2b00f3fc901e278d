"""docs/calibration.md: what was measured, in words and tables."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from .decisions import ALTERNATIVE, CONTROLS, ERRORS, FORMING, HEIGHTS, PARAMETRIC, PERMUTATIONS
from .rates import EXCHANGEABLE, MISS, NULLS, PLANTED, SKEWED, Band, Cell, Rates, band, joined
from .simulation import SHAPE, ball

PAGE = Path(__file__).parents[2] / "docs/calibration.md"

TEXT = """\
# Calibration

How often glmspec finds something where there is nothing, measured. The suite that measured it writes this page:

    GLMSPEC_UPDATE_GOLDEN=1 python -m pytest tests/calibration -m slow

It fails where a rate lies outside its bounds. Every data set is a function of a seed that was fixed before the first
one was made; on another machine a rate may differ by a data set whose p lies on the edge. This was {minutes} minutes
of processor time on {machine}.

Each line is {sets:,} data sets of {shape} voxels of smooth noise (stationary, FWHM in voxels), tested at alpha 0.05,
{alternative}, by the functions of `glmspec.core` that a run calls, in the same order. Scheme and blocks are what
`auto` derives from the design; n counts subjects:

- one sample: a mean that is zero; signs are flipped.
- two samples: two halves with one mean, which is not zero; rows are permuted.
- paired: two maps of each subject; subjects differ in their mean and, up to eightfold, in their spread; rows are
  permuted within subjects.
- regression: a covariate without effect, beside one that has an effect and is correlated with it (.7); rows are
  permuted as Freedman and Lane do.

## Permutation: nothing is there

Per cent of data sets in which a control found anything. There are {permutations} random relabellings beside the
identity, so that 5 per cent are 25 of 501. Clusters are formed at z {forming}, their mass is the excess, TFCE has its
defaults. A relabelling that can no longer change whether p is at most 0.05 is not computed.

{permutation}

Each of {family} rates, four from the last line of this page among them, is to lie from {each}: all of them do so for
{share:.1%} of right programs (binomial, Bonferroni). The four of all lines together are to lie from {pooled}. Sizes
of clusters tie, and may lie below. With two samples of 6 a little less than 5 is to be expected, 4.9: there are 924
divisions of the subjects, each says the same as its mirror image, and draws repeat the observed one now and then.

## Parametric methods and closed testing: nothing is there

The same data sets, from their t maps: per cent in which `bonferroni` or `fdr` passed a voxel, or `all-resolutions`
claimed a true discovery. Five per cent is the most they may come to, and smoothness makes them cautious. Bounds:
{most:.1f}, and 6.4 for `all-resolutions`.

{parametric}

## Something is there

One sample, with an effect of {effect} standard deviations in {active} of the voxels. Per cent of data sets in which
`bonferroni` passed a voxel without effect; of voxels that `fdr` passed, the mean per cent without effect; per cent of
data sets in which `all-resolutions` claims more true discoveries than there are: for any set of voxels whatsoever (so
if and only if it is so for the set of all voxels without effect), for the set of all voxels, for some cluster at
z {heights}. Last, and no error: how much of the {active} it claims among all voxels, in the mean.

{planted}

## Skewed errors

**Flipping signs takes errors as symmetric about zero, and fails where they are not** (Eklund, Knutsson and Nichols
2018). With log-normal errors of mean zero, n 16, FWHM 4, the test of one sample finds something far too often, by
permutation and by t alike; more relabellings do not help. Two samples of equally skewed errors may be exchanged, and
keep to 5 per cent.

{skewed}
"""


def page(measured: Mapping[Cell, Rates], sets: int, seconds: float) -> str:
    """The whole text; seconds are those of all processors together."""
    family = len(EXCHANGEABLE) * len(CONTROLS)
    together = joined([measured[cell] for cell in NULLS])
    return TEXT.format(
        machine=machine(),
        minutes=round(seconds / 60),
        sets=sets,
        shape=" x ".join(map(str, SHAPE)),
        alternative=ALTERNATIVE,
        permutations=PERMUTATIONS,
        forming=FORMING,
        share=1 - MISS,
        family=family,
        each="{:.1f} to {:.1f}".format(*percent(band(sets, family), sets)),
        pooled="{:.2f} to {:.2f}".format(*percent(band(len(NULLS) * sets, len(CONTROLS)), len(NULLS) * sets)),
        most=percent(band(sets, 2 * len(NULLS)), sets)[1],
        effect=PLANTED[0].effect,
        active=int(ball().sum()),
        heights=" or ".join(map(str, HEIGHTS)),
        permutation=table(
            ["design", "n", "FWHM", *CONTROLS],
            [
                *([*place(cell), *rates(measured[cell], CONTROLS)] for cell in NULLS),
                ["all together", "", "", *rates(together, CONTROLS, digits=2)],
            ],
        ),
        parametric=table(
            ["design", "n", "FWHM", *PARAMETRIC],
            [[*place(cell), *rates(measured[cell], PARAMETRIC)] for cell in NULLS],
        ),
        planted=table(
            ["n", "FWHM", *ERRORS, "share claimed"],
            [
                [*place(cell)[1:], *rates(measured[cell], ERRORS), *rates(measured[cell], ["bound"], digits=0)]
                for cell in PLANTED
            ],
        ),
        skewed=table(
            ["design", "skewness", *CONTROLS, *PARAMETRIC],
            [
                [cell.design, f"{cell.skewness:g}", *rates(measured[cell], (*CONTROLS, *PARAMETRIC))]
                for cell in (*SKEWED, *EXCHANGEABLE[len(NULLS) :])
            ],
        ),
    )


def place(cell: Cell) -> list[str]:
    """The first columns of a line."""
    return [cell.design, str(cell.subjects), str(cell.fwhm)]


def rates(found: Rates, names: Iterable[str], digits: int = 1) -> list[str]:
    """Per cent of each."""
    return [f"{100 * found[name].mean():.{digits}f}" for name in names]


def percent(bounds: Band, sets: int) -> tuple[float, float]:
    """Bounds on a count as bounds on per cent."""
    return 100 * bounds.low / sets, 100 * bounds.high / sets


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines))


def machine() -> str:
    """Processor and versions; no names of machines."""
    cpu = platform.machine()
    about = Path("/proc/cpuinfo")  # Linux alone says what it runs on
    if about.exists():
        models = [line.split(":", 1)[1] for line in about.read_text().splitlines() if line.startswith("model name")]
        cpu = " ".join(models[0].split()) if models else cpu
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "numba"))
    return f"{os.cpu_count()} cores ({cpu}), Python {platform.python_version()}, {versions}"
