"""Responses, high-pass bases and whole columns against SPM12.

SPM's figures carry 16 digits; both sides sum a few hundred terms, which leaves some 1e-15. 1e-12 is a thousand times
that, and a million times finer than a response that is one bin late.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from glmspec.core.drift import cosine
from glmspec.core.hrf import SPM, double_gamma, spm, whole_steps
from glmspec.core.regressors import events, orthogonalize, regressors

from .figures import figures

FIGURES = figures("spm_basis")
ROUNDING = 1e-12
BINS = 16
"""SPM's bins in a scan (fMRI_T)."""


def response(case, **changes):
    """spm_hrf(RT, P), with P in SPM's order."""
    peak, undershoot, dispersion, other, ratio, onset, length = case["parameters"]
    shape = replace(
        SPM,
        peak_delay=peak,
        undershoot_delay=undershoot,
        peak_dispersion=dispersion,
        undershoot_dispersion=other,
        undershoot_ratio=1 / ratio,
        length=length,
    )
    times = whole_steps(case["repetition_time"], length)
    return double_gamma(times, replace(shape, **changes), onset=onset)


def basis(step):
    """spm_get_bf: kernels are made orthogonal."""
    return orthogonalize(spm(step, 1, derivatives=["time", "dispersion"]).kernels.T)


def column(condition, duration):
    """SPM reads a column one bin late, and its blocks last one bin longer than they say."""
    onsets = np.array(FIGURES["designs"]["onsets"][condition], dtype=float) - 1 / BINS
    happening = events(onsets, duration + 1 / BINS if duration else 0.0)
    return regressors(happening, np.arange(100.0), spm(1.0, BINS), oversampling=BINS)[:, 0]


def test_every_case_is_here():
    """Nine repetition times, two of them with other parameters too; three steps of three functions; four filters."""
    cases = {(case["repetition_time"], tuple(case["parameters"])) for case in FIGURES["hrf"]}
    defaults = {time for time, parameters in cases if parameters == (6, 16, 1, 1, 6, 0, 32)}
    assert defaults == {0.1, 0.5, 0.72, 0.8, 1, 1.5, 2, 2.5, 3}
    assert len(cases) == 15
    grid = {(step, number) for step in (0.125, 0.0625, 0.1) for number in (1, 2, 3)}
    assert {(case["step"], case["column"]) for case in FIGURES["basis"]} == grid
    assert len(FIGURES["filter"]) == 4


@pytest.mark.parametrize("case", FIGURES["hrf"], ids=lambda case: f"{case['repetition_time']}-{case['parameters']}")
def test_response(case):
    """spm_hrf, default and other parameters, an onset among them."""
    np.testing.assert_allclose(response(case), case["values"], rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("case", FIGURES["basis"], ids=lambda case: f"{case['step']}-{case['column']}")
def test_derivatives(case):
    """spm_get_bf with time and dispersion derivatives."""
    np.testing.assert_allclose(basis(case["step"])[:, case["column"] - 1], case["values"], rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("case", FIGURES["filter"], ids=lambda case: f"{case['scans']}-{case['cutoff']}")
def test_high_pass(case):
    """spm_filter's cosines for a cut-off in seconds."""
    times = np.arange(case["scans"]) * case["repetition_time"]
    want = np.reshape(case["values"], (case["columns"] - 1, case["scans"])).T
    np.testing.assert_allclose(cosine(times, high_pass=1 / case["cutoff"]), want, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("condition", [0, 1, 2])
def test_columns_of_impulses(condition):
    """A whole column; SPM's impulse has an area of one bin's length times 16, ours lasts one bin at height 1."""
    want = FIGURES["designs"]["impulses"][condition]
    np.testing.assert_allclose(column(condition, 0) * BINS, want, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("condition", [0, 1, 2])
def test_columns_of_blocks(condition):
    """A whole column of blocks of 10 s."""
    want = FIGURES["designs"]["blocks_of_10_s"][condition]
    np.testing.assert_allclose(column(condition, 10), want, rtol=0, atol=ROUNDING)


def test_a_mistake_would_be_noticed():
    """Deliberate break: nilearn's ratio of 0.167, a shift of one bin, and a cosine more fail by far."""
    case = next(case for case in FIGURES["hrf"] if case["repetition_time"] == 1)
    assert np.abs(response(case, undershoot_ratio=0.167) - case["values"]).max() > 1e6 * ROUNDING
    late = double_gamma(whole_steps(1.0, 32.0), SPM, onset=1 / BINS)
    assert np.abs(late - case["values"]).max() > 1e6 * ROUNDING
    assert cosine(np.arange(100) * 2.0, high_pass=1 / 99).shape[1] != FIGURES["filter"][0]["columns"] - 1
