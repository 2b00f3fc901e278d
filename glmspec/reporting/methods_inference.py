"""The methods text of inference: thresholds, corrections, clusters, region names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from glmspec.core.peaks import MINIMUM_DISTANCE, MOST_PEAKS
from glmspec.errors import DocPath
from glmspec.reporting.clauses import Sentence, enumerated, said
from glmspec.reporting.material import Material
from glmspec.reporting.words import NEIGHBOURS, at_threshold, cluster_size, coordinates, listed, setting, spelled
from glmspec.spec.inference import AllResolutions, Inference, Parametric, Permutation
from glmspec.spec.regions import Region

UNCORRECTED = ", without correction for the number of voxels"
CORRECTIONS = {
    "none": (" at p at or below {}", UNCORRECTED),
    "bonferroni": (" at a family-wise error rate of {}", " by Bonferroni's correction"),
    "holm": (" at a family-wise error rate of {}", " by Holm's procedure (Holm 1979)"),
    "fdr": (" at a false discovery rate of {}", " by the procedure of Benjamini and Hochberg (1995)"),
    "fdr-by": (" at a false discovery rate of {}", " by the procedure of Benjamini and Yekutieli (2001)"),
}
"""Correction -> the rate that it holds, and how."""
SIDES = {
    "two-sided": "two-sided",
    "greater": "one-sided for positive effects",
    "less": "one-sided for negative effects",
}
MASSES = {"excess": "the excess over the threshold", "sum": "the plain sum"}


def inference_paragraphs(material: Material) -> Iterator[Iterator[Sentence]]:
    """One paragraph an inference, then one for what they share."""
    for name in material.document.inference:
        if any(finding.inference == name for finding in material.findings):
            yield _inference(material, name)
    if material.findings:
        yield _shared(material)


def _inference(material: Material, name: str) -> Iterator[Sentence]:
    entry = material.document.inference[name]
    here: DocPath = ("inference", name)
    scales = {finding.scale for finding in material.findings if finding.inference == name}
    lead = said(f"By the inference {name}, ", *here)
    yield lead + METHODS[type(entry)](entry, here, material) + _sides(entry, scales, here) + said(".")
    yield from _relabelled(material, name, here)
    if entry.contrasts is not None:
        yield said(f"It {material.verb.was} applied to {listed(entry.contrasts)}.", *here, "contrasts")
    if entry.within:
        region = said(f" ({_region(material.document.regions[entry.within])})", "regions", entry.within)
        within = said(f"Only voxels of the region {entry.within}", *here, "within")
        yield within + region + said(f" {material.verb.were} tested and counted.")
    size = entry.minimum_cluster_size if isinstance(entry, Parametric) else None
    if size is not None:
        smaller = f"Clusters smaller than {cluster_size(size)} {material.verb.were} left out"
        text = f"{smaller}, which is not a correction."
        yield said(text, *here, "minimum_cluster_size")
    if _has_clusters(entry):
        sign = " and a sign" if scales - {"F"} else ""
        yield said(f"Clusters are of voxels that share {NEIGHBOURS[entry.connectivity]}{sign}.", *here, "connectivity")


def _has_clusters(entry: Inference) -> bool:
    """Closed testing judges clusters only where heights are given."""
    return not isinstance(entry, AllResolutions) or bool(entry.cluster_forming)


def _region(region: Region) -> str:
    """What a region is."""
    if region.sphere is not None:
        centre = ", ".join(coordinates(region.sphere.center))
        return f"within {setting(region.sphere.radius)} mm of {centre} mm"
    if region.labels is not None:
        return f"the labels of {region.image}"
    rule = "not zero" if region.above is None else f"at or above {setting(region.above)}"
    return f"where {region.image} is {rule}"


def _parametric(entry: Inference, here: DocPath, material: Material) -> Sentence:
    assert isinstance(entry, Parametric)
    thresholded = said(f"voxels {material.verb.were} thresholded", *here, "method")
    if entry.threshold is not None:
        at = said(f" at {at_threshold(entry.threshold, entry.alternative)}", *here, "threshold")
        return thresholded + at + said(UNCORRECTED, *here, "correction")
    rate, how = CORRECTIONS[entry.correction]
    by = said(how, *here, "correction") + said(", with p from the statistic's distribution", *here, "method")
    return thresholded + said(rate.format(setting(entry.alpha or 0)), *here, "alpha") + by


def _all_resolutions(entry: Inference, here: DocPath, material: Material) -> Sentence:
    assert isinstance(entry, AllResolutions)
    rules = [at_threshold(threshold, entry.alternative) for threshold in entry.cluster_forming]
    where = said(f" in clusters of voxels with {listed(rules, 'or')}", *here, "cluster_forming") if rules else ()
    if entry.regions:
        regions = material.document.regions
        named = [f"each label of {name}" if regions[name].labels is not None else name for name in entry.regions]
        where += said(f"{' and' if rules else ''} in {listed(named)}", *here, "regions")
    where = where or said(" among all tested voxels", *here)
    bounds = said("lower bounds on the number and proportion of true discoveries", *here, "method")
    found = f" {material.verb.were} found by all-resolutions inference (closed testing with the local tests of "
    found += "Simes (1986); Rosenblatt et al. 2018, Goeman et al. 2019)"
    holding = f", which hold at once with probability {setting(1 - entry.alpha)} or more where Simes' inequality holds"
    return bounds + where + said(found, *here, "method") + said(holding, *here, "alpha")


def _permutation(entry: Inference, here: DocPath, material: Material) -> Sentence:
    assert isinstance(entry, Permutation)
    by = "by the distribution over relabellings (Nichols and Holmes 2002)"
    corrected = said(f"p {material.verb.was} corrected {by}", *here, "method")
    measures = enumerated(MEASURES[control](entry, here) for control in entry.control)
    each = "each " if len(entry.control) > 1 else ""
    rate = said(f", {each}at a family-wise error rate of {setting(entry.alpha)}", *here, "alpha")
    forming = entry.cluster_forming
    at = f", with clusters formed at {at_threshold(forming, entry.alternative)}" if forming is not None else ""
    clusters = said(at, *here, "cluster_forming") if at else ()
    return corrected + said(" of the maximum of ", *here, "control") + measures + rate + clusters


def _of_voxels(entry: Permutation, here: DocPath) -> Sentence:
    return said("the statistic", *here, "control")


def _of_size(entry: Permutation, here: DocPath) -> Sentence:
    return said("cluster size", *here, "control")


def _of_mass(entry: Permutation, here: DocPath) -> Sentence:
    return said("cluster mass", *here, "control") + said(f" ({MASSES[entry.cluster_mass]})", *here, "cluster_mass")


def _of_tfce(entry: Permutation, here: DocPath) -> Sentence:
    measure = said("threshold-free cluster enhancement (Smith and Nichols 2009", *here, "control")
    extent = said(f"; exponents of extent {setting(entry.tfce.E)}", *here, "tfce", "E")
    height = said(f" and of height {setting(entry.tfce.H)}", *here, "tfce", "H")
    return measure + extent + height + said("; the exact integral)", *here, "control")


MEASURES: dict[str, Callable[[Permutation, DocPath], Sentence]] = {
    "voxel": _of_voxels,
    "cluster-size": _of_size,
    "cluster-mass": _of_mass,
    "tfce": _of_tfce,
}
"""Control -> what the maximum is taken of."""

METHODS: dict[type, Callable[[Inference, DocPath, Material], Sentence]] = {
    Parametric: _parametric,
    AllResolutions: _all_resolutions,
    Permutation: _permutation,
}
"""Inference -> its threshold in words."""


def _relabelled(material: Material, name: str, here: DocPath) -> Iterator[Sentence]:
    """What was exchanged, one sentence for all contrasts that share it."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    nuisance = False
    for finding in material.findings:
        if finding.inference == name and "relabellings" in finding.facts:
            facts = finding.facts["relabellings"]
            groups.setdefault((facts["how"], facts["because"], facts["counted"]), []).append(finding.contrast)
            nuisance |= facts["nuisance"] > 0
    for (how, because, counted), contrasts in groups.items():
        of = f"Relabelling of {listed(contrasts)} {material.verb.was} by {how}"
        yield said(f"{of}; {because}.", *here, "exchangeability")
        yield said(counted, *here, "permutations")
    if nuisance:
        text = f"Nuisance effects {material.verb.were} removed before the relabelling of rows, after Freedman and Lane"
        yield said(f"{text} (1983; Winkler et al. 2014).", *here, "method")
    if groups:
        text = "p is the share of relabellings, the identity among them, with a maximum at least as large"
        yield said(f"{text} (Phipson and Smyth 2010).", *here, "method")


def _sides(entry: Inference, scales: set[str], here: DocPath) -> Sentence:
    """What counted as extreme, in tests of a direction and in F tests."""
    signed = sorted(scales - {"F"})
    of = f" for {listed(signed)}" if "F" in scales else ""
    parts = [f"{SIDES[entry.alternative]}{of}"] if signed else []
    parts += ["in the upper tail of F"] if "F" in scales else []
    return said(f", {listed(parts)}", *here, "alternative") if parts else ()


def _takes_one_maximum(entry: Inference) -> bool:
    return isinstance(entry, Permutation) and entry.family == "all-contrasts"


def _shared(material: Material) -> Iterator[Sentence]:
    entries = material.document.inference
    several = any(isinstance(entry, Permutation) and len(entry.control) > 1 for entry in entries.values())
    if several or len(material.findings) > 1:
        each = "each contrast, each inference and each control" if several else "each contrast and each inference"
        yield said(f"Alpha holds for {each} alone.", "inference")
    for name, entry in entries.items():
        if _takes_one_maximum(entry):
            one = f"Under {name}, one maximum {material.verb.was} taken over the contrasts"
            text = f"{one}, and alpha holds for them together."
            yield said(text, "inference", name, "family")
    if any(_has_clusters(finding.entry) for finding in material.findings):
        yield _peaks(material)
    atlas = material.document.report.atlas
    if atlas is not None:
        named = said(f"Peaks {material.verb.were} named by the labels of ", "report", "atlas")
        yield named + said(f"{material.document.regions[atlas].image}.", "regions", atlas)


def _peaks(material: Material) -> Sentence:
    """Which peaks are listed, and in which space."""
    apart = f"each more than {setting(MINIMUM_DISTANCE)} mm from the peak listed before it"
    text = said(f"Up to {spelled(MOST_PEAKS - 1)} sub-peaks of a cluster are listed, {apart}")
    space = getattr(material.document.inputs, "space", None)  # type: ignore[attr-defined]
    where = said(f"; coordinates are in millimetres of {space}", "inputs", "space") if space else ()
    return text + where + said(".")
