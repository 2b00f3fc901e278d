"""The methods text of a second level: its maps, its model, its contrasts."""

from __future__ import annotations

from collections.abc import Iterator

from glmspec.reporting.material import Material
from glmspec.reporting.methods_parts import (
    contrast_clause,
    coverage,
    fit_clause,
    given_mask,
    selection,
    smoothing,
    with_freedom,
)
from glmspec.reporting.words import by_voxel, count, degrees_of_freedom, listed, setting
from glmspec.spec.design import SecondLevelDesign
from glmspec.spec.formulas import FormulaTerm, Variable, parse_formula
from glmspec.spec.inputs import AnalysisMaps, SecondLevelInputs
from glmspec.spec.masks import ComputedGroupMask, ThresholdedMask
from glmspec.spec.noise import FixedEffects

COMPUTED_MASKS = {
    "background": "a mask computed from the mean of the maps by nilearn's background strategy",
    "intersection": "the voxels that are finite and not zero in every map",
}
TRANSFORMS = {"center": "{} (centred)", "scale": "{} (centred and divided by its standard deviation)"}
WEIGHTS = {
    "equal": "every map counting alike",
    "precision": "every map counting by the reciprocal of its variance",
}


def second_level_paragraphs(material: Material) -> Iterator[Iterator[str]]:
    """Data, then model and contrasts."""
    inputs, design = material.document.inputs, material.document.design  # type: ignore[attr-defined]
    yield _data(material, inputs)
    yield _model(material, design)


def _data(material: Material, inputs: SecondLevelInputs) -> Iterator[str]:
    yield from fit_clause(material)
    rows = material.analysis["rows"]
    subjects = {row["names"]["subject"] for row in rows if "subject" in row["names"]}
    of = f" of {count(len(subjects), 'subject')}" if subjects else ""
    yield f"{count(len(rows), 'map')}{of} entered a second-level analysis."
    if isinstance(inputs.maps, AnalysisMaps):
        contrasts = f"contrast{'' if len(inputs.maps.contrast) == 1 else 's'} {listed(inputs.maps.contrast)}"
        yield f"They are the effects of the {contrasts} of {inputs.maps.analysis}, computed with this analysis."
    if inputs.space:
        yield f"They are in the space {inputs.space}."
    yield from selection(inputs.select, "maps")
    yield from smoothing(inputs.smoothing_fwhm, "They were")
    yield from coverage(material, _mask(inputs.mask), "map")


def _mask(mask: ThresholdedMask | ComputedGroupMask) -> str:
    return COMPUTED_MASKS[mask.compute] if isinstance(mask, ComputedGroupMask) else given_mask(mask)


def _model(material: Material, design: SecondLevelDesign) -> Iterator[str]:
    if isinstance(design.estimator, FixedEffects):
        yield from _fixed_effects(material, design, design.estimator)
    elif design.variance_groups is not None:
        yield (
            f"At each voxel a general linear model was fitted by ordinary least squares, with {predictors(design)} and "
            f"a residual variance of its own for each value of {design.variance_groups} (Welch 1947); degrees of "
            "freedom are those of Satterthwaite's approximation (Satterthwaite 1946) in each voxel."
        )
    else:
        freedom = degrees_of_freedom(material.analysis["design"]["dof"])
        yield (
            f"At each voxel a general linear model was fitted by ordinary least squares, with {predictors(design)}, "
            f"leaving {freedom}."
        )
    for name, contrast in material.contrasts.items():
        freedom = ", whose degrees of freedom differ from voxel to voxel," if by_voxel(contrast) else ""
        yield contrast_clause(material, name, freedom or with_freedom(material, name))


def _fixed_effects(material: Material, design: SecondLevelDesign, estimator: FixedEffects) -> Iterator[str]:
    """What is taken as known, how maps are weighted, and where degrees of freedom come from."""
    yield (
        f"At each voxel the maps were combined by fixed effects, with {predictors(design)} and "
        f"{WEIGHTS[estimator.weights]}. The variance of each map is that of its own image; what maps differ by beyond "
        "it was not estimated, so that results hold for these maps."
    )
    known = [row.get("dof") for row in material.analysis["rows"]]
    if None in known:
        yield "The degrees of freedom of the variances are not known, so that t is taken as z."
    else:
        each = f"{setting(known[0])} each" if len(set(known)) == 1 else listed(map(setting, known))
        yield f"The degrees of freedom of the variances ({each}) add up over the maps that take part."


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
