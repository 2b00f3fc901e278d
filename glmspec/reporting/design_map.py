"""In place of a design: what is known of a statistic image that was made elsewhere."""

from __future__ import annotations

from glmspec.reporting.material import Material
from glmspec.reporting.model import Block, Cell, Column, Table, plain
from glmspec.reporting.words import degrees_of_freedom

MEANING = {
    "z": "z: standard normal where there is no effect",
    "t": "t",
    "F": "F",
}


def given_image(material: Material) -> tuple[Block, ...]:
    """The blocks of the section."""
    ((_, contrast),) = material.contrasts.items()
    image = str(material.analysis["statistic"])
    rows = [("Image", image), ("Its values", MEANING[contrast["scale"]])]
    if contrast["scale"] != "z":
        rows.append(("Compared with", degrees_of_freedom(contrast["dof"])))
    mask = material.document.inputs.mask  # type: ignore[attr-defined]
    rows += [("Mask", mask.image), ("Image, sha256", material.analysis["inputs"][image])]
    text = "The statistic was made elsewhere and is taken as it is: the document has no design and fits nothing."
    cells = tuple((Cell(name), Cell(value)) for name, value in rows)
    return plain(text), Table("The statistic", (Column("What"), Column("As given", "prose")), cells)
