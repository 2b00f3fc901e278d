"""The methods text: paragraphs to copy, every clause from the setting behind it. What was not done is not said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from glmspec.reporting.material import Material
from glmspec.reporting.methods_inference import inference_paragraphs
from glmspec.reporting.words import count, degrees_of_freedom, listed, setting
from glmspec.spec.design import SecondLevelDesign
from glmspec.spec.formulas import FormulaTerm, Variable, parse_formula
from glmspec.spec.inputs import SecondLevelInputs
from glmspec.spec.masks import ComputedGroupMask, ThresholdedMask
from glmspec.spec.noise import Ols

COMPUTED_MASKS = {
    "background": "a mask computed from the mean of the maps by nilearn's background strategy",
    "intersection": "the voxels that are finite and not zero in every map",
}
TRANSFORMS = {"center": "{} (centred)", "scale": "{} (centred and divided by its standard deviation)"}
COMPUTING = ("numpy", "scipy", "nibabel", "formulaic")
"""Packages that have a part in the numbers."""

__all__ = ["paragraphs"]


def paragraphs(material: Material) -> list[str]:
    """Data, model and contrasts, inference, software."""
    inputs, design = material.document.inputs, material.document.design  # type: ignore[attr-defined]
    parts = [_data(material, inputs), _model(material, design), *inference_paragraphs(material), _software(material)]
    return [text for text in (" ".join(part) for part in parts) if text]


def _data(material: Material, inputs: SecondLevelInputs) -> Iterator[str]:
    rows = material.results.analysis["rows"]
    subjects = {row["names"]["subject"] for row in rows if "subject" in row["names"]}
    of = f" of {count(len(subjects), 'subject')}" if subjects else ""
    yield f"{count(len(rows), 'map')}{of} entered a second-level analysis."
    if inputs.space:
        yield f"They are in the space {inputs.space}."
    for name, values in inputs.select.items():
        yield f"Only maps whose {name} is {listed(values, 'or')} were analysed."
    if inputs.smoothing_fwhm:
        width = setting(inputs.smoothing_fwhm)
        yield f"They were smoothed with a Gaussian kernel of {width} mm full width at half maximum."
    voxels = material.results.analysis["mask"]
    yield f"The analysis covered {count(voxels['voxels'], 'voxel')}: {_mask(inputs.mask)}."
    if voxels["excluded"]:
        left_out = count(voxels["excluded"], "voxel")
        yield f"{left_out} of that mask with values that are not finite in some map were left out."


def _mask(mask: ThresholdedMask | ComputedGroupMask) -> str:
    if isinstance(mask, ComputedGroupMask):
        return COMPUTED_MASKS[mask.compute]
    rule = "not zero" if mask.above is None else f"at or above {setting(mask.above)}"
    return f"the voxels of {mask.image} that are {rule}"


def _model(material: Material, design: SecondLevelDesign) -> Iterator[str]:
    found = material.results.analysis["design"]
    fitted = " by ordinary least squares" if isinstance(design.estimator, Ols) else ""
    freedom = degrees_of_freedom(found["dof"])
    yield f"At each voxel a general linear model was fitted{fitted}, with {predictors(design)}, leaving {freedom}."
    yield from _contrasts(material.contrasts)


def predictors(design: SecondLevelDesign) -> str:
    """The columns of a formula in words, or where a ready-made matrix comes from."""
    if design.formula is None:
        return f"the columns of {design.matrix} as predictors"
    formula = parse_formula(design.formula)
    terms = [_term(term, design) for term in formula.terms]
    if not terms:
        return f"a constant as its only predictor (formula {design.formula})"
    constant = ["a constant"] if formula.intercept else []
    without = "" if formula.intercept else " and no constant"
    return f"{listed([*constant, *terms])} as predictors{without} (formula {design.formula})"


def _term(term: FormulaTerm, design: SecondLevelDesign) -> str:
    names = [_variable(variable, design) for variable in term]
    return names[0] if len(names) == 1 else f"the interaction of {listed(names)}"


def _variable(variable: Variable, design: SecondLevelDesign) -> str:
    name = TRANSFORMS.get(variable.transform or "", "{}").replace("{}", variable.name)
    factor = design.factors.get(variable.name)
    return f"{name} (levels {listed(factor.levels)})" if factor else name


def _contrasts(contrasts: Any) -> Iterator[str]:
    for name, contrast in contrasts.items():
        called = name if contrast["title"] == name else f"{name} ({contrast['title']})"
        freedom = degrees_of_freedom(contrast["dof"])
        article = "An F" if contrast["test"] == "F" else "A t"
        yield f"{article} test of {contrast['expression']} with {freedom} gave the contrast {called}."


def _software(material: Material) -> Iterator[str]:
    versions = material.results.provenance["versions"]
    known = {name: number for name, number in versions.items() if number != "unknown"}
    glmspec = f"glmspec {known['glmspec']}" if "glmspec" in known else "glmspec"
    others = ", ".join(f"{name} {known[name]}" for name in COMPUTING if name in known)
    yield f"The analysis was computed with {glmspec}{f' ({others})' if others else ''}."
