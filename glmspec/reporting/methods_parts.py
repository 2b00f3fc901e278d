"""Clauses of the methods text that several levels share: fits, who was left out, smoothing, mask, contrasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from glmspec.errors import DocPath
from glmspec.reporting.clauses import Sentence, said
from glmspec.reporting.material import Material
from glmspec.reporting.words import count, degrees_of_freedom, fit_words, listed, quoted, setting, significant
from glmspec.spec.contrasts import Contrast
from glmspec.spec.expressions import is_wildcard
from glmspec.spec.masks import ThresholdedMask

MM3_OF_CM3 = 1000
ARTICLES = {"t": "A t", "z": "A z", "F": "An F"}


def fit_clause(material: Material) -> Iterator[Sentence]:
    """Which of several fits this is."""
    if material.place:
        per = listed(material.fit)
        text = f"Each {per} {material.verb.was} analysed alone, and error rates hold within each"
        yield said(text, "fit_per") + said(f"; this is {fit_words(material.fit)}.")


def left_out(material: Material) -> Iterator[Sentence]:
    """Every rule with those who fell to it, and every absence that took somebody out."""
    rules = [rule.rule for rule in material.document.exclusions]
    for entry in material.analysis["exclusions"]:
        who = f"{len(entry['excluded']):,} of {count(entry['of'], entry['counted'].removesuffix('s'))}"
        if entry["kind"] == "missing":
            yield said(f"Left out {entry['rule']}: {who}.", "missing")
            continue
        path = ("exclusions", rules.index(entry["rule"]))
        if entry["kind"] == "declared":
            evaluated = f"{material.verb.was_not} evaluated in this analysis"
            yield said(f"The rule {quoted(entry['rule'])} is declared, and {evaluated}.", *path)
        else:
            bound = f" ({entry['bound']})" if entry["bound"] else ""
            yield said(f"Left out by the rule {quoted(entry['rule'])}{bound}: {who}.", *path)


def selection(material: Material, what: str) -> Iterator[Sentence]:
    """What the analysis is about, where that is not everything."""
    for name, values in material.document.inputs.select.items():  # type: ignore[attr-defined]
        only = f"Only {what} whose {name} is {listed(values, 'or')}"
        yield said(f"{only} {material.verb.were} analysed.", "inputs", "select", name)


def space_clause(space: str | None, they_are: str) -> Iterator[Sentence]:
    """Where coordinates mean something."""
    if space:
        yield said(f"{they_are} in the space {space}.", "inputs", "space")


def smoothing(material: Material, what: str) -> Iterator[Sentence]:
    """Smoothing, where there is some."""
    width: float = material.document.inputs.smoothing_fwhm  # type: ignore[attr-defined]
    if width:
        kernel = f"a Gaussian kernel of {setting(width)} mm full width at half maximum"
        yield said(f"{what} {material.verb.were} smoothed with {kernel}.", "inputs", "smoothing_fwhm")


def coverage(material: Material, mask: Sentence, images: str) -> Iterator[Sentence]:
    """The voxels that were analysed; ``images`` are those that may lack a value."""
    voxels, verb = material.analysis["mask"], material.verb
    if voxels["voxels"] is None:  # before the run
        yield said(f"The analysis {verb.covered} ", "inputs", "mask") + mask + said(".")
        return
    volume = f" ({significant(voxels['mm3'] / MM3_OF_CM3)} cm³)" if voxels.get("mm3") else ""
    counted = said(f"The analysis {verb.covered} {count(voxels['voxels'], 'voxel')}{volume}: ", "inputs", "mask")
    yield counted + mask + said(".")
    if voxels["excluded"]:
        lacking = f"{count(voxels['excluded'], 'voxel')} of that mask with values that are not finite in some {images}"
        smoothed = getattr(material.document.inputs, "smoothing_fwhm", 0)  # type: ignore[attr-defined]
        counted = said(" and counted as zero in smoothing", "inputs", "smoothing_fwhm") if smoothed else ()
        yield said(f"{lacking} {verb.were} left out", "missing", "voxel") + counted + said(".")


def smoothness(material: Material, found: Mapping[str, Any] | None, of: str = "") -> Iterator[Sentence]:
    """How smooth the residuals of a model are, where that is known; ``of`` names the run."""
    if found and found.get("fwhm_mm"):
        widths = listed(significant(width) for width in found["fwhm_mm"])
        text = f"The residuals{of} {material.verb.had} a smoothness of {widths} mm full width at half maximum"
        yield said(f"{text} along the axes of the image (Forman et al. 1995): {significant(found['resels'])} resels.")


def given_mask(mask: ThresholdedMask) -> Sentence:
    """A mask that is an image."""
    rule = "not zero" if mask.above is None else f"at or above {setting(mask.above)}"
    below = ("above",) if mask.above is not None else ()
    return said(f"the voxels of {mask.image} ", "inputs", "mask", "image") + said(
        f"that are {rule}", "inputs", "mask", *below
    )


def contrast_clause(material: Material, name: str, freedom: str, design: DocPath, expression: str = "") -> Sentence:
    """``A t test of left - right with 14 degrees of freedom gave the contrast left-minus-right.``

    ``design`` is the setting that degrees of freedom follow from.
    """
    contrast = material.contrasts[name]
    here: DocPath = ("contrasts", name)
    article, question = ARTICLES[contrast["scale"]], expression or asked(material, name)
    title = said(f" ({contrast['title']})", *here, "title") if contrast["title"] != name else ()
    gave = said(f" {material.verb.gave} the contrast {name}", *here) + title + said(".")
    return said(f"{article} test of {question}", *here) + (said(freedom, *design) if freedom else ()) + gave


def asked(material: Material, name: str) -> str:
    """What a contrast asks; the rows of an F as a list."""
    written: Contrast = material.document.contrasts[name]  # type: ignore[attr-defined]
    if written.rows is None:
        return str(material.contrasts[name]["expression"])
    jointly = " jointly" if len(written.rows) > 1 else ""
    return f"{listed(_row(text) for text in written.rows)}{jointly}"


def _row(text: str) -> str:
    """A row of an F; a wildcard stands for several columns."""
    return f"the columns {text}" if is_wildcard(text) else text.replace("`", "")


def with_freedom(material: Material, name: str) -> str:
    """Degrees of freedom of a contrast; a z has none."""
    contrast = material.contrasts[name]
    return "" if contrast["scale"] == "z" else f" with {degrees_of_freedom(contrast['dof'])}"
