"""Exhaustive permutation results of PALM, on simulated maps of four designs.

`data/palm_<design>.npz` hold the maps, mask, design and contrasts that PALM was given, its p in every voxel of the
mask, and its null maxima in ascending order (of the 17,920 of `eeise` every 70th). Each was run exhaustively; the first part of a
name says with what:

    ext        -C 1.8 -Cstat extent               two...     the same, -twotail
    mass       -C 1.8 -Cstat mass                 eeise      -ee -ise -C 1.8 -Cstat mass: permutations and sign flips
    tfcedh01   -T, steps of 0.1                   two26dh01  -T, steps of 0.1, 26 neighbours, -twotail

What PALM does otherwise than we do is written out here. It turns every statistic into z first; 1.8 is a z. Clusters
are of voxels >= 1.8 with 26 neighbours, mass is the plain sum. TFCE is a sum over steps (E 0.5, H 2), with 6 neighbours
where the name does not say 26. Two-tailed it takes |z| and lets clusters join signs.

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

from glmspec.core.exchangeability import Enumeration, derive, rows
from glmspec.core.least_squares import prepare as prepare_design
from glmspec.core.partition import partition
from glmspec.core.permutation import largest, least_tied, null_maxima, p_values, prepare, statistic_maps

FOLDER = Path(__file__).parent / "data"
COUNTS = {"onesample8": 256, "twosample44": 70, "paired8_within": 256, "anova333": 1680}
BOTH = 17920
FIGURES = re.compile(r"(?P<run>\w+)_(?P<kind>vox|clustere|clusterm|tfce)_[tf]stat_(?P<what>\w+?)(?:_c(?P<contrast>\d))?$")
STUDIES = {name: dict(np.load(FOLDER / f"palm_{name}.npz")) for name in COUNTS}
ALL = [(study, FIGURES.match(name)) for study, held in STUDIES.items() for name in held if FIGURES.match(name)]
IDS = [f"{study}-{figure.group()}" for study, figure in ALL]
FORMING = 1.8
STEP = 0.1


def neighbours(count):
    """The structure of scipy's labels."""
    distance = np.abs(np.indices((3, 3, 3)) - 1).sum(axis=0)
    return distance <= {6: 1, 26: 3}[count]


def inside(values, mask):
    volume = np.full(mask.shape, -np.inf)
    volume[mask] = values
    return volume


def cluster_scores(z, mask, voxel_score, connectivity=26, forming=FORMING):
    """Each voxel's share summed over its cluster; 0 outside clusters."""
    volume = inside(z, mask)
    labels, count = label(volume >= forming, neighbours(connectivity))
    sums = np.zeros(count + 1)
    np.add.at(sums, labels[mask], voxel_score(z))
    sums[0] = 0
    return sums[labels[mask]]


def extent(z, mask, run):
    return cluster_scores(z, mask, np.ones_like)


def mass(z, mask, run):
    return cluster_scores(z, mask, lambda values: values)


def tfce(z, mask, run):
    """Sum over heights 0.1, 0.2, ... of extent**0.5 height**2, times 0.1."""
    heights = STEP * np.arange(1, max(int(np.floor(z.max() / STEP + 1e-9)), 0) + 1)
    total = np.zeros(len(z))
    for height in heights:
        total += np.sqrt(cluster_scores(z, mask, np.ones_like, 26 if "26" in run else 6, height)) * height**2
    return total * STEP


def voxel(z, mask, run):
    return z


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
    parts = partition(prepare_design(held["design"].astype(float)), weights if study == "anova333" else weights[contrast])
    group = rows(len(held["design"]), "both") if both else derive(parts, held.get("blocks")).group
    prepared = prepare(held["data"], parts, group)
    every = list(Enumeration(group, prepared.columns))
    maps = np.array(list(statistic_maps(prepared, every)))
    return prepared, every, to_z(maps, parts.test, parts.dof)


@cache
def scores(study, run, kind, contrast):
    """(relabellings, voxels): PALM's measure of every map."""
    _, _, maps = relabelled(study, contrast, run == "eeise")
    maps = np.abs(maps) if run.startswith("two") else maps
    return np.array([MEASURES[kind](z, STUDIES[study]["mask"], run) for z in maps])


def asked(figure):
    return figure["run"], figure["kind"], int(figure["contrast"] or 1) - 1


def corrected(observed, null, kind):
    """A voxel outside all clusters has p 1, as it has score 0."""
    return p_values(observed, null)


def test_every_figure_is_compared():
    """None left out: p for voxel, extent, mass and TFCE, with their maxima, in four designs."""
    held = {name for study in STUDIES.values() for name in study}
    assert held - {figure.group() for _, figure in ALL} == {"data", "mask", "design", "contrasts", "blocks"}
    assert {figure["kind"] for _, figure in ALL} == set(MEASURES)
    assert {figure["what"] for _, figure in ALL} == {"fwep", "uncp", "cfwep", "max"}
    assert len(ALL) == 60


@pytest.mark.parametrize("study", COUNTS)
def test_the_number_of_relabellings(study):
    """As many as PALM found, from the scheme that the design calls for."""
    _, every, _ = relabelled(study, 0, False)
    assert len(every) == COUNTS[study]


@pytest.mark.parametrize(("study", "figure"), ALL, ids=IDS)
def test_figure(study, figure):
    """One map of p, or one null distribution."""
    run, kind, contrast = asked(figure)
    want, found = STUDIES[study][figure.group()], scores(study, run, kind, contrast)
    null = found.max(axis=1)
    if figure["what"] == "max":
        got = np.sort(np.maximum(null, 0) if kind == "clusterm" else null)
        np.testing.assert_allclose(got[:: len(got) // len(want)], want, rtol=0, atol=1e-9 * max(1, want.max()))
        return
    if figure["what"] == "cfwep":
        null = np.maximum(null, scores(study, run, kind, 1 - contrast).max(axis=1))
    if figure["what"] == "uncp":
        got = (found >= least_tied(found[0])).mean(axis=0)
    else:
        got = p_values(found[0], null)
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-6)
