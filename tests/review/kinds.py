"""The same for kinds of inputs, designs and scales that exclude each other: a small document for each."""

from __future__ import annotations

from .changes import CHARTED, MATRIX, NOISE, NOTHING, RUN, SCANS, TESTS, Changes

GIVEN_MATRIX = MATRIX - {"contrast_F", *TESTS}
"""Of what changes the columns of a second level without permutations."""
FIXED_FIT = {"fixed_effects_t", "group_effects"}
JOINT = {"contrast_run_F", "combined_F"}
"""An F over runs is computed from their fits anew: its steps have their matrices and their noise as settings."""
ON_ANOTHER_MASK = {"mask_intersection", "mask_finite", "map_values", "smoothness", "peaks", "threshold",
                   "clusters", "permutation", *TESTS}  # fmt: skip
RUN_F = (RUN - {"contrast_run_t"}) | JOINT
FITTED_APART = RUN | {"contrast_run_F", "mask_image", "mask_overlap", "peaks"}
"""All of a fit whose steps are called otherwise."""

SECOND = """\
glmspec: 1
name: second
level: second
inputs:
  maps: "maps/{subject}_{task}.nii.gz"
  variables: people.tsv
  select: {task: go}
  mask: mask.nii.gz
design: {formula: "1 + sex"}
contrasts: {sex: "sex[m] - sex[f]", twice: "2*sex[m] - 2*sex[f]"}
inference:
  raw: {method: parametric, correction: none, threshold: {t: 3}}
  joint: {method: permutation, control: voxel, permutations: 20, alpha: 0.2, family: each-contrast}
"""

SECOND_CHANGES: Changes = {
    "inputs.mask": ("  mask: mask.nii.gz", "  mask: {compute: intersection}", ON_ANOTHER_MASK),
    "design.variance_groups": ('{formula: "1 + sex"}', '{formula: "1 + sex", variance_groups: sex}',
                               {"fit_groups", "contrast_t_welch"} | TESTS | CHARTED),
    "design": ('{formula: "1 + sex"}\ncontrasts: {sex: "sex[m] - sex[f]", twice: "2*sex[m] - 2*sex[f]"}',
               "{matrix: matrix.tsv}\ncontrasts: {sex: male, twice: 2*male}", GIVEN_MATRIX | TESTS),
    "inference.joint.family": ("family: each-contrast", "family: all-contrasts", {"joint_maxima", "permutation"}),
    "inference.raw.threshold": ("{t: 3}", "{t: 4}", {"threshold"}),
}  # fmt: skip

COMPUTED = """\
glmspec: 1
name: computed
level: second
inputs:
  maps: {table: maps.tsv}
  mask: {compute: background}
design: {matrix: matrix.tsv}
contrasts: {male: male}
"""

COMPUTED_CHANGES: Changes = {
    "inputs.maps.table": ("maps.tsv", "others.tsv", {"map_values", "mask_background", "mask_finite"}),
    "inputs.mask.compute": ("background", "intersection", {"mask_intersection", "mask_finite"}),
    "design.matrix": ("matrix.tsv", "matrix-2.tsv", GIVEN_MATRIX),
}

STACKED = """\
glmspec: 1
name: stacked
level: second
inputs: {maps: {stack: one.nii.gz}, variables: volumes.tsv, mask: mask.nii.gz}
design: {formula: "1 + rest"}
contrasts: {rest: rest}
"""

STACKED_CHANGES: Changes = {"inputs.maps.stack": ("one.nii.gz", "two.nii.gz", {"stack_values"})}

FIXED = """\
glmspec: 1
name: fixed
level: second
inputs:
  maps: "maps/{subject}_{task}.nii.gz"
  variances: "variances/{subject}_{task}.nii.gz"
  dof: 40
  select: {task: go}
  mask: mask.nii.gz
design: {formula: "1", estimator: {model: fixed-effects, weights: precision}}
contrasts: {mean: intercept}
inference: {raw: {method: parametric, correction: none, alpha: 0.01}}
"""

FIXED_CHANGES: Changes = {
    "inputs.variances": ('"variances/', '"other/', {"map_values"}),
    "inputs.dof": ("dof: 40", "dof: 50", FIXED_FIT | {"threshold"}),
    "design.estimator.weights": ("weights: precision", "weights: equal", FIXED_FIT),
}

ROWS = """\
glmspec: 1
name: rows
level: second
inputs:
  maps:
    - {map: maps/S01_go.nii.gz, variance: variances/S01_go.nii.gz, dof: 40, subject: S01}
    - {map: maps/S02_go.nii.gz, variance: variances/S02_go.nii.gz, dof: 41, subject: S02}
    - {map: maps/S03_go.nii.gz, variance: variances/S03_go.nii.gz, dof: 42, subject: S03}
  mask: mask.nii.gz
design: {formula: "1", estimator: fixed-effects}
contrasts: {mean: intercept}
inference: {raw: {method: parametric, correction: none, alpha: 0.01}}
"""

ROWS_CHANGES: Changes = {
    "inputs.maps[0].map": ("map: maps/S01_go", "map: maps/S01_stop", {"map_values"}),
    "inputs.maps[0].variance": ("variance: variances/S01_go", "variance: variances/S01_stop", {"map_values"}),
    "design.estimator": (
        "estimator: fixed-effects",
        "estimator: ols",
        {"fit_ols", "contrast_t", "smoothness", "peaks", "threshold", "clusters"} | CHARTED,
    ),
    "inputs.maps[0].dof": ("dof: 40", "dof: 30", FIXED_FIT | {"threshold"}),
}

MADE = """\
glmspec: 1
name: made
level: second
inputs: {maps: {analysis: first.yaml, contrast: face}, mask: mask.nii.gz}
design: {formula: "1"}
contrasts: {mean: intercept}
"""

MADE_CHANGES: Changes = {
    "inputs.maps.analysis": (
        "first.yaml",
        "first-2.yaml",
        {"fit_run", "contrast_run_t", "map_values", "spread"},
    ),
    "inputs.maps.contrast": (
        "contrast: face",
        "contrast: house",
        {"contrast_run_t", "combined_t", "map_values", "spread", "fit_ols", "smoothness"} | CHARTED,
    ),
}

MAP = """\
glmspec: 1
name: map
level: map
inputs: {statistic: part.nii.gz, scale: z, mask: mask.nii.gz, space: MNI}
inference: {fdr: {method: parametric, correction: fdr, alpha: 0.05}}
"""

MAP_CHANGES: Changes = {
    "inputs.statistic": ("statistic: part.nii.gz", "statistic: atlas.nii.gz", {"given_statistic"}),
    "inputs.scale": ("scale: z", "scale: {t: {dof: 14}}", {"given_statistic", "threshold"}),
    "inputs.mask": ("mask: mask.nii.gz", "mask: part.nii.gz", {"mask_image"}),
    "inputs.space": ("space: MNI", "space: T1w", NOTHING),
}

MAP_T = MAP.replace("scale: z", "scale: {t: {dof: 14}}")
MAP_T_CHANGES: Changes = {"inputs.scale.t.dof": ("dof: 14", "dof: 15", {"given_statistic", "threshold"})}

MAP_F = MAP.replace("scale: z", "scale: {F: {dof: [2, 40]}}")
MAP_F_CHANGES: Changes = {"inputs.scale.F.dof": ("dof: [2, 40]", "dof: [2, 50]", {"given_statistic", "threshold"})}

PATTERNS = """\
glmspec: 1
name: patterns
level: first
fit_per: [subject]
inputs:
  runs:
    bold: "scans/{subject}_{run}.nii.gz"
    events: "scans/{subject}_{run}.tsv"
    confounds: "scans/{subject}_{run}_c.tsv"
    regressors: "scans/{subject}_{run}_r.tsv"
    mask: "scans/{subject}_{run}_m.nii.gz"
  repetition_time: 2.0
  select: {run: [one, two]}
  space: MNI
  mask: mask.nii.gz
design:
  conditions: {face: {}, house: {}, cue: {}}
  unmodelled: rest
  hrf: {model: fir, delays: [0, 1]}
  drift: {model: cosine, period: 100}
  regressors: pulse
  confounds: [{any: y*}]
  censor: [{confound: fd, below: 0.1}]
  noise: {model: ar, order: 1, quantize: 0.01}
contrasts:
  face: {test: F, rows: [face_delay_1, face_delay_*]}
  runs: {runs: {one: house_delay_1, two: none}}
"""

PATTERNS_CHANGES: Changes = {
    "fit_per": ("fit_per: [subject]", "fit_per: [subject, run]", FITTED_APART),
    "inputs.runs.bold": ('bold: "scans/', 'bold: "again/', SCANS),
    "inputs.runs.events": ('events: "scans/', 'events: "again/', RUN | JOINT),
    "inputs.runs.confounds": ('confounds: "scans/', 'confounds: "again/', RUN | JOINT),
    "inputs.runs.regressors": ('regressors: "scans/', 'regressors: "again/', RUN | JOINT),
    "inputs.runs.mask": ('mask: "scans/', 'mask: "again/', {"mask_image"}),
    "inputs.select": ("select: {run: [one, two]}", "select: {subject: S1}", NOTHING),
    "inputs.space": ("space: MNI", "space: T1w", NOTHING),
    "inputs.mask": ("  mask: mask.nii.gz", "  mask: {compute: epi}", SCANS | {"mask_finite", "peaks"}),
    "design.unmodelled": (
        "house: {}, cue: {}}\n  unmodelled: rest",
        "house: {}}\n  unmodelled: [rest, cue]",
        RUN | JOINT,
    ),
    "design.hrf.delays": ("delays: [0, 1]", "delays: [1]", RUN | JOINT),
    "design.drift.period": ("period: 100", "period: 50", RUN | JOINT),
    "design.confounds[0].any": ("{any: y*}", "{any: f*}", RUN | JOINT),
    "design.censor[0].below": ("below: 0.1", "below: 0.2", RUN | JOINT),
    "design.censor[0].confound": ("confound: fd", "confound: x", RUN | JOINT),
    "design.noise.quantize": ("quantize: 0.01", "quantize: 0.02", NOISE | JOINT),
    "contrasts.face.rows": ("[face_delay_1, face_delay_*]", "[face_delay_1]", JOINT | {"run_effects"}),
    "contrasts.runs.runs": (
        "one: house_delay_1, two: none",
        "one: house_delay_1, two: house_delay_1",
        {"contrast_run_t", "combined_t", "run_effects", "timecourses", "peaks"},
    ),
}

PLAIN = """\
glmspec: 1
name: plain
level: first
inputs:
  runs:
    - {name: one, subject: S1, session: a, bold: one.nii.gz, events: one.tsv, mask: mask.nii.gz, repetition_time: 2.0}
    - {name: two, subject: S1, session: a, bold: two.nii.gz, events: two.tsv, repetition_time: 2.0}
  mask: {compute: epi}
design:
  conditions: {face: {duration: 4}, house: {duration: 4}}
  unmodelled: [cue, rest]
  hrf: none
  drift: none
  noise: ols
  scaling: none
contrasts: {face: {test: F, rows: [face*]}}
"""

PLAIN_CHANGES: Changes = {
    "inputs.runs[0].subject": (
        "name: one, subject: S1",
        "name: one, subject: S2",
        (RUN_F - {"combined_F"}) | {"mask_finite", "peaks"},
    ),
    "inputs.runs[0].session": ("name: one, subject: S1, session: a", "name: one, subject: S1, session: b", NOTHING),
    "inputs.runs[0].mask": ("mask: mask.nii.gz,", "mask: part.nii.gz,", {"mask_image"}),
    "inputs.runs[0].repetition_time": ("nii.gz, repetition_time: 2.0", "nii.gz, repetition_time: 2.5", RUN_F),
    "inputs.mask": ("  mask: {compute: epi}", "  mask: mask.nii.gz", SCANS | {"mask_overlap", "peaks"}),
    "design.hrf": ("hrf: none", "hrf: {model: fir, delays: [0]}", RUN_F),
    "design.drift": ("drift: none", "drift: {model: polynomial, order: 1}", RUN_F),
    "design.scaling": ("scaling: none", "scaling: percent-signal", SCANS),
    "design.noise": ("noise: ols", "noise: ar", RUN_F - {"timecourses"}),
}

READY = """\
glmspec: 1
name: ready
level: first
inputs:
  runs:
    - {name: one, bold: one.nii.gz, design: {file: one.npz, array: X}}
    - {name: two, bold: two.nii.gz, design: {file: two.npz, array: X}}
  repetition_time: 2.0
  mask: mask.nii.gz
design: {columns: [left, right], unnamed: nuisance}
contrasts: {left: left}
"""

READY_CHANGES: Changes = {
    "inputs.runs[0].design.file": ("file: one.npz", "file: two.npz", RUN),
    "inputs.runs[0].design.array": ("one.npz, array: X", "one.npz, array: Y", RUN),
    "design.columns": ("columns: [left, right]", "columns: [right, left]", {"contrast_run_t", "run_effects"}),
    "design.unnamed": ("{columns: [left, right], unnamed: nuisance}", "{columns: [left, right, rest]}", NOTHING),
}

READY_PATTERNS = """\
glmspec: 1
name: ready-patterns
level: first
inputs:
  runs: {bold: "scans/{subject}_{run}.nii.gz", design: "scans/{subject}_{run}_d.tsv"}
  repetition_time: 2.0
  mask: mask.nii.gz
contrasts: {left: left}
"""

READY_PATTERNS_CHANGES: Changes = {"inputs.runs.design": ('design: "scans/', 'design: "again/', RUN)}

STUDIES: dict[str, tuple[str, Changes]] = {
    "second": (SECOND, SECOND_CHANGES),
    "computed": (COMPUTED, COMPUTED_CHANGES),
    "stacked": (STACKED, STACKED_CHANGES),
    "fixed": (FIXED, FIXED_CHANGES),
    "rows": (ROWS, ROWS_CHANGES),
    "made": (MADE, MADE_CHANGES),
    "map": (MAP, MAP_CHANGES),
    "map-t": (MAP_T, MAP_T_CHANGES),
    "map-F": (MAP_F, MAP_F_CHANGES),
    "patterns": (PATTERNS, PATTERNS_CHANGES),
    "plain": (PLAIN, PLAIN_CHANGES),
    "ready": (READY, READY_CHANGES),
    "ready-patterns": (READY_PATTERNS, READY_PATTERNS_CHANGES),
}
"""Name -> a document, and the changes of its fields."""
