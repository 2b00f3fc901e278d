"""One change for every field of the language that this version runs, and the operations whose steps depend on it.

A change is a piece of the document and what takes its place. The operations are those whose own settings or files
change; what builds on them runs again as well, which the test adds by itself. An empty set: nothing runs again.
"""

from __future__ import annotations

Changes = dict[str, tuple[str, str, set[str]]]
"""Field -> what stands there, what takes its place, and the operations that run again."""

GROUP = """\
glmspec: 1
name: group
title: One
description: Two
authors: [A]
references: [B]
level: second
inputs:
  maps: "maps/{subject}_{task}.nii.gz"
  variables: people.tsv
  select: {task: [go]}
  space: MNI
  mask: mask.nii.gz
  smoothing_fwhm: 4.0
design:
  formula: "1 + sex + age"
  factors: {sex: {levels: [f, m]}}
  estimator: ols
contrasts:
  mean: {expression: intercept, title: Mean}
  sex: {test: F, term: sex}
  age: {test: t, weights: {age: 1}}
regions:
  ball: {sphere: {center: [9, 9, 9], radius: 9}}
  part: {image: part.nii.gz, above: 0.5}
  atlas: {image: atlas.nii.gz, labels: atlas.tsv}
inference:
  fdr: {method: parametric, correction: fdr, alpha: 0.05, alternative: two-sided, connectivity: faces,
        contrasts: [mean, age], within: ball, minimum_cluster_size: {voxels: 2}}
  raw: {method: parametric, correction: none, threshold: {p: 0.01}, within: part, contrasts: mean}
  flips:
    method: permutation
    control: [cluster-size, cluster-mass, tfce]
    cluster_forming: {p: 0.01}
    cluster_mass: excess
    tfce: {E: 0.5, H: 2}
    permutations: 50
    seed: 1
    alpha: 0.05
    contrasts: [age]
    within: ball
    alternative: two-sided
    connectivity: corners
    exchangeability: {scheme: permute}
  bounds: {method: all-resolutions, cluster_forming: [{z: 2}], regions: [ball], alpha: 0.05, contrasts: mean,
           alternative: greater, connectivity: edges, within: part}
  joint: {method: parametric, correction: none, threshold: {F: 4}, contrasts: sex}
missing: {voxel: exclude}
exclusions:
  - {rule: Old, variable: age, above: 90, unit: years}
  - {rule: Gone, subjects: [S01, S02, S03, S04]}
  - {rule: Low, variable: score, below: -1}
  - {rule: Poor, variable: score, equals: 77}
expect:
  - {what: n_voxels, at_least: 10, otherwise: report}
  - {what: vif, below: 50, columns: [age]}
  - {what: dof, above: 1, contrasts: [age]}
  - {what: n_maps, at_most: 90}
  - {what: rank, equals: 3}
hypotheses:
  H1: {statement: It is., contrast: mean, inference: fdr, direction: positive, kind: confirmatory}
registration: {url: osf.io/x, data_status: collected, prior_knowledge: none, lock: one.lock.yaml}
sample: {planned_n: 12, stopping_rule: When done., power: Enough.}
preprocessing: Some
deviations: [{path: title, rationale: Better.}]
report: {background: mask.nii.gz, atlas: atlas, precision: single}
"""

NOTHING: set[str] = set()
MAPS = {"map_values", "mask_image"}
FIT = {"fit_ols"}
CHARTED = {"group_effects", "group_residuals"}
"""Charts that look at the maps again."""
MATRIX = {"fit_ols", "smoothness", "contrast_t", "contrast_F", "null_maxima"} | CHARTED
"""Of whatever changes the matrix: tests weight its columns, and permutations and charts fit it anew."""
TESTS = {"null_maxima"}
TABLES = {"clusters", "permutation", "all_resolutions"}

JUDGED = {"threshold", "permutation", "all_resolutions"}
"""What degrees of freedom are settings of."""
ROWS = {"map_values", "mask_finite", "fit_ols", "smoothness", "null_maxima"} | CHARTED
FEWER = MATRIX | {"mask_finite"} | JUDGED
"""Of another number of subjects: the matrix, and degrees of freedom."""
ON_THE_MASK = {"expect_voxels", "smoothness", "map_values", "null_maxima", "threshold", "peaks"} | TABLES
ON_THE_MASK |= {"region_sphere", "region_image", "region_labels"}
"""Of whatever takes the step that finds the mask from the list: all that builds on another one."""

GROUP_CHANGES: dict[str, tuple[str, str, set[str]]] = {
    "name": ("name: group", "name: other", NOTHING),
    "title": ("title: One", "title: Other", NOTHING),
    "description": ("description: Two", "description: Other", NOTHING),
    "authors": ("authors: [A]", "authors: [C]", NOTHING),
    "references": ("references: [B]", "references: [C]", NOTHING),
    "inputs.maps": ('"maps/', '"other/', {"map_values", "mask_finite"}),
    "inputs.variables": ("variables: people.tsv", "variables: older.tsv", MATRIX),
    "inputs.select": ("select: {task: [go]}", "select: {task: [stop]}", ROWS),
    "inputs.space": ("space: MNI", "space: T1w", NOTHING),
    "inputs.mask": ("  mask: mask.nii.gz", "  mask: {image: mask.nii.gz, above: 0.5}", {"mask_image"}),
    "inputs.smoothing_fwhm": ("smoothing_fwhm: 4.0", "smoothing_fwhm: 5", {"map_values"}),
    "design.formula": ('"1 + sex + age"', '"1 + sex*age"', MATRIX | JUDGED),
    "design.factors": ("levels: [f, m]", "levels: [m, f]", MATRIX),
    "contrasts.mean.title": ("title: Mean", "title: Average", NOTHING),
    "contrasts.mean.expression": ("expression: intercept", "expression: 2*intercept",
                                  {"contrast_t", "group_effects"}),
    "contrasts.age.weights": ("weights: {age: 1}", "weights: {age: 2}",
                              {"contrast_t", "group_effects"} | TESTS),
    "contrasts.sex.term": ("{test: F, term: sex}", '{test: F, rows: [age]}', {"contrast_F", "group_effects"}),
    "regions.ball.sphere.center": ("center: [9, 9, 9]", "center: [9, 9, 6]", {"region_sphere"}),
    "regions.ball.sphere.radius": ("radius: 9", "radius: 8", {"region_sphere"}),
    "regions.part.image": ("image: part.nii.gz", "image: mask.nii.gz", {"region_image"}),
    "regions.part.above": ("above: 0.5", "above: 0.25", {"region_image"}),
    "regions.atlas.labels": ("labels: atlas.tsv", "labels: names.tsv", {"region_labels"}),
    "inference.fdr.correction": ("correction: fdr", "correction: holm", {"threshold"}),
    "inference.fdr.alpha": ("correction: fdr, alpha: 0.05", "correction: fdr, alpha: 0.1", {"threshold"}),
    "inference.fdr.alternative": ("alternative: two-sided,", "alternative: less,", {"threshold"}),
    "inference.fdr.connectivity": ("connectivity: faces", "connectivity: edges", {"threshold", "clusters"}),
    "inference.fdr.contrasts": ("contrasts: [mean, age]", "contrasts: [mean]", {"peaks"}),
    "inference.fdr.within": ("within: ball,", "within: part,", {"threshold"}),
    "inference.fdr.minimum_cluster_size": ("{voxels: 2}", "{voxels: 3}", {"threshold"}),
    "inference.raw.threshold": ("threshold: {p: 0.01}", "threshold: {z: 3}", {"threshold"}),
    "inference.flips.control": ("[cluster-size, cluster-mass, tfce]", "[cluster-size, tfce]",
                                TESTS | {"permutation"}),
    "inference.flips.cluster_forming": ("cluster_forming: {p: 0.01}", "cluster_forming: {p: 0.02}",
                                        TESTS | {"permutation"}),
    "inference.flips.cluster_mass": ("cluster_mass: excess", "cluster_mass: sum", TESTS),
    "inference.flips.tfce.E": ("E: 0.5", "E: 0.6", TESTS),
    "inference.flips.tfce.H": ("H: 2", "H: 3", TESTS),
    "inference.flips.permutations": ("permutations: 50", "permutations: 60", TESTS | {"permutation"}),
    "inference.flips.seed": ("seed: 1", "seed: 2", TESTS),
    "inference.flips.alpha": ("seed: 1\n    alpha: 0.05", "seed: 1\n    alpha: 0.1", {"permutation"}),
    "inference.flips.exchangeability.scheme": ("scheme: permute", "scheme: both", TESTS),
    "inference.flips.exchangeability.blocks": ("{scheme: permute}", "{scheme: permute, blocks: sex}", TESTS),
    "inference.bounds.cluster_forming": ("[{z: 2}]", "[{z: 3}]", {"all_resolutions"}),
    "inference.bounds.regions": ("regions: [ball]", "regions: [part]", {"all_resolutions"}),
    "inference.bounds.alpha": ("regions: [ball], alpha: 0.05", "regions: [ball], alpha: 0.1", {"all_resolutions"}),
    "missing.voxel": ("voxel: exclude", "voxel: error", ON_THE_MASK),
    "missing.subject": ("{voxel: exclude}", "{voxel: exclude, subject: exclude}", NOTHING),
    "missing.variable": ("{voxel: exclude}", "{voxel: exclude, variable: exclude}", NOTHING),
    "missing.run": ("{voxel: exclude}", "{voxel: exclude, run: exclude}", NOTHING),
    "missing.condition": ("{voxel: exclude}", "{voxel: exclude, condition: exclude}", NOTHING),
    "exclusions[0].rule": ("rule: Old", "rule: Aged", NOTHING),
    "exclusions[0].above": ("above: 90", "above: 34", FEWER),
    "exclusions[0].unit": ("unit: years", "unit: y", NOTHING),
    "exclusions[1].subjects": ("subjects: [S01, S02, S03, S04]", "subjects: [S02, S03, S04, S05]",
                               MATRIX | {"map_values", "mask_finite"}),
    "expect[0].at_least": ("at_least: 10", "at_least: 11", {"expect_voxels"}),
    "expect[0].otherwise": ("otherwise: report", "otherwise: stop", {"expect_voxels"}),
    "hypotheses.H1.statement": ("It is.", "It was.", NOTHING),
    "hypotheses.H1.contrast": ("contrast: mean,", "contrast: age,", NOTHING),
    "hypotheses.H1.inference": ("inference: fdr,", "inference: flips,", NOTHING),
    "hypotheses.H1.direction": ("direction: positive", "direction: either", NOTHING),
    "hypotheses.H1.kind": ("kind: confirmatory", "kind: exploratory", NOTHING),
    "registration.url": ("osf.io/x", "osf.io/y", NOTHING),
    "registration.data_status": ("data_status: collected", "data_status: seen", NOTHING),
    "registration.prior_knowledge": ("prior_knowledge: none", "prior_knowledge: some", NOTHING),
    "sample.planned_n": ("planned_n: 12", "planned_n: 13", NOTHING),
    "sample.stopping_rule": ("When done.", "Later.", NOTHING),
    "sample.power": ("Enough.", "More.", NOTHING),
    "preprocessing": ("preprocessing: Some", "preprocessing: Other", NOTHING),
    "deviations[0].rationale": ("Better.", "Shorter.", NOTHING),
    "deviations[0].path": ("path: title", "path: name", NOTHING),
    "inputs.mask.image": ("  mask: mask.nii.gz", "  mask: part.nii.gz", {"mask_image"}),
    "contrasts.age.test": ("{test: t, weights", "{test: F, weights",
                           {"contrast_F", "group_effects", "peaks", "clusters", "threshold",
                            "permutation", *TESTS}),
    "inference.fdr.minimum_cluster_size.mm3": ("{voxels: 2}", "{mm3: 90}", {"threshold"}),
    "inference.raw.threshold.t": ("threshold: {p: 0.01}", "threshold: {t: 3}", {"threshold"}),
    "inference.joint.threshold.F": ("{F: 4}", "{F: 5}", {"threshold"}),
    "inference.raw": ("raw: {method: parametric, correction: none, threshold: {p: 0.01},",
                      "raw: {method: all-resolutions,", {"all_resolutions", "peaks"}),
    "inference.bounds": ("{method: all-resolutions, cluster_forming: [{z: 2}], regions: [ball], alpha: 0.05,",
                         "{method: permutation, control: voxel, permutations: 20,", TESTS | {"permutation"}),
    "inference.bounds.alternative": ("           alternative: greater", "           alternative: less",
                                     {"all_resolutions"}),
    "inference.bounds.connectivity": ("greater, connectivity: edges, within: part",
                                      "greater, connectivity: corners, within: part", {"all_resolutions"}),
    "inference.bounds.within": ("edges, within: part", "edges, within: ball", {"all_resolutions"}),
    "inference.bounds.contrasts": ("alpha: 0.05, contrasts: mean", "alpha: 0.05, contrasts: age",
                                   {"all_resolutions", "peaks"}),
    "inference.flips.contrasts": ("contrasts: [age]\n", "contrasts: [mean]\n", TESTS | {"permutation", "peaks"}),
    "inference.flips.within": ("    within: ball", "    within: part", TESTS | {"permutation"}),
    "inference.flips.alternative": ("alternative: two-sided\n", "alternative: less\n", TESTS | {"permutation"}),
    "inference.flips.connectivity": ("    connectivity: corners", "    connectivity: edges", TESTS | {"permutation"}),
    "inference.flips.exchangeability.blocks.whole": ("{scheme: permute}", "{scheme: permute, blocks: {whole: family}}",
                                                     TESTS | {"permutation"}),
    "exclusions[0].variable": ("variable: age, above", "variable: score, above", NOTHING),
    "exclusions[2].below": ("below: -1", "below: 1", FEWER),
    "exclusions[3].equals": ("equals: 77", "equals: 7", FEWER),
    "expect[0].what": ("what: n_voxels", "what: condition_number", NOTHING),
    "expect[1].columns": ("columns: [age]", 'columns: ["sex[T.m]", age]', NOTHING),
    "expect[1].below": ("below: 50", "below: 60", NOTHING),
    "expect[2].contrasts": ("contrasts: [age]}", "contrasts: [mean]}", NOTHING),
    "expect[2].above": ("above: 1,", "above: 2,", NOTHING),
    "expect[3].at_most": ("at_most: 90", "at_most: 80", NOTHING),
    "expect[4].equals": ("equals: 3", "equals: 2", NOTHING),
    "registration.lock": ("lock: one.lock.yaml", "lock: other.lock.yaml", NOTHING),
    "report.background": ("background: mask.nii.gz", "background: part.nii.gz", {"background"}),
    "report.atlas": (", atlas: atlas", "", TABLES),
    "report.precision": ("precision: single", "precision: double", NOTHING),
}  # fmt: skip

RUNS = """\
glmspec: 1
name: runs
level: first
inputs:
  runs:
    - {name: one, bold: one.nii.gz, events: one.tsv, confounds: one-c.tsv, regressors: one-r.tsv}
    - {name: two, bold: two.nii.gz, events: two.tsv, confounds: two-c.tsv, regressors: two-r.tsv}
  repetition_time: 2.0
  discard: {initial: 1}
  mask: mask.nii.gz
  smoothing_fwhm: 4.0
design:
  conditions:
    face: {trial_type: [face], duration: 2, center: run, where: {ok: [1]},
           modulators: {load: {}, second: {column: weight, power: 2}}}
    missed: {trial_type: face, where: {ok: [0]}}
    house: {}
    cued: {trial_type: [cue], amplitude: load}
  unmodelled: [rest]
  orthogonalize: none
  hrf: {model: glover, derivatives: [time]}
  drift: {model: cosine, high_pass: 0.01}
  regressors: [pulse]
  confounds: [x, {any: y*}]
  censor: [{confound: fd, above: 0.9, after: 0, before: 0}]
  noise: {model: ar, order: 1}
  scaling: {model: grand-mean, target: 100}
  slice_time_reference: 0.5
  across_runs: {weights: equal}
contrasts: {face: face}
inference: {fdr: {method: parametric, correction: fdr, alpha: 0.05}}
"""
SCANS = {"fit_run", "timecourses"}
NOISE = {"fit_run", "contrast_run_t", "run_effects"}
RUN = NOISE | SCANS
"""Of whatever builds a matrix; the weights over its columns are settings of a contrast."""
DOF = {*RUN, "combined_t", "threshold"}
"""Of what changes how many columns or scans there are as well."""

RUNS_CHANGES: dict[str, tuple[str, str, set[str]]] = {
    "inputs.runs[0].bold": ("bold: one.nii.gz", "bold: other.nii.gz", SCANS),
    "inputs.runs[0].events": ("events: one.tsv", "events: two.tsv", RUN),
    "inputs.runs[0].confounds": ("confounds: one-c.tsv", "confounds: two-c.tsv", DOF),
    "inputs.runs[0].regressors": ("regressors: one-r.tsv", "regressors: two-r.tsv", RUN),
    "inputs.runs[0].name": ("name: one", "name: uno", {"run_effects"}),
    "inputs.repetition_time": ("repetition_time: 2.0", "repetition_time: 2.5", RUN),
    "inputs.discard.initial": ("initial: 1", "initial: 2", DOF),
    "inputs.mask": ("  mask: mask.nii.gz", "  mask: {image: mask.nii.gz, above: 0.5}", {"mask_image"}),
    "inputs.smoothing_fwhm": ("smoothing_fwhm: 4.0", "smoothing_fwhm: 5", SCANS),
    "design.conditions.face.trial_type": ("trial_type: [face]", "trial_type: [face, house]", RUN),
    "design.conditions.face.duration": ("duration: 2", "duration: 3", RUN),
    "design.conditions.face.where": (", where: {ok: [1]}", "", RUN),
    "design.conditions.face.center": ("center: run", "center: none", RUN),
    "design.conditions.face.modulators": ("{load: {}, ", "{load: {column: other}, ", RUN),
    "design.conditions.face.modulators.second.power": ("power: 2", "power: 3", RUN),
    "design.orthogonalize": ("orthogonalize: none", "orthogonalize: serial", RUN),
    "design.conditions.cued.amplitude": ("amplitude: load", "amplitude: weight", RUN),
    "design.hrf.derivatives": ("derivatives: [time]", "derivatives: []", DOF),
    "design.hrf": ("{model: glover, derivatives: [time]}", "{model: spm, derivatives: [time]}", RUN),
    "design.drift.high_pass": ("high_pass: 0.01", "high_pass: 0.02", DOF),
    "design.drift": ("{model: cosine, high_pass: 0.01}", "{model: polynomial, order: 1}", RUN),
    "design.regressors": ("regressors: [pulse]", "regressors: [breath]", RUN),
    "design.confounds": ("confounds: [x, {any: y*}]", "confounds: [x]", DOF),
    "design.censor[0].above": ("above: 0.9", "above: 0.8", DOF),
    "design.censor[0].after": ("after: 0", "after: 1", DOF),
    "design.censor[0].before": ("before: 0", "before: 1", DOF),
    "design.noise.order": ("order: 1}", "order: 2}", NOISE),
    "design.noise": ("{model: ar, order: 1}", "{model: ols}", NOISE),
    "design.scaling": ("{model: grand-mean, target: 100}", "percent-signal", SCANS),
    "design.scaling.target": ("target: 100", "target: 50", SCANS),
    "design.slice_time_reference": ("slice_time_reference: 0.5", "slice_time_reference: 0.25", RUN),
    "design.across_runs.weights": ("{weights: equal}", "{weights: precision}", {"combined_t", "run_effects"}),
    "contrasts.face.expression": ("{face: face}", "{face: 2*face}", {"contrast_run_t", "run_effects"}),
    "inference.fdr.alpha": ("alpha: 0.05", "alpha: 0.1", {"threshold"}),
}  # fmt: skip
