"""How smooth the residuals are: widths and resels of each model, or why they are not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from glmspec.reporting.material import Material
from glmspec.reporting.model import Block, Cell, Column, Table, plain
from glmspec.reporting.run_words import called
from glmspec.reporting.words import count, significant

COLUMNS = ("FWHM x (mm)", "FWHM y (mm)", "FWHM z (mm)", "Resels", "Degrees of freedom")
NOTE = "Full width at half maximum along the axes of the image, estimated from neighbouring voxels (Forman et al. 1995)"


def smoothness(material: Material) -> Iterator[Block]:
    """A row a model whose residuals tell it; a sentence for each that does not, and for analyses without residuals."""
    models = _models(material)
    known = {name: found for name, found in models.items() if found.get("fwhm_mm")}
    if known:
        columns = (Column("Residuals"), *(Column(title, "number") for title in COLUMNS))
        mask = material.analysis["mask"]
        volume = f", {significant(mask['mm3'] / 1000)} cm³" if mask.get("mm3") else ""
        note = f"{NOTE}. Search volume: {count(mask['voxels'], 'voxel')}{volume}."
        yield Table("Smoothness", columns, tuple(_row(name, found) for name, found in known.items()), note)
    for name, found in models.items():
        if found.get("because"):
            yield plain(f"Smoothness of {name}: not known, as {found['because']}.", "quiet")


def _models(material: Material) -> dict[str, Mapping[str, Any]]:
    """Whose residuals they are; results of earlier versions say nothing of it."""
    runs = material.analysis.get("runs")
    if runs is None:
        return {"the maps" if material.level == "second" else "the image": material.analysis.get("smoothness") or {}}
    return {called(run): run.get("smoothness") or {} for run in runs}


def _row(name: str, found: Mapping[str, Any]) -> tuple[Cell, ...]:
    numbers = [*found["fwhm_mm"], found["resels"], found["dof"]]
    return (Cell(name), *(Cell(significant(number), value=f"{number:.12g}") for number in numbers))
