"""Contrasts: for each, what was asked, and for each inference the map, the glass brain, the table and the mosaic."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from glmspec.reporting.captions import below_slices, untested_words
from glmspec.reporting.cluster_tables import cluster_table
from glmspec.reporting.heights import CUSTOMARY
from glmspec.reporting.material import Finding, Material, contrast_id
from glmspec.reporting.model import Block, Entry, Figure, Fold, Heading, Paragraph, Section, Word, plain
from glmspec.reporting.null_distributions import null_distributions
from glmspec.reporting.peak_effects import peak_effects
from glmspec.reporting.run_words import asked_in, names
from glmspec.reporting.timecourses import timecourses
from glmspec.reporting.words import alternative, by_voxel, correction, count, decimal, degrees_of_freedom


def contrasts(material: Material) -> Section:
    """The section: one fold a contrast, the first one open."""
    asked = list(material.contrasts)
    folds = tuple(_contrast(material, name, opened=name == asked[0]) for name in asked)
    entries = tuple(_entry(material, name) for name in asked)
    return Section("contrasts", "Contrasts", (plain(_one_scale(material), "quiet"), *folds), entries=entries)


def _one_scale(material: Material) -> str:
    """What all pictures have in common."""
    pictures = material.pictures
    text = (
        f"{_scales(material)} {pictures.places} mm, through the strongest finding of the "
        "report. Opacity falls off below the threshold, a black contour surrounds what passed, and hatching marks "
        "where there is no data. Left is left."
    )
    if pictures.behind:
        text += f" Behind the maps is {pictures.behind}."
    return text + " The images are oblique and were resampled for display only." * pictures.grid.resampled


def _scales(material: Material) -> str:
    """Tests of one kind share a scale; slices are the same for all."""
    if len(material.pictures.vmax) < 2:
        return "All maps share one colour scale and the slices at"
    return "Maps of t share one colour scale, those of F another; all share the slices at"


def _entry(material: Material, name: str) -> Entry:
    findings = material.findings_of(name)
    clusters = " · ".join(f"{finding.facts['clusters']:,}" for finding in findings)
    words = ", ".join(f"{finding.inference}: {count(finding.facts['clusters'], 'cluster')}" for finding in findings)
    return Entry(str(material.contrasts[name]["title"]), f"#{contrast_id(name)}", clusters, words)


def _contrast(material: Material, name: str, opened: bool) -> Fold:
    contrast = material.contrasts[name]
    findings = material.findings_of(name)
    survivors = any(finding.facts["clusters"] for finding in findings)
    blocks: list[Block] = [_question(material, name)]
    for index, finding in enumerate(findings):
        blocks += _finding(material, finding, alone=index == 0)
    if not findings:
        blocks += _untested(material, name)
    blocks += _at_peaks(material, name)
    title = str(contrast["title"])
    badge = "" if survivors or not findings else "none survive"
    return Fold(title, tuple(blocks), contrast_id(name), opened, heading=True, badge=badge, note=_counts(findings))


def _at_peaks(material: Material, name: str) -> Iterator[Block]:
    """What maps, runs and scans say where the contrast is largest."""
    effects, courses = peak_effects(material, name), timecourses(material, name)
    if effects:
        yield Heading("Effects at the peaks", 4)
        yield from effects
    if courses:
        yield Heading("Over time at the highest peak", 4)
        yield from courses


def _counts(findings: tuple[Finding, ...]) -> str:
    return " · ".join(f"{finding.inference}: {count(finding.facts['clusters'], 'cluster')}" for finding in findings)


def _question(material: Material, name: str) -> Paragraph:
    contrast = material.contrasts[name]
    kind, link = KINDS[material.level]
    parts = (f"{contrast['scale']} {kind}", *_freedom(material, name), *OVER[material.level](material, name))
    words = (Word(name, "strong"), Word(": "), Word(str(contrast["expression"]), "code"))
    return Paragraph((*words, *(Word(f" · {part}") for part in parts), Word(" · "), Word(link, href="#design")))


def _freedom(material: Material, name: str) -> tuple[str, ...]:
    """Degrees of freedom; a z has none."""
    contrast = material.contrasts[name]
    if contrast["scale"] == "z":
        return ()
    if not by_voxel(contrast):
        return (degrees_of_freedom(contrast["dof"]),)
    text = "degrees of freedom differ from voxel to voxel"
    lowest, highest = material.dof_range(name)
    if lowest is not None and highest is not None:
        text += f", {decimal(lowest, 1)} to {decimal(highest, 1)}"
    return (f"{text}: see the dof map",)


def _over_runs(material: Material, name: str) -> tuple[str, ...]:
    """The runs that have a part in a contrast."""
    runs = material.analysis["runs"]
    asked = asked_in(runs, name)
    if len(asked) == 1:
        return (f"in {names(asked)}{' alone' if len(runs) > 1 else ''}",)
    return (f"fixed effects over {'the runs ' if len(asked) < len(runs) else ''}{names(asked)}",)


def _over_maps(material: Material, name: str) -> tuple[str, ...]:
    return ()


KINDS = {
    "first": ("test", "weights in the design"),
    "second": ("test", "weights in the design"),
    "map": ("image", "the image"),
}
"""Level -> what a statistic is, and what its explanation is called."""
OVER: dict[str, Callable[[Material, str], tuple[str, ...]]] = {
    "first": _over_runs,
    "second": _over_maps,
    "map": _over_maps,
}
"""Level -> what was combined for a contrast."""


def _untested(material: Material, name: str) -> list[Block]:
    """The map of a contrast that is only estimated."""
    title = str(material.contrasts[name]["title"])
    shown = material.pictures.shown(name, "", CUSTOMARY)
    caption = untested_words(material.contrasts[name])
    drawn = (material.pictures.colours(shown), material.pictures.slices(shown, f"{title}: slices"))
    slices = Figure(drawn, caption, viewer=contrast_id(name))
    return [plain("No inference of the document is about this contrast."), slices]


def _finding(material: Material, finding: Finding, alone: bool) -> list[Block]:
    """Everything about one inference of a contrast; ``alone`` if no other before it shows the whole map in a mosaic."""
    title = f"{material.contrasts[finding.contrast]['title']}, {finding.inference}"
    pictures = material.pictures
    shown = pictures.shown(finding.contrast, finding.inference, finding.height.z)
    rule = f"{correction(finding.entry)}, {alternative(finding.entry, finding.test)}"
    heading = Heading(finding.inference, 4, finding.id, rule)
    drawn = (pictures.colours(shown), pictures.slices(shown, f"{title}: slices"))
    slices = Figure(drawn, below_slices(material, finding), viewer=finding.id)
    glass = Figure((pictures.glass(shown, f"{title}: glass brain"),), "What passed, seen through the whole brain.")
    mosaic = Figure((pictures.mosaic(shown, f"{title}: mosaic"),), "From below to above.")
    fold = Fold("Mosaic of axial slices", (mosaic,))
    nulls = null_distributions(material, finding)
    if not finding.rows:
        return [heading, _nothing(finding), slices, *nulls, *([fold] if alone else [])]
    lead = [] if finding.facts["passed"] else [_nothing(finding)]
    return [heading, *lead, slices, glass, cluster_table(finding, title), *nulls, fold]


def _nothing(finding: Finding) -> Paragraph:
    high = finding.facts["before_size"]
    small = f" {count(high, 'voxel')} reached the height, in clusters that were too small." if high else ""
    shown = " The whole map is shown below: what does not reach the threshold is faded, not hidden."
    return Paragraph((Word("No voxel passed.", "strong"), Word(small + shown)))
