"""Haemodynamic responses: what they are by construction."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.hrf import DERIVATIVES, GLOVER, HRFS, SPM, double_gamma, double_gamma_basis, fir, spm, whole_steps

FIELDS = {"spm": {}, "glover": {}, "fir": {"delays": [0, 2]}, "none": {}}


def test_every_response_has_a_row_here():
    """So that a new one is tested everywhere by adding its fields."""
    assert set(FIELDS) == set(HRFS)


@pytest.mark.parametrize("name", HRFS)
def test_a_kernel_sums_to_one(name):
    """An endless block of height 1 ends at height 1, whatever the response. 1e-12 is the rounding of 1,600 terms."""
    kernels = HRFS[name](2.0, 50, **FIELDS[name]).kernels
    np.testing.assert_allclose(kernels.sum(axis=1), 1.0, rtol=1e-12)


@pytest.mark.parametrize("response", [SPM, GLOVER])
def test_derivatives_sum_to_zero(response):
    """They are differences of responses that sum to one; the step of 0.01 multiplies their rounding by 100."""
    kernels = double_gamma_basis(response, 2.0, derivatives=list(DERIVATIVES)).kernels
    np.testing.assert_allclose(kernels[1:].sum(axis=1), 0.0, atol=1e-12)


def test_nothing_comes_before_the_onset():
    """Exactly zero up to it and at it."""
    times = whole_steps(0.5, 32.0)
    samples = double_gamma(times, SPM, onset=3.0)
    assert not samples[times <= 3.0].any()
    assert samples[times > 3.0].all()


def test_an_onset_shifts_the_response():
    """A shift of whole steps moves samples; what is cut off at 32 s is 1e-5 of the sum."""
    step = 0.5
    there, here = (spm(step, 1).kernels[0], double_gamma(whole_steps(step, 32.0), SPM, onset=4 * step))
    np.testing.assert_allclose(here[4:], there[:-4], rtol=1e-3, atol=1e-12)


def test_derivatives_come_in_the_order_asked_for():
    """And each brings the ending of its column's name."""
    both = spm(2.0, derivatives=["time", "dispersion"])
    turned = spm(2.0, derivatives=["dispersion", "time"])
    assert both.suffixes == ("", "_derivative", "_dispersion")
    assert turned.suffixes == ("", "_dispersion", "_derivative")
    np.testing.assert_array_equal(both.kernels, turned.kernels[[0, 2, 1]])


def test_a_delay_is_a_box_of_one_scan():
    """Four steps a scan: the second delay covers the third scan."""
    basis = fir(2.0, 4, delays=[0, 2])
    np.testing.assert_array_equal(basis.kernels[0], [0.25] * 4 + [0] * 8)
    np.testing.assert_array_equal(basis.kernels[1], [0] * 8 + [0.25] * 4)
    assert basis.suffixes == ("_delay_0", "_delay_2")


@pytest.mark.parametrize("derivatives", [["third"], ["time", "time"]])
def test_unknown_or_repeated_derivatives_are_errors(derivatives):
    with pytest.raises(ValueError, match="time and dispersion, each once"):
        spm(2.0, derivatives=derivatives)


@pytest.mark.parametrize("delays", [[], [-1], [1, 1]])
def test_delays_are_scans_each_once(delays):
    with pytest.raises(ValueError, match="0 or more, each once"):
        fir(2.0, delays=delays)


def test_a_length_of_whole_steps_includes_its_end():
    """32 / 0.1 in doubles is not to lose the last step."""
    for step in (0.1, 0.04, 0.72 / 16, 0.8 / 50):
        assert len(whole_steps(step, 32.0)) == int(32.0 / step + 1e-6) + 1
