"""Noise models of a run, each with what a fit leaves and how contrasts are read from that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.core.autocorrelation import FitAr, effects_gls, f_contrast_gls, fit_ar, t_contrast_gls
from glmspec.core.contrasts import FContrast, TContrast, f_contrast, t_contrast
from glmspec.core.fixed_effects import Effects, effects_ols
from glmspec.core.least_squares import Fit, PreparedDesign, fit

Floats = NDArray[np.float64]
Arrays = Mapping[str, Floats]
Settings = Mapping[str, Any]


class Noise(NamedTuple):
    """A noise model.

    ``fit`` goes from a prepared design, data (N, V) and the document's settings to arrays over voxels; ``stored`` goes
    from such arrays and the settings to the fit that ``t``, ``f`` and ``effects`` take.
    """

    fit: Callable[[PreparedDesign, Floats, Settings], dict[str, Floats]]
    stored: Callable[[Arrays, Settings], Any]
    t: Callable[[PreparedDesign, Any, Floats], TContrast]
    f: Callable[[PreparedDesign, Any, Floats], FContrast]
    effects: Callable[[PreparedDesign, Any, Floats], Effects]


def _fit_ols(prepared: PreparedDesign, data: Floats, settings: Settings) -> dict[str, Floats]:
    return fit(prepared, data)._asdict()


def _stored_ols(arrays: Arrays, settings: Settings) -> Fit:
    return Fit(arrays["coefficients"], arrays["residual_variance"])


def _fit_ar(prepared: PreparedDesign, data: Floats, settings: Settings) -> dict[str, Floats]:
    found = fit_ar(prepared, data, order=settings["order"], quantize=settings["quantize"])
    return {"coefficients": found.coefficients, "residual_variance": found.residual_variance, "ar": found.ar}


def _stored_ar(arrays: Arrays, settings: Settings) -> FitAr:
    start = "stationary" if settings["quantize"] is None else "unscaled"
    return FitAr(arrays["coefficients"], arrays["residual_variance"], arrays["ar"], start)  # type: ignore[arg-type]


NOISES: Mapping[str, Noise] = {
    "ols": Noise(_fit_ols, _stored_ols, t_contrast, f_contrast, effects_ols),
    "ar": Noise(_fit_ar, _stored_ar, t_contrast_gls, f_contrast_gls, effects_gls),
}
"""Name in the document -> model."""
