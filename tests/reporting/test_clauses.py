"""Every clause of the methods text follows from one setting: a change of the setting changes it, and nothing else."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from pydantic import BaseModel

from glmspec.reporting.lines import Lines
from glmspec.reporting.material import Material
from glmspec.reporting.methods import LEVELS, paragraphs
from glmspec.reporting.methods_inference import inference_paragraphs
from glmspec.reporting.model import Paragraph, Passage, Verbatim
from glmspec.reporting.render import render
from glmspec.reporting.sections.methods import methods
from glmspec.reporting.verbs import PAST
from glmspec.reporting.works import WORKS, cited
from glmspec.spec import contrasts, design, document, hrf, inference, inputs, masks, noise, regions, runs
from glmspec.spec.source import parse
from glmspec.spec.validate import loaded
from reporting.small_runs import fits
from reporting.test_methods_first_level import a_run
from reporting.test_model import blocks
from reporting.test_rendered import Page

INFERENCE = """
  height: {method: parametric, correction: none, alpha: 0.001, alternative: two-sided, connectivity: faces}
  above: {method: parametric, correction: none, threshold: {z: 3}, minimum_cluster_size: {voxels: 2}, contrasts: [one]}
  shuffled:
    {method: permutation, control: [voxel, cluster-mass, tfce], cluster_forming: {p: 0.001}, cluster_mass: excess,
     tfce: {E: 0.5, H: 2}, permutations: 60, seed: 1, alpha: 0.05, family: each-contrast, within: ball}
  bounds: {method: all-resolutions, cluster_forming: [{z: 2}], regions: [atlas], alpha: 0.05}
regions:
  atlas: {image: atlas.nii.gz, labels: atlas.tsv}
  ball: {sphere: {center: [0, 1, 2], radius: 8}}
  high: {image: high.nii.gz, above: 2}
report: {atlas: atlas}
"""
SECOND = f"""
glmspec: 1
name: second
level: second
fit_per: [task]
inputs:
  maps: "maps/{{subject}}.nii.gz"
  select: {{group: [a, b]}}
  space: MNI
  mask: {{image: mask.nii.gz, above: 0.5}}
  smoothing_fwhm: 4
design:
  formula: "group"
  factors: {{group: {{levels: [a, b]}}}}
  variance_groups: group
  estimator: ols
contrasts:
  one: {{expression: "group[a] - group[b]", title: One}}
inference:{INFERENCE}
exclusions:
  - {{rule: Moved, variable: fd, above: 0.5}}
missing: {{voxel: exclude}}
"""
FIXED = """
glmspec: 1
name: fixed
level: second
inputs: {maps: "maps/{subject}.nii.gz", variances: "variances/{subject}.nii.gz", dof: 20, mask: mask.nii.gz}
design: {formula: "group", estimator: {model: fixed-effects, weights: equal}}
contrasts: {one: "group[a] - group[b]"}
"""
FIRST = """
glmspec: 1
name: first
level: first
inputs:
  runs: {bold: "run-{run}.nii.gz", events: "run-{run}.tsv", confounds: "run-{run}_c.tsv"}
  repetition_time: 2
  discard: {initial: 2}
  select: {run: ["1", "2"]}
  space: MNI
  mask: mask.nii.gz
  smoothing_fwhm: 4
design:
  conditions:
    go:
      trial_type: [go]
      where: {answer: [right]}
      duration: 2
      amplitude: rt
      modulators: {gain: {column: gain, power: 2}}
      center: run
  unmodelled: [rest]
  orthogonalize: serial
  hrf: {model: spm, derivatives: [time]}
  drift: {model: cosine, high_pass: 0.01}
  regressors: [pcc]
  confounds: [trans_x]
  censor: [{confound: fd, above: 0.5, before: 1, after: 1}]
  noise: {model: ar, order: 1, quantize: 0.01}
  scaling: {model: grand-mean, target: 100}
  across_runs: {weights: equal}
contrasts:
  one: {expression: go, title: One}
"""
GIVEN = """
glmspec: 1
name: given
level: map
inputs: {statistic: t.nii.gz, scale: {t: {dof: 14}}, mask: mask.nii.gz, space: MNI}
"""


def facts_of_second():
    """What the index of a second level says."""
    row = {"map": "one.nii.gz", "names": {"subject": "01"}, "variance": "v", "dof": 20}
    rule = {"rule": "Moved", "kind": "evaluated", "bound": "fd above 0.5", "excluded": ["02"], "of": 9}
    exclusions = [{**rule, "counted": "subjects"}]
    return {"rows": [row], "design": {"dof": 7}, "mask": {"voxels": 9, "excluded": 2}, "exclusions": exclusions}


def facts_of_first():
    """And of a first level."""
    more = {"columns": ["go", "stop", "pcc", "trans_x", "constant"], "task": ["go", "stop", "pcc"]}
    return {
        "runs": [a_run("1", **more), a_run("2", **more)],
        "mask": {"voxels": 9, "excluded": 2},
        "exclusions": [],
        "steps": [],
    }


RELABELLED = {"how": "flipping signs", "because": "so", "counted": "There are 60.", "nuisance": 1}
DATA = {
    "second": (facts_of_second, {"test": "t", "scale": "t", "dof": 7, "title": "One", "expression": "a - b"}),
    "first": (facts_of_first, {"test": "t", "scale": "t", "dof": 60, "title": "One", "expression": "go"}),
    "map": (
        lambda: {"mask": {"voxels": 9, "excluded": 0}, "exclusions": []},
        {"test": "t", "scale": "t", "dof": 14, "title": "t", "expression": "t"},
    ),
}


def clauses(text, verb=PAST):
    """Path -> what is said because of it, in a document with the same facts whatever it says."""
    found = loaded(parse(text, "document"))
    facts, contrast = DATA[found.level]
    title = found.contrasts["one"].title if found.level != "map" else None
    tested = [
        SimpleNamespace(contrast="one", inference=name, scale="t", entry=entry, facts={"relabellings": RELABELLED})
        if entry.method == "permutation"
        else SimpleNamespace(contrast="one", inference=name, scale="t", entry=entry, facts={})
        for name, entry in found.inference.items()
    ]
    material = SimpleNamespace(
        verb=verb,
        document=found,
        analysis={**facts(), **({} if found.exclusions else {"exclusions": []})},
        contrasts={"one": {**contrast, "title": title or "one"}},
        fit={"task": "go"},
        place="task-go" if getattr(found, "fit_per", ()) == ("task",) else "",
        findings=tested,
        level=found.level,
    )
    told: dict[tuple[str | int, ...], list[str]] = {}
    for part in [*LEVELS[found.level](material), *inference_paragraphs(material)]:
        for sentence in part:
            for clause in sentence:
                told.setdefault(clause.path, []).append(clause.text)
    return told


CHANGES = [
    (SECOND, "fit_per: [task]", "", "fit_per"),
    (SECOND, "select: {group: [a, b]}", "select: {group: [a]}", "inputs.select.group"),
    (SECOND, "space: MNI", "space: Talairach", "inputs.space"),
    (SECOND, "image: mask.nii.gz", "image: other.nii.gz", "inputs.mask.image"),
    (SECOND, "mask.nii.gz, above: 0.5", "mask.nii.gz, above: 0.6", "inputs.mask.above"),
    (SECOND, "{image: mask.nii.gz, above: 0.5}", "{compute: intersection}", "inputs.mask"),
    (SECOND, "smoothing_fwhm: 4", "smoothing_fwhm: 5", "inputs.smoothing_fwhm"),
    (SECOND, 'formula: "group"', 'formula: "group + age"', "design.formula"),
    (SECOND, "levels: [a, b]", "levels: [b, a]", "design.factors.group"),
    (SECOND, "variance_groups: group\n", "variance_groups: site\n", "design.variance_groups"),
    (SECOND, "title: One", "title: Two", "contrasts.one.title"),
    (SECOND, "rule: Moved, variable: fd, above", "rule: Moved, variable: fd, below", ""),
    (SECOND, "connectivity: faces", "connectivity: corners", "inference.height.connectivity"),
    (SECOND, "none, alpha: 0.001", "none, alpha: 0.01", "inference.height.alpha"),
    (SECOND, "correction: none, alpha", "correction: holm, alpha", "inference.height.correction"),
    (SECOND, "alternative: two-sided", "alternative: less", "inference.height.alternative"),
    (SECOND, "threshold: {z: 3}", "threshold: {t: 3}", "inference.above.threshold"),
    (SECOND, "{voxels: 2}", "{mm3: 2}", "inference.above.minimum_cluster_size"),
    (SECOND, ", contrasts: [one]", "", "inference.above.contrasts"),
    (SECOND, "voxel, cluster-mass, tfce", "cluster-mass, tfce", "inference.shuffled.control"),
    (SECOND, "forming: {p: 0.001}", "forming: {p: 0.01}", "inference.shuffled.cluster_forming"),
    (SECOND, "cluster_mass: excess", "cluster_mass: sum", "inference.shuffled.cluster_mass"),
    (SECOND, "E: 0.5", "E: 0.6", "inference.shuffled.tfce.E"),
    (SECOND, "H: 2", "H: 3", "inference.shuffled.tfce.H"),
    (SECOND, "1, alpha: 0.05", "1, alpha: 0.1", "inference.shuffled.alpha"),
    (SECOND, "family: each-contrast", "family: all-contrasts", "inference.shuffled.family"),
    (SECOND, ", within: ball", "", "inference.shuffled.within"),
    (SECOND, "within: ball", "within: high", "inference.shuffled.within"),
    (SECOND, "radius: 8", "radius: 9", "regions.ball"),
    (SECOND, "forming: [{z: 2}]", "forming: [{z: 3}]", "inference.bounds.cluster_forming"),
    (SECOND, "regions: [atlas]", "regions: [ball]", "inference.bounds.regions"),
    (SECOND, "[atlas], alpha: 0.05", "[atlas], alpha: 0.1", "inference.bounds.alpha"),
    (SECOND, "atlas: {image: atlas", "atlas: {image: other", "regions.atlas"),
    (SECOND, "report: {atlas: atlas}", "", "report.atlas"),
    (FIXED, "weights: equal", "weights: precision", "design.estimator.weights"),
    (FIRST, "discard: {initial: 2}", "discard: {initial: 3}", "inputs.discard"),
    (FIRST, "space: MNI", "space: Talairach", "inputs.space"),
    (FIRST, 'select: {run: ["1", "2"]}', 'select: {run: ["1"]}', "inputs.select.run"),
    (FIRST, "smoothing_fwhm: 4", "", "inputs.smoothing_fwhm"),
    (FIRST, "trial_type: [go]", "trial_type: [go, run]", "design.conditions.go.trial_type"),
    (FIRST, "answer: [right]", "answer: [wrong]", "design.conditions.go.where.answer"),
    (FIRST, "duration: 2", "duration: rt", "design.conditions.go.duration"),
    (FIRST, "amplitude: rt", "amplitude: other", "design.conditions.go.amplitude"),
    (FIRST, "power: 2", "power: 3", "design.conditions.go.modulators"),
    (FIRST, "column: gain", "column: loss", "design.conditions.go.modulators"),
    (FIRST, "center: run", "center: none", "design.conditions.go.center"),
    (FIRST, "unmodelled: [rest]", "unmodelled: [pause]", "design.unmodelled"),
    (FIRST, "orthogonalize: serial", "orthogonalize: none", "design.orthogonalize"),
    (FIRST, "model: spm", "model: glover", "design.hrf"),
    (FIRST, "derivatives: [time]", "derivatives: [dispersion]", "design.hrf.derivatives"),
    (FIRST, "{model: spm, derivatives: [time]}", "{model: fir, delays: [0, 1]}", "design.hrf"),
    (FIRST, "high_pass: 0.01", "high_pass: 0.02", "design.drift.high_pass"),
    (FIRST, "cosine, high_pass: 0.01", "polynomial, order: 2", "design.drift"),
    (FIRST, "high_pass: 0.01", "period: 100", "design.drift"),
    (FIRST, "regressors: [pcc]", "regressors: [acc]", "design.regressors"),
    (FIRST, "  confounds: [trans_x]", "  confounds: []", "design.confounds"),
    (FIRST, "confound: fd", "confound: dvars", "design.censor.0"),
    (FIRST, "above: 0.5", "below: 0.5", "design.censor.0"),
    (FIRST, "before: 1", "before: 2", "design.censor.0"),
    (FIRST, "after: 1", "after: 2", "design.censor.0"),
    (FIRST, "order: 1", "order: 2", "design.noise"),
    (FIRST, ", quantize: 0.01", "", "design.noise.quantize"),
    (FIRST, "{model: ar, order: 1, quantize: 0.01}", "ols", "design.noise"),
    (FIRST, "target: 100", "target: 50", "design.scaling.target"),
    (FIRST, "{model: grand-mean, target: 100}", "percent-signal", "design.scaling"),
    (FIRST, "weights: equal", "weights: precision", "design.across_runs.weights"),
    (GIVEN, "statistic: t.nii.gz", "statistic: u.nii.gz", "inputs.statistic"),
    (GIVEN, "space: MNI", "space: Talairach", "inputs.space"),
    (GIVEN, "mask: mask.nii.gz", "mask: other.nii.gz", "inputs.mask"),
]
"""A document, what is changed in it, and the setting whose clauses may change, with those below it."""

FROM_FACTS = {
    "what was found in files, which the document cannot change alone": {
        *("maps", "table", "stack", "analysis", "contrast", "map", "variance", "variances", "dof", "variables"),
        *("runs", "bold", "events", "confounds", "regressors", "design", "file", "array", "repetition_time"),
        *("matrix", "columns", "unnamed", "slice_time_reference", "scale", "t", "F", "z"),
    },
    "told by the plan, which tests/plan holds to the relabellings": {"permutations", "seed", "exchangeability"}
    | {"scheme", "blocks", "whole"},
    "names, and what makes no difference to a number": {"name", "subject", "session", "labels", "title"},
    "not there yet, and refused": {"bids", "root", "derivatives", "task", "space", "subjects", "sessions", "stat"},
    "said in other words for other values, each held by tests of the methods text": {
        *("test", "expression", "weights", "rows", "term", "runs", "any", "compute", "mask", "method", "model"),
        *("delays", "initial", "p", "center", "sphere"),
    },
}


def path_of(dotted):
    return tuple(int(part) if part.isdigit() else part for part in dotted.split(".")) if dotted else ()


@pytest.mark.parametrize(("text", "old", "new", "setting"), [change for change in CHANGES if change[3]])
def test_a_change_of_a_setting_changes_its_clause_and_no_other(text, old, new, setting):
    assert text.count(old) == 1, f"{old} is ambiguous"
    path = path_of(setting)
    before, after = clauses(text), clauses(text.replace(old, new))
    changed = {key for key in before.keys() | after.keys() if key and before.get(key) != after.get(key)}
    assert changed, "no clause changed"
    assert any(key[: len(path)] == path for key in changed)
    stray = {key for key in changed if key[: len(path)] != path}
    assert stray <= ALONG.get(setting, set()), stray


ALONG = {
    "inputs.mask": {("inputs", "smoothing_fwhm")},
    "inputs.smoothing_fwhm": {("missing", "voxel")},
    "inference.height.correction": {("inference", "height", "alpha")},
    "inference.shuffled.within": {("regions", "ball"), ("regions", "high")},
    "report.atlas": {("regions", "atlas")},
    "design.noise": {("design",)},
}
"""Setting -> clauses about others that are there only because of it."""


def models():
    """Every model that a document can hold in the sections that make numbers."""
    for module in (contrasts, design, hrf, inference, inputs, masks, noise, regions, runs):
        yield from (
            thing
            for thing in vars(module).values()
            if isinstance(thing, type) and issubclass(thing, BaseModel) and thing.__module__ == module.__name__
        )


def test_every_setting_that_makes_a_number_is_tried_or_accounted_for():
    tried = {part for _, old, new, setting in CHANGES for part in re.findall(r"\w+", f"{setting} {old} {new}")}
    known = tried | set().union(*FROM_FACTS.values())
    assert {name for model in models() for name in model.model_fields} - known == set()
    assert document.Document  # its own fields are names, declarations and the sections above


@pytest.mark.parametrize("study", ["results", "runs"])
def test_every_clause_of_a_setting_leads_to_a_line_that_is_there(study, request):
    results = request.getfixturevalue(study)
    material = Material(results)
    page = Page(render(results))
    linked = 0
    for sentences in paragraphs(material):
        for clause in (clause for sentence in sentences for clause in sentence if clause.path):
            anchor = material.lines.anchor(clause.path)
            assert anchor[1:] in page.ids, clause
            linked += 1
    assert linked > 15


def test_a_clause_of_one_fit_leads_to_a_line(subjects):
    material = Material(fits(subjects)[0][1])
    (sentences, *_) = paragraphs(material)
    assert sentences[0][0].path == ("fit_per",)
    assert material.lines.anchor(("fit_per",)).startswith("#R")


def test_a_setting_leads_to_its_own_line():
    lines = Lines("a: 1\nhrf: spm\nin:\n  x: {alpha: 2}\n", "a: 1\nhrf:\n  model: spm\n  derivatives: []\n")
    assert lines.anchor(("a",)) == "#L1"
    assert lines.anchor(("in", "x", "alpha")) == "#L4"
    assert lines.anchor(("hrf", "model")) == "#L2", "a bare word is the mapping that it stands for"
    assert lines.anchor(("hrf", "derivatives")) == "#R4", "a default is in the resolved document"
    assert lines.anchor(("in", "x", "beta")) == "#L4", "what is in neither leads to what is around it"
    assert lines.anchor(()) == ""


def test_the_section_shows_links_that_say_where_they_lead(results):
    (text, references, bibtex) = blocks(methods(Material(results)), Passage)
    words = [word for block in text.blocks for word in block.words if word.href]
    smallest = next(word for word in words if word.text.startswith("Clusters smaller than 2 voxels"))
    assert smallest.hint == "inference.family.minimum_cluster_size"
    assert next(word for word in words if word.hint.endswith("connectivity, a default")).href.startswith("#R")
    assert all(isinstance(block, Paragraph) for block in references.blocks)
    assert isinstance(bibtex.blocks[0], Verbatim)


def test_a_passage_reads_as_its_sentences(results):
    (text, *_) = blocks(methods(Material(results)), Passage)
    whole = "\n".join(block.text for block in text.blocks)
    assert "  " not in whole
    assert not re.search(r" [.,;]|\.[A-Z]|\(\s", whole)


def test_works_have_dois_and_their_bibtex_the_same_facts():
    for work in WORKS:
        assert work.doi or work.mark == "Holm 1979", "Holm's paper has none"
        assert str(work.year) in work.mark
        for words in (work.text, work.bibtex):
            assert work.title in words
            assert work.doi in words
    assert len({work.key for work in WORKS}) == len(WORKS)
    assert [work.authors[0].lower() for work in WORKS] == sorted(work.authors[0].lower() for work in WORKS)


def test_bibtex_is_an_entry_with_its_fields():
    (work,) = cited("as in (Glover 1999).")
    assert work.bibtex.splitlines() == [
        "@article{glover1999,",
        "  author = {Glover, G. H.},",
        "  title = {{Deconvolution of impulse response in event-related BOLD fMRI}},",
        "  journal = {NeuroImage},",
        "  year = {1999},",
        "  volume = {9},",
        "  pages = {416--429},",
        "  doi = {10.1006/nimg.1998.0419},",
        "}",
    ]


def test_only_what_is_cited_is_listed(results):
    _, references, _ = blocks(methods(Material(results)), Passage)
    text = "\n".join(block.text for block in references.blocks)
    assert "Array programming with NumPy" in text
    assert "Glover" not in text
