"""What an SVG of a chart shows: its paths with their style, and the dots among them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import NamedTuple

SVG = "{http://www.w3.org/2000/svg}"
DOT = re.compile(r"M(\S+) (\S+?)L\1 \2(?=[M]|$)")


class Shape(NamedTuple):
    """A path: what is drawn, and how."""

    data: str
    style: dict[str, str]

    @property
    def points(self) -> list[tuple[float, float]]:
        """Where it leads."""
        numbers = [float(text) for text in re.findall(r"-?[\d.]+", self.data)]
        return list(zip(numbers[::2], numbers[1::2], strict=True))

    @property
    def dots(self) -> list[tuple[str, str]]:
        """The places of its strokes without length."""
        return DOT.findall(self.data)

    @property
    def parts(self) -> int:
        """How many pieces it has."""
        return self.data.count("M")


def shapes(svg: str, **style: str) -> list[Shape]:
    """The paths of a chart whose style has these entries; `stroke_width` stands for stroke-width."""
    wanted = {(name.replace("_", "-"), value) for name, value in style.items()}
    found = [
        Shape(path.get("d"), dict(entry.split(": ") for entry in path.get("style", "").split("; ") if entry))
        for path in ET.fromstring(svg).iter(f"{SVG}path")
    ]
    return [shape for shape in found if wanted <= set(shape.style.items())]


def dots(svg: str) -> dict[str, int]:
    """Colour -> how many dots have it."""
    return {shape.style["stroke"]: len(shape.dots) for shape in shapes(svg, stroke_linecap="round")}
