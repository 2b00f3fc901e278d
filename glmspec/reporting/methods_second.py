"""The methods text of a second level: its maps, its model, its contrasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glmspec.errors import DocPath
from glmspec.reporting.clauses import Sentence, enumerated, said
from glmspec.reporting.material import Material
from glmspec.reporting.methods_parts import (
    contrast_clause,
    coverage,
    fit_clause,
    given_mask,
    left_out,
    selection,
    smoothing,
    smoothness,
    space_clause,
    with_freedom,
)
from glmspec.reporting.words import by_voxel, count, degrees_of_freedom, listed, setting
from glmspec.spec.design import SecondLevelDesign
from glmspec.spec.formulas import FormulaTerm, Variable, parse_formula
from glmspec.spec.inputs import AnalysisMaps, SecondLevelInputs
from glmspec.spec.masks import ThresholdedMask
from glmspec.spec.noise import FixedEffects

COMPUTED_MASKS = {
    "background": "a mask computed from the mean of the maps by nilearn's background strategy (Abraham et al. 2014)",
    "intersection": "the voxels that are finite and not zero in every map",
}
TRANSFORMS = {"center": "{} (centred)", "scale": "{} (centred and divided by its standard deviation)"}
WEIGHTS = {
    "equal": "every map counting alike",
    "precision": "every map counting by the reciprocal of its variance",
}


def second_level_paragraphs(material: Material) -> Iterator[Iterator[Sentence]]:
    """Data, then model and contrasts."""
    inputs, design = material.document.inputs, material.document.design  # type: ignore[attr-defined]
    yield _data(material, inputs)
    yield _model(material, design)


def _data(material: Material, inputs: SecondLevelInputs) -> Iterator[Sentence]:
    yield from fit_clause(material)
    rows = material.analysis["rows"]
    subjects = {row["names"]["subject"] for row in rows if "subject" in row["names"]}
    of = f" of {count(len(subjects), 'subject')}" if subjects else ""
    entered = said(f"{count(len(rows), 'map')}{of} {material.verb.entered} ", "inputs", "maps")
    yield entered + said("a second-level analysis.", "level")
    if isinstance(inputs.maps, AnalysisMaps):
        contrasts = f"contrast{'' if len(inputs.maps.contrast) == 1 else 's'} {listed(inputs.maps.contrast)}"
        text = f"They are the effects of the {contrasts} of {inputs.maps.analysis}, computed with this analysis."
        yield said(text, "inputs", "maps")
    yield from space_clause(inputs.space, "They are")
    yield from selection(material, "maps")
    yield from left_out(material)
    yield from smoothing(material, "They")
    yield from coverage(material, _mask(inputs), "map")


def _mask(inputs: SecondLevelInputs) -> Sentence:
    if isinstance(inputs.mask, ThresholdedMask):
        return given_mask(inputs.mask)
    before = said(", before smoothing", "inputs", "smoothing_fwhm") if inputs.smoothing_fwhm else ()
    return said(COMPUTED_MASKS[inputs.mask.compute], "inputs", "mask", "compute") + before


def _model(material: Material, design: SecondLevelDesign) -> Iterator[Sentence]:
    source: DocPath = ("design", "matrix" if design.formula is None else "formula")
    if isinstance(design.estimator, FixedEffects):
        yield from _fixed_effects(material, design, design.estimator)
    else:
        yield _least_squares(material, design, source)
        yield from smoothness(material, material.analysis.get("smoothness"))
    for name, contrast in material.contrasts.items():
        freedom = ", whose degrees of freedom differ from voxel to voxel," if by_voxel(contrast) else ""
        yield contrast_clause(material, name, freedom or with_freedom(material, name), source)


def _least_squares(material: Material, design: SecondLevelDesign, source: DocPath) -> Sentence:
    model = f"At each voxel a general linear model {material.verb.was} fitted by ordinary least squares"
    fitted = said(model, "design", "estimator")
    fitted += said(", with ") + predictors(design, material.analysis["design"].get("columns", ()))
    if design.variance_groups is None:
        return fitted + said(f", leaving {degrees_of_freedom(material.analysis['design']['dof'])}.", *source)
    return fitted + said(
        f" and a residual variance of its own for each value of {design.variance_groups} (Welch 1947); degrees of "
        "freedom are those of Satterthwaite's approximation (Satterthwaite 1946) in each voxel.",
        *("design", "variance_groups"),
    )


def _fixed_effects(material: Material, design: SecondLevelDesign, estimator: FixedEffects) -> Iterator[Sentence]:
    """What is taken as known, how maps are weighted, and where degrees of freedom come from."""
    combined = said(f"At each voxel the maps {material.verb.were} combined by fixed effects", "design", "estimator")
    weighted = said(f" and {WEIGHTS[estimator.weights]}.", "design", "estimator", "weights")
    columns = material.analysis["design"].get("columns", ())
    yield combined + said(", with ") + predictors(design, columns) + weighted
    known = [row.get("dof") for row in material.analysis["rows"]]
    of_own = said("The variance of each map is that of its own image", "inputs", "variances")
    beyond = f"; what maps differ by beyond it {material.verb.was_not} estimated, so that results hold for these maps."
    yield of_own + said(beyond, "design", "estimator")
    if None in known:
        text = "The degrees of freedom of the variances are not known, so that t is taken as z."
    else:
        each = f"{setting(known[0])} each" if len(set(known)) == 1 else listed(map(setting, known))
        text = f"The degrees of freedom of the variances ({each}) add up over the maps that take part."
    yield said(text, "inputs", "dof")


def predictors(design: SecondLevelDesign, columns: Sequence[str] = ()) -> Sentence:
    """The terms of a formula in words, or where a ready-made matrix comes from; ``columns`` tell what is a factor."""
    here: DocPath = ("design", "formula")
    if design.formula is None:
        return said(f"the columns of {design.matrix} as predictors", "design", "matrix")
    formula = parse_formula(design.formula)
    if not formula.terms:
        return said(f"a constant as its only predictor (formula {design.formula})", *here)
    constant = [said("a constant", *here)] if formula.intercept else []
    named = enumerated([*constant, *(_term(term, design, columns) for term in formula.terms)])
    without = "" if formula.intercept else " and no constant"
    return named + said(f" as predictors{without} (formula {design.formula})", *here)


def _term(term: FormulaTerm, design: SecondLevelDesign, columns: Sequence[str]) -> Sentence:
    names = [_variable(variable, design, columns) for variable in term]
    return names[0] if len(names) == 1 else said("the interaction of ", "design", "formula") + enumerated(names)


def _variable(variable: Variable, design: SecondLevelDesign, columns: Sequence[str]) -> Sentence:
    name = said(TRANSFORMS.get(variable.transform or "", "{}").replace("{}", variable.name), "design", "formula")
    factor = design.factors.get(variable.name)
    if factor:
        return name + said(f" (levels {listed(factor.levels)})", "design", "factors", variable.name)
    parts = (part for column in columns for part in column.split(":"))
    coded = any(part.startswith(f"{variable.name}[") for part in parts)
    return name + (said(" (a factor)", "design", "formula") if coded else ())
