"""What a change of a field can change: one table over every field of the language.

inferential: a p-value or a claim; estimation: an estimate, and with it everything that follows; display: pictures and
tables; text: words alone. A field that is not in the table fails the suite.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal, get_args

from pydantic import BaseModel

from glmspec.errors import DocPath
from glmspec.spec.document import Document

Class = Literal["inferential", "estimation", "display", "text"]
CLASSES: tuple[Class, ...] = get_args(Class)
"""The gravest first."""
GRAVE: tuple[Class, ...] = ("inferential", "estimation")
"""What `run --locked` refuses without a rationale."""

_DOCUMENT: dict[Class, str] = {
    "inferential": "glmspec level contrasts inference regions missing exclusions expect hypotheses sample",
    "estimation": "fit_per inputs design preprocessing",
    "display": "name report",
    "text": "title description authors references registration deviations",
}
_ALL_METHODS = "contrasts within alternative connectivity method"

TABLE: dict[str, dict[Class, str]] = {
    "FirstLevelDocument": _DOCUMENT,
    "SecondLevelDocument": _DOCUMENT,
    "MapDocument": _DOCUMENT,
    # inputs
    "FirstLevelInputs": {
        "inferential": "select",
        "estimation": "runs repetition_time discard mask smoothing_fwhm",
        "display": "space",
    },
    "RunRow": {"estimation": "name subject session bold events confounds regressors design repetition_time mask"},
    "RunPatterns": {"estimation": "bold events confounds regressors design mask"},
    "RunDesign": {"estimation": "file array"},
    "BidsRuns": {"estimation": "bids"},
    "BidsRunsQuery": {"inferential": "subjects sessions", "estimation": "root derivatives task space"},
    "Discard": {"estimation": "initial"},
    "SecondLevelInputs": {
        "inferential": "select",
        "estimation": "maps variances dof variables mask smoothing_fwhm",
        "display": "space",
    },
    "MapRow": {"estimation": "map variance dof"},
    "TableMaps": {"estimation": "table"},
    "StackMaps": {"estimation": "stack"},
    "AnalysisMaps": {"inferential": "contrast", "estimation": "analysis"},
    "BidsMaps": {"estimation": "bids"},
    "BidsMapsQuery": {"inferential": "contrast", "estimation": "root task stat"},
    "ThresholdedMask": {"estimation": "image above"},
    "ComputedRunMask": {"estimation": "compute"},
    "ComputedGroupMask": {"estimation": "compute"},
    "MapInputs": {"inferential": "scale", "estimation": "statistic mask", "display": "space"},
    "Scale": {"inferential": "z t F"},
    "StatisticDof": {"inferential": "dof"},
    "RatioDof": {"inferential": "dof"},
    # design
    "FirstLevelDesign": {
        "estimation": "conditions unmodelled orthogonalize hrf drift regressors confounds censor noise scaling "
        "slice_time_reference across_runs columns unnamed"
    },
    "Condition": {"estimation": "trial_type where duration amplitude modulators center"},
    "Modulator": {"estimation": "column power"},
    "Spm": {"estimation": "model derivatives"},
    "Glover": {"estimation": "model derivatives"},
    "Fir": {"estimation": "model delays"},
    "NoHrf": {"estimation": "model"},
    "CosineDrift": {"estimation": "model high_pass period"},
    "PolynomialDrift": {"estimation": "model order"},
    "NoDrift": {"estimation": "model"},
    "AnyOf": {"estimation": "any"},
    "Censor": {"estimation": "confound above below before after"},
    "AutoregressiveNoise": {"estimation": "model order quantize"},
    "WhiteNoise": {"estimation": "model"},
    "PercentSignal": {"estimation": "model"},
    "GrandMean": {"estimation": "model target"},
    "NoScaling": {"estimation": "model"},
    "AcrossRuns": {"estimation": "weights"},
    "SecondLevelDesign": {"estimation": "formula factors matrix variance_groups estimator"},
    "Factor": {"estimation": "levels"},
    "Ols": {"estimation": "model"},
    "FixedEffects": {"estimation": "model weights"},
    # questions and tests
    "Contrast": {"inferential": "test expression weights rows term runs", "text": "title"},
    "Region": {"inferential": "image labels above sphere"},
    "Sphere": {"inferential": "center radius"},
    "Parametric": {"inferential": f"{_ALL_METHODS} correction alpha threshold minimum_cluster_size"},
    "Permutation": {
        "inferential": f"{_ALL_METHODS} control cluster_forming cluster_mass tfce permutations seed alpha family "
        "exchangeability"
    },
    "AllResolutions": {"inferential": f"{_ALL_METHODS} cluster_forming regions alpha"},
    "Threshold": {"inferential": "p z t F"},
    "ClusterSize": {"inferential": "voxels mm3"},
    "TfceSettings": {"inferential": "E H"},
    "Exchangeability": {"inferential": "scheme blocks"},
    "WholeBlocks": {"inferential": "whole"},
    # review
    "Missing": {"inferential": "condition run subject variable voxel"},
    "Exclusion": {"inferential": "rule variable above below equals subjects", "text": "unit"},
    "Expectation": {"inferential": "what at_least at_most above below equals columns contrasts otherwise"},
    "Hypothesis": {"inferential": "statement contrast inference direction kind"},
    "Registration": {"text": "url lock data_status prior_knowledge"},
    "Sample": {"inferential": "planned_n stopping_rule", "text": "power"},
    "Deviation": {"text": "path rationale"},
    "Report": {"display": "background atlas precision"},
}
"""Section of the language -> class -> its fields."""


@cache
def _of_section(section: str) -> Mapping[str, Class]:
    return {name: kind for kind, names in TABLE[section].items() for name in names.split()}


def class_of_field(section: type[BaseModel], name: str) -> Class:
    """The class of a field; further keys of a row of maps are names, which the design is built from."""
    known = _of_section(section.__name__)
    return known[name] if name in section.model_fields else "estimation"


def gravest(found: Iterable[Class]) -> Class:
    """The one that comes first in the order of the classes."""
    return min(found, key=CLASSES.index)


def class_at(document: Document, path: DocPath) -> Class:
    """What a change at a path of a document can change: the gravest of all that stands there."""
    value: Any = document
    kind: Class = "text"
    steps: tuple[Any, ...] = path  # names of fields and entries, and places in lists
    for step in steps:
        if isinstance(value, BaseModel):
            kind = class_of_field(type(value), step)
            value = getattr(value, step)
        elif isinstance(value, Mapping | tuple):
            value = value[step]
    return gravest(_below(value) or [kind])


def _below(value: Any) -> list[Class]:
    """The classes of all fields inside a value; none where it is plain."""
    if isinstance(value, BaseModel):
        names = [name for name in type(value).model_fields if getattr(value, name) is not None]
        return [kind for name in names for kind in _below(getattr(value, name)) or [class_of_field(type(value), name)]]
    entries = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple | list) else ()
    return [kind for entry in entries for kind in _below(entry)]
