"""The scale of a map: colours as they look over a grey brain, with the threshold marked."""

from __future__ import annotations

import numpy as np

from glmspec.reporting.figures import svg
from glmspec.reporting.figures.panels import SILHOUETTE
from glmspec.reporting.figures.style import MapStyle

BAR = (240.0, 12.0)
"""Width and height of the bar, px; half the width for maps without a sign."""
SIDE, TOP = 24.0, 17.0
"""Room for half a number at either end, and for the thresholds above the bar."""
HEIGHT = 62.0
STEPS = 480


def colour_bar(style: MapStyle, label: str) -> str:
    """From -vmax (or 0) to vmax: ends below, thresholds above, ``label`` (such as "z") at the bottom."""
    lowest = -style.vmax if style.signed else 0.0
    width = BAR[0] if style.signed else BAR[0] / 2
    values = np.linspace(lowest, style.vmax, STEPS)[None]
    painted = style.paint(values, np.zeros(values.shape, dtype=bool))
    alpha = painted[..., 3:] / 255
    pixels = np.rint(SILHOUETTE * (1 - alpha) + painted[..., :3] * alpha).astype(np.uint8)

    def across(value: float) -> float:
        return SIDE + (value - lowest) / (style.vmax - lowest) * width

    body = svg.image(pixels, SIDE, TOP, (width, BAR[1]), smooth=True)
    for value in (-style.threshold, style.threshold) if style.signed else (style.threshold,):
        x = svg.number(across(value))
        body += svg.path(f"M{x} {svg.number(TOP)}V{svg.number(TOP + BAR[1])}", "#000", 1.5)
        body += svg.text(svg.signed(value, 2), across(value), TOP - 5, 11)
    for value in (-style.vmax, 0.0, style.vmax) if style.signed else (0.0, style.vmax):
        body += svg.text(svg.signed(value, 2), across(value), TOP + BAR[1] + 13, 11)
    body += svg.text(label, SIDE + width / 2, HEIGHT - 5, 11)
    size = (width + 2 * SIDE, HEIGHT)
    return svg.document(body, size, size[0], f"colour scale: {label}", "colour-bar")
