"""Rules between sections: names that must exist, names that must differ, scales that must fit.

Each check takes a document of which parts may be missing because they are wrong themselves, so that everything
wrong is said at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from glmspec.errors import DocPath, Problem
from glmspec.spec.contrasts import Contrast
from glmspec.spec.design import FirstLevelDesign, SecondLevelDesign
from glmspec.spec.document import Document
from glmspec.spec.expressions import Linear, Term, is_wildcard, parse_expression
from glmspec.spec.fields import Threshold
from glmspec.spec.formulas import Formula, parse_formula
from glmspec.spec.inference import AllResolutions, Parametric, Permutation
from glmspec.spec.masks import ComputedGroupMask, ComputedRunMask
from glmspec.spec.noise import FixedEffects
from glmspec.spec.problems import suggestion
from glmspec.spec.scalars import as_written


def check(document: Document) -> list[Problem]:
    """Everything that is wrong between the sections of a document."""
    return [problem for rule in RULES for problem in rule(document)]


def part(document: Document, name: str) -> Any:
    """A section, or an empty mapping where it is missing or wrong."""
    return getattr(document, name, None) or {}


def same_name(name: str) -> str:
    """What is left of a name in the labels of output files: hyphens and case are dropped."""
    return name.replace("-", "").casefold()


def check_names(data: Mapping[str, Any], model: type[Document]) -> list[Problem]:
    """Names that collide or do not exist, as far as the plain data tell: also in entries that are wrong otherwise."""
    return [*_collisions(data), *_references(data, model)]


def _named(data: Any, *path: str) -> Mapping[str, Any]:
    """A mapping somewhere in the data, or an empty one where something else stands."""
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def _collisions(data: Mapping[str, Any]) -> Iterator[Problem]:
    for section in ("contrasts", "regions", "inference"):
        seen: dict[str, str] = {}
        for name in _named(data, section):
            first = seen.setdefault(same_name(name), name)
            if first != name:
                message = f"`{name}` and `{first}` would name the same output files"
                hint = "names must still differ when hyphens and case are dropped"
                yield Problem("E207", message, (section, name), hint=hint, on="key")


def _references(data: Mapping[str, Any], model: type[Document]) -> Iterator[Problem]:
    contrasts = list(_named(data, "contrasts")) if "contrasts" in model.model_fields else ["statistic"]
    known = {
        "contrast": contrasts,
        "region": list(_named(data, "regions")),
        "inference": list(_named(data, "inference")),
    }
    places: list[tuple[DocPath, str]] = [(("report", "atlas"), "region")]
    for name in known["inference"]:
        places += [(("inference", name, key), what) for key, what in _REFERRING.items()]
    for name in _named(data, "hypotheses"):
        places += [(("hypotheses", name, what), what) for what in ("contrast", "inference")]
    for path, what in places:
        given = _named(data, *map(str, path[:-1])).get(str(path[-1]))
        yield from _unknown(given, known[what], path, what)
    expected = data.get("expect")
    for index, entry in enumerate(expected if isinstance(expected, tuple) else ()):
        yield from _unknown(_named(entry).get("contrasts"), contrasts, ("expect", index, "contrasts"), "contrast")
    atlas = _named(data, "report").get("atlas")
    if isinstance(atlas, str) and atlas in known["region"] and "labels" not in _named(data, "regions", atlas):
        hint = "give the region `labels:`, a table with the columns index and name"
        yield Problem("E208", f"the region `{atlas}` has no labels", ("report", "atlas"), hint=hint)


_REFERRING = {"contrasts": "contrast", "within": "region", "regions": "region"}


def _unknown(given: Any, known: list[str], path: DocPath, what: str) -> Iterator[Problem]:
    """A problem for each name that is not known; values of a wrong type are told elsewhere."""
    entries = (
        [((*path, index), entry) for index, entry in enumerate(given)] if isinstance(given, tuple) else [(path, given)]
    )
    for place, entry in entries:
        name = as_written(entry)
        if isinstance(name, str) and name not in known:
            hint = suggestion(name, known, f"{what}s of this document") or f"the document has no {what}s"
            yield Problem("E208", f"there is no {what} `{name}`", place, hint=hint)


def _alternatives(document: Document) -> Iterator[Problem]:
    contrasts: Mapping[str, Contrast] = part(document, "contrasts")
    for name, entry in part(document, "inference").items():
        tested = [contrasts[key] for key in entry.contrasts or contrasts if key in contrasts]
        named = [key for key in entry.contrasts or contrasts if key in contrasts and contrasts[key].kind == "F"]
        here = ("inference", name)
        if named and entry.alternative != "two-sided":
            message = f"`{named[0]}` is an F test, and an F has no direction"
            hint = "name the t contrasts with `contrasts: [...]`, and give the F contrasts an entry of their own"
            yield Problem("E213", message, (*here, "alternative"), hint=hint)
        kinds = {contrast.kind for contrast in tested}
        for path, threshold in thresholds(entry):
            wrong = {"t": "F", "F": "t"}.get(threshold.scale)
            if wrong in kinds:
                first = next(key for key in entry.contrasts or contrasts if contrasts[key].kind == wrong)
                message = f"a threshold in {threshold.scale} cannot be applied to `{first}`, whose statistic is {wrong}"
                hint = "name fitting contrasts with `contrasts: [...]`, or write the threshold as p or z"
                yield Problem("E217", message, (*here, *path), hint=hint, on="key")


def thresholds(entry: Any) -> Iterator[tuple[DocPath, Threshold]]:
    """Every threshold of an inference, and where it stands in its entry."""
    if isinstance(entry, Parametric):
        if entry.threshold is not None:
            yield ("threshold", entry.threshold.scale), entry.threshold
    elif isinstance(entry, AllResolutions):
        for index, threshold in enumerate(entry.cluster_forming):
            yield ("cluster_forming", index, threshold.scale), threshold
    elif entry.cluster_forming is not None:
        yield ("cluster_forming", entry.cluster_forming.scale), entry.cluster_forming


def _ways(document: Document) -> Iterator[Problem]:
    level = getattr(document, "level", None)
    for name, contrast in part(document, "contrasts").items():
        if level == "second" and contrast.runs is not None:
            hint = "`runs` belongs to a first level; write an expression"
            yield Problem("E205", "a second level has no runs", ("contrasts", name, "runs"), hint=hint, on="key")
        if level == "first" and contrast.term is not None:
            hint = "`term` belongs to a formula; write `rows: [...]`"
            yield Problem("E205", "a first level has no terms", ("contrasts", name, "term"), hint=hint, on="key")
        if contrast.term is not None and getattr(getattr(document, "design", None), "matrix", None):
            hint = "write `rows: [...]` with the matrix's columns"
            yield Problem("E205", "a ready-made matrix has no terms", ("contrasts", name, "term"), hint=hint, on="key")


def _unused(document: Document) -> Iterator[Problem]:
    inputs, design = getattr(document, "inputs", None), getattr(document, "design", None)
    if isinstance(design, SecondLevelDesign):
        variables = {variable.name for variable in _formula(design).variables} if design.formula else set()
        for name in design.factors:
            if design.formula and name not in variables:
                hint = suggestion(name, sorted(variables), "variables of the formula")
                yield Problem(
                    "E208",
                    f"the factor `{name}` is not in the formula",
                    ("design", "factors", name),
                    hint=hint,
                    on="key",
                )
        if inputs is not None and design.estimator.model == "ols":
            for key in ("variances", "dof"):
                if getattr(inputs, key) is not None:
                    hint = "write `estimator: {model: fixed-effects}`, or leave it out"
                    yield Problem(
                        "E205", f"`{key}` is used by fixed effects only", ("inputs", key), hint=hint, on="key"
                    )


def _formula(design: SecondLevelDesign) -> Formula:
    return parse_formula(design.formula or "1")


def _contrast_names(document: Document) -> Iterator[Problem]:
    """Names in contrasts that cannot be a column, whatever the data."""
    design = getattr(document, "design", None)
    if isinstance(design, SecondLevelDesign) and design.formula is not None:
        for path, linear in _expressions(document):
            for term in linear:
                problem = formula_term_problem(term, _formula(design), design, path)
                if problem:
                    yield problem
    elif isinstance(design, FirstLevelDesign) and design.columns is not None and not _further_columns(document):
        for path, linear in _expressions(document):
            for term in linear:
                name = term.parts[0].name if term.quoted else str(term)
                if name not in design.columns and not (design.unnamed and name.startswith("nuisance_")):
                    hint = suggestion(name, design.columns, "columns")
                    yield Problem("E214", "contrast uses a column that is not in the design", path,
                                  label="not a column of the design", hint=hint, span=term.span)  # fmt: skip


def _further_columns(document: Document) -> bool:
    """Whether some run may bring columns that the document does not list: from events, or from a table's header."""
    runs = getattr(getattr(document, "inputs", None), "runs", None)
    given = [getattr(run, "design", None) for run in (runs if isinstance(runs, tuple) else (runs,))]
    tables = any(matrix is not None and not matrix.file.endswith(".npz") for matrix in given)
    return tables or (None in given and any(given))


def _expressions(document: Document) -> Iterator[tuple[DocPath, Linear]]:
    """Every expression of the contrasts, parsed, with its path."""
    for name, contrast in part(document, "contrasts").items():
        here: DocPath = ("contrasts", name)
        for path, text in contrast_expressions(contrast, here):
            try:
                yield path, parse_expression(text)
            except PydanticCustomError:  # a wildcard, or told already
                continue


def contrast_expressions(contrast: Contrast, here: DocPath) -> Iterator[tuple[DocPath, str]]:
    """The texts of a contrast's expressions and where they stand."""
    if contrast.expression is not None:
        yield (*here, "expression"), contrast.expression
    for index, row in enumerate(contrast.rows or ()):
        if not is_wildcard(row):
            yield (*here, "rows", index), row
    for run, text in (contrast.runs or {}).items():
        if text != "none":
            yield (*here, "runs", run), text


def formula_term_problem(term: Term, formula: Formula, design: SecondLevelDesign, path: DocPath) -> Problem | None:
    """What is wrong with a term of a contrast, as far as formula and declared levels tell."""
    if term.quoted or str(term) == "intercept":
        return None
    variables = {str(variable): variable for variable in formula.variables}
    for piece in term.parts:
        bare = f"{piece.transform}({piece.name})" if piece.transform else piece.name
        if bare not in variables:
            hint = suggestion(bare, [*variables, *(["intercept"] if formula.intercept else [])], "terms")
            return Problem("E214", "contrast uses a name that is not in the formula", path,
                           label=f"`{bare}` is not in `{formula}`", hint=hint, span=term.span)  # fmt: skip
        levels = design.factors[bare].levels if bare in design.factors else None
        if piece.level is not None and levels is not None and piece.level not in levels:
            hint = suggestion(piece.level, levels, f"levels of {bare}")
            return Problem("E215", f"`{piece.level}` is not a level of `{bare}`", path, hint=hint, span=term.span)
        if piece.level is None and levels is not None:
            hint = f"name a level: {bare}[{levels[0]}]; for all differences at once: {{test: F, term: {bare}}}"
            return Problem("E216", f"`{bare}` is a factor, and has no slope", path, hint=hint, span=term.span)
    return None


def _voxels(document: Document) -> Iterator[Problem]:
    """A computed mask is made of voxels that every map has."""
    missing, inputs = getattr(document, "missing", None), getattr(document, "inputs", None)
    computed = isinstance(getattr(inputs, "mask", None), ComputedGroupMask | ComputedRunMask)
    if computed and missing is not None and missing.voxel == "error":
        message = "a computed mask leaves out voxels that are NaN in some map, and `voxel: error` asks for an error"
        hint = "leave `voxel` out, or give a mask image"
        yield Problem("E205", message, ("missing", "voxel"), hint=hint)


def _relabelling(document: Document) -> Iterator[Problem]:
    """Permutation inference exchanges the rows of a second level that is fitted by least squares."""
    design, level = getattr(document, "design", None), getattr(document, "level", None)
    why = {
        "first": "scans depend on those before them, and cannot be exchanged",
        "map": "a single map has no rows to exchange",
    }.get(str(level))
    if isinstance(getattr(design, "estimator", None), FixedEffects):
        why = "fixed effects are judged by their known variances, and no rows are exchanged"
    for name, entry in part(document, "inference").items() if why else ():
        if isinstance(entry, Permutation):
            hint = "use parametric or all-resolutions inference here, and permutation at the group level"
            yield Problem("E205", f"permutation inference has no place here: {why}", ("inference", name, "method"),
                          hint=hint)  # fmt: skip


def _estimator(document: Document) -> Iterator[Problem]:
    """Settings that say two things about one variance."""
    design, inputs = getattr(document, "design", None), getattr(document, "inputs", None)
    if not isinstance(getattr(design, "estimator", None), FixedEffects):
        return
    if getattr(design, "variance_groups", None) is not None:
        hint = "leave out `variance_groups`: every map has a variance of its own"
        yield Problem("E205", "fixed effects estimate no variance of groups", ("design", "variance_groups"), hint=hint)
    if getattr(inputs, "smoothing_fwhm", 0):
        hint = "smooth the scans of the first level: the variance of a smoothed map is not its smoothed variance"
        yield Problem("E205", "fixed effects cannot smooth maps whose variances are given",
                      ("inputs", "smoothing_fwhm"), hint=hint)  # fmt: skip


def _family(document: Document) -> Iterator[Problem]:
    """One maximum over contrasts is of t: the scale of an F is another."""
    contrasts: Mapping[str, Contrast] = part(document, "contrasts")
    for name, entry in part(document, "inference").items():
        if not isinstance(entry, Permutation) or entry.family != "all-contrasts":
            continue
        tested = [key for key in entry.contrasts or contrasts if key in contrasts]
        other = next((key for key in tested if contrasts[key].kind == "F"), None)
        if other is not None:
            message = f"`{other}` is an F test, and one maximum over contrasts is over t tests"
            of_t = [key for key in tested if contrasts[key].kind == "t"]
            hint = f"name the t contrasts: `contrasts: [{', '.join(of_t)}]`" if of_t else "write `each-contrast`"
            yield Problem("E205", message, ("inference", name, "family"), hint=hint)


RULES = (_relabelling, _family, _estimator, _voxels, _alternatives, _ways, _unused, _contrast_names)
