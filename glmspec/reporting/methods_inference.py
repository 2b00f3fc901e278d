"""The methods text of inference: thresholds, corrections, clusters, region names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from glmspec.core.peaks import MINIMUM_DISTANCE, MOST_PEAKS
from glmspec.reporting.material import Material
from glmspec.reporting.words import NEIGHBOURS, cluster_size, listed, setting, spelled
from glmspec.spec.inference import AllResolutions, Inference, Parametric, Permutation

CORRECTIONS = {
    "none": "p at or below {alpha}, without correction for the number of voxels",
    "bonferroni": "a family-wise error rate of {alpha} by Bonferroni's correction",
    "holm": "a family-wise error rate of {alpha} by Holm's procedure",
    "fdr": "a false discovery rate of {alpha} by Benjamini and Hochberg's procedure",
    "fdr-by": "a false discovery rate of {alpha} by Benjamini and Yekutieli's procedure",
}
SIDES = {
    "two-sided": "two-sided",
    "greater": "one-sided for positive effects",
    "less": "one-sided for negative effects",
}
SCALES = {"p": "p at or below {}", "z": "z at or above {}", "t": "t at or above {}", "F": "F at or above {}"}


MEASURES = {
    "voxel": "the statistic",
    "cluster-size": "cluster size",
    "cluster-mass": "cluster mass ({1})",
    "tfce": "threshold-free cluster enhancement (E {0.tfce.E:g}, H {0.tfce.H:g}, the exact integral)",
}
MASSES = {"excess": "the excess over the threshold", "sum": "the plain sum"}


def inference_paragraphs(material: Material) -> Iterator[Iterator[str]]:
    """One paragraph an inference, then one for what they share."""
    for name in material.document.inference:
        if any(finding.inference == name for finding in material.findings):
            yield _inference(material, name)
    if material.findings:
        yield _shared(material)


def _inference(material: Material, name: str) -> Iterator[str]:
    entry = material.document.inference[name]
    scales = {finding.scale for finding in material.findings if finding.inference == name}
    yield f"By the inference {name}, {METHODS.get(type(entry), _other)(entry)}{_sides(entry, scales)}."
    yield from _relabelled(material, name)
    if entry.contrasts is not None:
        yield f"It was applied to {listed(entry.contrasts)}."
    if entry.within:
        yield f"Only voxels of the region {entry.within} were tested and counted."
    size = entry.minimum_cluster_size if isinstance(entry, Parametric) else None
    if size is not None:
        yield f"Clusters smaller than {cluster_size(size)} were left out, which is not a correction."
    yield f"Clusters are of voxels that share {NEIGHBOURS[entry.connectivity]} and a sign."


def _parametric(entry: Parametric) -> str:
    if entry.threshold is None:
        rule = CORRECTIONS[entry.correction].format(alpha=setting(entry.alpha or 0))
        return f"voxels were thresholded at {rule}, from the statistic's distribution"
    rule = SCALES[entry.threshold.scale].format(setting(entry.threshold.height))
    return f"voxels were thresholded at {rule}, without correction for the number of voxels"


def _all_resolutions(entry: AllResolutions) -> str:
    rules = [SCALES[threshold.scale].format(setting(threshold.height)) for threshold in entry.cluster_forming]
    clusters = f" in clusters of voxels with {listed(rules, 'or')}" if rules else ""
    regions = f" in the regions {listed(entry.regions)}" if entry.regions else ""
    where = " and".join(part for part in (clusters, regions) if part) or " among all tested voxels"
    return (
        f"lower bounds on the number and proportion of true discoveries{where} were found by all-resolutions inference "
        f"(closed testing with Simes' local tests; Rosenblatt et al. 2018, Goeman et al. 2019), which hold at once "
        f"with probability {setting(1 - entry.alpha)}"
    )


def _other(entry: Inference) -> str:
    return f"inference was by the method {entry.method}, at alpha {setting(entry.alpha or 0)}"


def _permutation(entry: Permutation) -> str:
    measures = listed(MEASURES[control].format(entry, MASSES[entry.cluster_mass]) for control in entry.control)
    each = "each " if len(entry.control) > 1 else ""
    forming = entry.cluster_forming
    clusters = f", with clusters formed at {SCALES[forming.scale].format(setting(forming.height))}" if forming else ""
    return (
        f"p was corrected by the maxima over relabellings of {measures}, {each}at a family-wise error rate of "
        f"{setting(entry.alpha)}{clusters}"
    )


def _relabelled(material: Material, name: str) -> Iterator[str]:
    """What was exchanged, one sentence for all contrasts that share it."""
    groups: dict[str, list[str]] = {}
    for finding in material.findings:
        if finding.inference == name and "relabellings" in finding.facts:
            groups.setdefault(finding.facts["relabellings"]["words"], []).append(finding.contrast)
    for words, contrasts in groups.items():
        yield f"Relabelling of {listed(contrasts)} was by {words.removesuffix('.')}."
    if groups:
        yield (
            "Nuisance effects were removed after Freedman and Lane (1983; Winkler et al. 2014); p is the share of "
            "relabellings, the identity among them, with a maximum as large, and ties count."
        )


METHODS: dict[type, Callable[..., str]] = {
    Parametric: _parametric,
    AllResolutions: _all_resolutions,
    Permutation: _permutation,
}
"""Inference -> its threshold in words."""


def _sides(entry: Inference, scales: set[str]) -> str:
    """What counted as extreme, in tests of a direction and in F tests."""
    signed = sorted(scales - {"F"})
    of = f" for {listed(signed)}" if "F" in scales else ""
    parts = [f"{SIDES[entry.alternative]}{of}"] if signed else []
    parts += ["in the upper tail of F"] if "F" in scales else []
    return f", {listed(parts)}" if parts else ""


def _takes_one_maximum(entry: Inference) -> bool:
    return isinstance(entry, Permutation) and entry.family == "all-contrasts"


def _shared(material: Material) -> Iterator[str]:
    controls = [entry for entry in material.document.inference.values() if isinstance(entry, Permutation)]
    if any(len(entry.control) > 1 for entry in controls):
        yield "Error rates hold for each contrast, each inference and each control alone."
    elif len(material.findings) > 1:
        yield "Error rates hold for each contrast and each inference alone."
    joint = [name for name, entry in material.document.inference.items() if _takes_one_maximum(entry)]
    if joint:
        yield f"Under {listed(joint)}, one maximum was taken over the contrasts, and the rate holds for them together."
    apart = f"each more than {setting(MINIMUM_DISTANCE)} mm from the peak listed before it"
    most = spelled(MOST_PEAKS - 1)
    yield f"Up to {most} sub-peaks of a cluster are listed, {apart}, in millimetres{_space(material)}."
    atlas = material.document.report.atlas
    if atlas is not None:
        yield f"Peaks were named by the labels of {material.document.regions[atlas].image}."


def _space(material: Material) -> str:
    space = getattr(material.document.inputs, "space", None)  # type: ignore[attr-defined]
    return f" of {space}" if space else ""
