"""Exhaustive permutation results of PALM, on simulated maps of four designs.

`data/palm_<design>.npz` hold the maps, mask, design and contrasts that PALM was given, its p in every voxel of the
mask, and its null maxima in ascending order (of the 17,920 of `eeise` every 70th). Every run was exhaustive. The first
part of a name says what was asked for:

    ext        voxel, and cluster extent             two...     the same, two-tailed
    mass       cluster mass                          eeise      mass, under permutations and sign flips together
    tfcedh01   TFCE in steps of 0.1                  two26dh01  TFCE in steps of 0.1, 26 neighbours, two-tailed

What PALM does otherwise than we do is written out here. It turns every statistic into z first; 1.8 is a z. Clusters
are of voxels >= 1.8 with 26 neighbours, mass is the plain sum. TFCE is a sum over steps (E 0.5, H 2), with 6 neighbours
where the name does not say 26. Two-tailed it takes |z| and lets clusters join signs. Clusters of the F
were formed at 3, which is not on record but is the only tenth of z from 1.8 to 3.9 that gives its 1,680 maxima.

In uncorrected p PALM compares equal numbers exactly and so loses some ties to rounding, where the design forces them:
under an F the names of groups can be exchanged, and with permutations and flips both, groups can trade places and
signs. There its p must lie between ours with all ties and ours with none.

PALM writes p as float32, and count / N exactly: 1e-6 is between that rounding (6e-8) and the smallest step of p
(1 / 17,920). Maxima have 16 digits; 1e-9 leaves room for two libraries' tails (1e-12 was seen).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.ndimage import label

from glmspec.core.derivation import derive
from glmspec.core.enumeration import Enumeration
from glmspec.core.exchangeability import rows
from glmspec.core.least_squares import prepare as prepare_design
from glmspec.core.partition import partition
from glmspec.core.permutation import largest, least_tied, null_maxima, p_values, prepare, statistic_maps

FOLDER = Path(__file__).parent / "data"
COUNTS = {"onesample8": 256, "twosample44": 70, "paired8_within": 256, "anova333": 1680}
BOTH = ("twosample44", True, 17920)
FIGURES_HELD = 68
FIGURES = re.compile(
    r"(?P<run>\w+)_(?P<kind>vox|clustere|clusterm|tfce)_[tf]stat_(?P<what>\w+?)(?:_c(?P<contrast>\d))?$"
)
STUDIES = {name: dict(np.load(FOLDER / f"palm_{name}.npz")) for name in COUNTS}
ALL = [(study, FIGURES.match(name)) for study, held in STUDIES.items() for name in held if FIGURES.match(name)]
IDS = [f"{study}-{figure.group()}" for study, figure in ALL]
TIED = {"anova333", "eeise"}
"""Designs and runs whose relabellings force ties."""
FORMING = {"onesample8": 1.8, "twosample44": 1.8, "paired8_within": 1.8, "anova333": 3.0}
STEP = 0.1


def neighbours(count):
    """The structure of scipy's labels."""
    distance = np.abs(np.indices((3, 3, 3)) - 1).sum(axis=0)
    return distance <= {6: 1, 26: 3}[count]


def cluster_scores(z, mask, voxel_score, forming, connectivity):
    """Each voxel's sum over its cluster; 0 outside clusters."""
    volume = np.full(mask.shape, -np.inf)
    volume[mask] = z
    labels = label(volume >= forming, neighbours(connectivity))[0][mask]
    sums = np.bincount(labels, weights=voxel_score)
    return np.where(labels > 0, sums[labels], 0)


def voxel(z, study, run):
    return z


def extent(z, study, run, connectivity=26):
    return cluster_scores(z, STUDIES[study]["mask"], np.ones_like(z), FORMING[study], connectivity)


def mass(z, study, run, less=0.0):
    return cluster_scores(z, STUDIES[study]["mask"], z - less, FORMING[study], 26)


def tfce(z, study, run):
    """Sum over heights 0.1, 0.2, ... of extent**0.5 height**2, times 0.1."""
    connectivity = 26 if "26" in run else 6
    total = np.zeros(len(z))
    for height in STEP * np.arange(1, int(np.floor(max(z.max(), 0) / STEP + 1e-9)) + 1):
        sizes = cluster_scores(z, STUDIES[study]["mask"], np.ones_like(z), height, connectivity)
        total += np.sqrt(sizes) * height**2
    return total * STEP


MEASURES = {"vox": voxel, "clustere": extent, "clusterm": mass, "tfce": tfce}


def to_z(statistic, test, dof):
    """The normal quantile of the upper tail's p."""
    if test == "F":
        return stats.norm.isf(stats.f.sf(statistic, 2, dof))
    return np.sign(statistic) * stats.norm.isf(stats.t.sf(np.abs(statistic), dof))


@cache
def relabelled(study, contrast, both):
    """The prepared data, all relabellings, and the z map of each."""
    held = STUDIES[study]
    weights = held["contrasts"].astype(float)
    parts = partition(
        prepare_design(held["design"].astype(float)), weights if study == "anova333" else weights[contrast]
    )
    group = rows(len(held["design"]), "both") if both else derive(parts, held.get("blocks")).group
    prepared = prepare(held["data"], parts, group)
    every = list(Enumeration(group, prepared.columns))
    maps = np.array(list(statistic_maps(prepared, every)))
    return prepared, every, to_z(maps, parts.test, parts.dof)


@cache
def scores(study, run, kind, contrast):
    """(relabellings, voxels): PALM's measure of every map."""
    maps = relabelled(study, contrast, run == "eeise")[2]
    maps = np.abs(maps) if run.startswith("two") else maps
    return np.array([MEASURES[kind](z, study, run) for z in maps])


def assert_p(got, want):
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-6)


def test_every_figure_is_compared():
    """None left out: p for voxel, extent, mass and TFCE, with their maxima, in four designs."""
    held = {name for study in STUDIES.values() for name in study}
    assert held - {figure.group() for _, figure in ALL} == {"data", "mask", "design", "contrasts", "blocks"}
    assert {figure["kind"] for _, figure in ALL} == set(MEASURES)
    assert {figure["what"] for _, figure in ALL} == {"fwep", "uncp", "cfwep", "max"}
    assert len(ALL) == FIGURES_HELD


@pytest.mark.parametrize(("study", "both", "count"), [*((study, False, n) for study, n in COUNTS.items()), BOTH])
def test_the_number_of_relabellings(study, both, count):
    """As many as PALM found; without `both` from the scheme that the design calls for."""
    assert len(relabelled(study, 0, both)[1]) == count


@pytest.mark.parametrize(("study", "figure"), ALL, ids=IDS)
def test_figure(study, figure):
    """One map of p, or one null distribution. `cfwep` is corrected over both contrasts."""
    run, kind, contrast = figure["run"], figure["kind"], int(figure["contrast"] or 1) - 1
    want, found = STUDIES[study][figure.group()], scores(study, run, kind, contrast)
    null = found.max(axis=1)
    if figure["what"] == "max":
        got = np.sort(null)[:: len(null) // len(want)]
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)
    elif figure["what"] == "fwep":
        assert_p(p_values(found[0], null), want)
    elif figure["what"] == "cfwep":
        assert_p(p_values(found[0], np.maximum(null, scores(study, run, kind, 1 - contrast).max(axis=1))), want)
    elif TIED & {study, run} and kind == "vox":
        tied, untied = (
            (found >= least_tied(found[0])).mean(axis=0),
            (found > 2 * found[0] - least_tied(found[0])).mean(axis=0),
        )
        assert (untied - 1e-6 <= want).all()
        assert (want <= tied + 1e-6).all()
    else:
        assert_p((found >= least_tied(found[0])).mean(axis=0), want)


@pytest.mark.parametrize("kind", MEASURES)
def test_maxima_as_they_are_used(kind):
    """From :func:`null_maxima`, with PALM's measures as the functions it is given, two-sided for the voxel."""
    prepared, every, maps = relabelled("onesample8", 0, False)
    tail = "two-sided" if kind == "vox" else "greater"
    found = null_maxima(
        prepared, every, {kind: lambda t: largest(MEASURES[kind](to_z(t, "t", 7), "onesample8", "6"))}, tail
    )
    name = {"vox": "two_ext_vox", "clustere": "ext_clustere", "clusterm": "mass_clusterm", "tfce": "tfcedh01_tfce"}[
        kind
    ]
    observed = np.abs(maps[0]) if kind == "vox" else MEASURES[kind](maps[0], "onesample8", "6")
    assert_p(p_values(observed, found[kind]), STUDIES["onesample8"][f"{name}_tstat_fwep"])


BREAKS = {
    "6 neighbours": ("ext_clustere", lambda z: extent(z, "onesample8", "", connectivity=6)),
    "excess": ("mass_clusterm", lambda z: mass(z, "onesample8", "", less=1.8)),
    "wrong tail": ("ext_vox", lambda z: -z),
    "t for z": ("tfcedh01_tfce", lambda z: tfce(stats.t.isf(stats.norm.sf(z), 7), "onesample8", "")),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_deliberate_break_shows(name):
    """Another convention, or a wrong tail, is far outside the tolerance."""
    figure, measure = BREAKS[name]
    found = np.array([measure(z) for z in relabelled("onesample8", 0, False)[2]])
    with pytest.raises(AssertionError):
        assert_p(p_values(found[0], found.max(axis=1)), STUDIES["onesample8"][f"{figure}_tstat_fwep"])
