"""Unequal variances, fixed effects, several fits, maps of another document, and single maps."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import nibabel as nib
import numpy as np
import pytest
from scipy import stats

import glmspec

from .scans import first_text, write_mask, write_run
from .simulated import EXACT, brain, document_text, failure, noise, run, write_image, write_maps, write_table


def read(folder, names, mask, kind="maps"):
    return np.array([nib.load(folder / kind / f"{name}.nii.gz").get_fdata()[mask] for name in names])


# unequal variances


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Six patients that vary much, and nine controls that vary little."""
    folder = tmp_path_factory.mktemp("unequal")
    names = [f"s{index}" for index in range(15)]
    patient = np.array([index % 5 in (0, 2) for index in range(15)])
    volumes = noise(3, 15) * np.where(patient, 3.0, 1.0)[:, None, None, None]
    write_maps(folder, {f"maps/{name}": volume for name, volume in zip(names, volumes, strict=True)})
    write_table(folder / "groups.tsv", {"subject": names, "group": np.where(patient, "patient", "control")})
    return folder, names, patient


WELCH = 'formula: "group"\nvariance_groups: group'
MORE = 'more: "group[patient] - group[control]"'


def test_unequal_variances_are_welchs_test(two):
    folder, names, patient = two
    done = run(folder, document_text(inputs="variables: groups.tsv", design=WELCH, contrasts=MORE), out="welch")
    maps = read(folder, names, done.mask)
    want = stats.ttest_ind(maps[patient], maps[~patient], equal_var=False)
    np.testing.assert_allclose(done.stat("more", "t"), want.statistic, **EXACT)
    np.testing.assert_allclose(done.stat("more", "dof"), want.df, rtol=1e-9)
    np.testing.assert_allclose(done.stat("more", "p"), stats.t.sf(want.statistic, want.df), rtol=1e-7)
    np.testing.assert_array_equal(done.passed("more", "uncorrected"), want.pvalue <= 0.01)
    assert done.index["contrasts"]["more"]["dof"] is None
    pooled = stats.ttest_ind(maps[patient], maps[~patient]).statistic
    assert np.abs(done.stat("more", "t") - pooled).max() > 0.1  # the test would notice a pooled variance


def test_a_group_of_one_has_no_variance(tmp_path, two):
    folder, _, _ = two
    done = document_text(
        inputs="variables: groups.tsv\nselect: {subject: [s0, s1, s3, s4, s6]}", design=WELCH, contrasts=MORE
    )
    (problem,) = failure(folder, done).problems
    assert problem.code == "E403"
    assert "patient" in problem.message


def test_an_f_test_with_unequal_variances_is_refused(two):
    folder, _, _ = two
    text = document_text(inputs="variables: groups.tsv", design=WELCH, contrasts="any: {test: F, term: group}")
    assert [problem.code for problem in failure(folder, text).problems] == ["E221"]


SHUFFLED = """
shuffled:
  method: permutation
  control: [voxel, cluster-mass]
  cluster_forming: FORM
  permutations: 199
  seed: 1
  alpha: 0.05
"""


def test_the_first_relabelling_is_welchs_test(two):
    folder, names, patient = two
    text = document_text(
        inputs="variables: groups.tsv", design=WELCH, contrasts=MORE, inference=SHUFFLED.replace("FORM", "{t: 3}")
    )
    done = run(folder, text, out="welch-permutation")
    maps = read(folder, names, done.mask)
    want = np.abs(stats.ttest_ind(maps[patient], maps[~patient], equal_var=False).statistic).max()
    first = done.table("nulls/contrast-more_desc-shuffled_null.tsv")[0]
    np.testing.assert_allclose(float(first["voxel"]), want, rtol=1e-9)
    assert "large samples" in done.checks


def test_clusters_of_unequal_variances_are_formed_by_t(two):
    folder, _, _ = two
    text = document_text(
        inputs="variables: groups.tsv", design=WELCH, contrasts=MORE, inference=SHUFFLED.replace("FORM", "{p: 0.01}")
    )
    (problem,) = failure(folder, text).problems
    assert problem.code == "E405"
    assert "{t: 3}" in problem.hint


# fixed effects


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Effects and variances of three subjects with four runs each."""
    folder = tmp_path_factory.mktemp("known")
    rng = np.random.default_rng(8)
    names = [f"s{subject}_r{number}" for subject in (1, 2, 3) for number in (1, 2, 3, 4)]
    write_maps(folder, {f"cope/{name}": volume for name, volume in zip(names, noise(9, 12), strict=True)})
    variances = np.where(brain(), rng.chisquare(5, size=(12, *brain().shape)), 0).astype(np.float32)
    write_maps(folder, {f"varcope/{name}": volume for name, volume in zip(names, variances, strict=True)})
    write_image(folder / "mask.nii.gz", brain().astype(np.uint8))
    return folder, names


def fixed(weights, more="", fit_per=""):
    text = document_text(
        maps='"cope/{subject}_{run}.nii.gz"',
        inputs=f'variances: "varcope/{{subject}}_{{run}}.nii.gz"\nmask: mask.nii.gz\n{more}',
        design=f'formula: "1"\nestimator: {{model: fixed-effects, weights: {weights}}}',
    )
    return text + fit_per


@pytest.mark.parametrize(("dof", "total"), [("", None), ("dof: 98", 98 * 12)])
def test_equal_weights_are_the_mean_with_its_known_variance(known, dof, total):
    folder, names = known
    done = run(folder, fixed("equal", dof), out=f"equal{dof[-2:]}")
    effects, variances = (read(folder, names, done.mask, kind) for kind in ("cope", "varcope"))
    variance = variances.sum(axis=0) / 144
    np.testing.assert_allclose(done.stat("mean", "effect"), effects.mean(axis=0), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(done.stat("mean", "variance"), variance, rtol=1e-6)
    statistic = effects.mean(axis=0) / np.sqrt(variance)
    if total is None:  # without degrees of freedom the statistic is a z
        np.testing.assert_allclose(done.stat("mean", "z"), statistic, rtol=1e-6, atol=1e-9)
        assert done.index["contrasts"]["mean"]["dof"] is None
        assert not (done.folder / "maps/contrast-mean_stat-t_statmap.nii.gz").exists()
    else:
        np.testing.assert_allclose(done.stat("mean", "t"), statistic, rtol=1e-6, atol=1e-9)
        assert done.index["contrasts"]["mean"]["dof"] == total


def test_precision_weights_each_map_by_what_is_known_of_it(known):
    folder, names = known
    done = run(folder, fixed("precision"), out="precision")
    effects, variances = (read(folder, names, done.mask, kind) for kind in ("cope", "varcope"))
    total = (1 / variances).sum(axis=0)
    np.testing.assert_allclose(
        done.stat("mean", "effect"), (effects / variances).sum(axis=0) / total, rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(done.stat("mean", "variance"), 1 / total, rtol=1e-6)


def test_a_middle_level_makes_a_fit_for_each_subject(known):
    folder, names = known
    done = run(folder, fixed("equal", fit_per="fit_per: subject\n"), out="middle")
    assert sorted(path.name for path in done.folder.iterdir() if path.is_dir()) == [
        ".store",
        "sub-s1",
        "sub-s2",
        "sub-s3",
    ]
    mask = np.asarray(nib.load(done.folder / "sub-s2/maps/mask.nii.gz").dataobj) > 0
    effects = read(folder, [name for name in names if name.startswith("s2")], mask, "cope")
    found = nib.load(done.folder / "sub-s2/maps/contrast-mean_stat-effect_statmap.nii.gz").get_fdata()[mask]
    np.testing.assert_allclose(found, effects.mean(axis=0), rtol=1e-6, atol=1e-9)
    listed = {entry["path"]: entry for entry in done.index["outputs"]}
    entry = listed["sub-s2/maps/contrast-mean_stat-effect_statmap.nii.gz"]
    assert (entry["subject"], entry["fit"]) == ("s2", "sub-s2")
    assert (done.folder / "report.html").is_file()
    assert (done.folder / "sub-s3/report.html").is_file()
    own = json.loads((done.folder / "sub-s2/results.json").read_text("utf-8"))
    assert {entry["subject"] for entry in own["outputs"]} == {"s2"}
    again = run(folder, fixed("equal", fit_per="fit_per: subject\n"), out="middle")
    assert again.run.computed == ()


def test_fixed_effects_need_a_variance_for_every_map(known):
    folder, _ = known
    text = document_text(
        maps='"cope/{subject}_{run}.nii.gz"',
        inputs="mask: mask.nii.gz",
        design='formula: "1"\nestimator: fixed-effects',
    )
    (problem,) = failure(folder, text).problems
    assert problem.code == "E325"


# maps of another document


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    """Four subjects with two runs each, and a first-level document beside them."""
    folder = tmp_path_factory.mktemp("subjects")
    for subject in range(1, 5):
        for number in (1, 2):
            write_run(folder, f"sub-{subject:02d}_run-{number}", 10 * subject + number, scans=48)
    write_mask(folder)
    runs = '{bold: "sub-{subject}_run-{run}_bold.nii.gz", events: "sub-{subject}_run-{run}_events.tsv"}'
    text = first_text(
        runs=runs, design="noise: ols", contrasts="difference: face - house\nany: {test: F, rows: [face, house]}"
    )
    (folder / "first.yaml").write_text(text, "utf-8")
    return folder


GROUP = "maps: {analysis: first.yaml, contrast: difference}"


def group_text(contrast="difference", more="report: {precision: double}"):
    maps = f"{{analysis: first.yaml, contrast: {contrast}}}"
    return document_text(maps=maps, inputs="mask: mask.nii.gz", more=more)


def test_maps_of_another_document_are_those_that_it_writes(subjects):
    first = glmspec.run(subjects / "first.yaml", out=subjects / "results/first")
    assert first.report.path.is_file()
    done = run(subjects, group_text(), out="group")
    pattern = document_text(
        maps='"results/first/sub-{subject}/maps/contrast-difference_stat-effect_statmap.nii.gz"',
        inputs="mask: mask.nii.gz",
    )
    same = run(subjects, pattern, out="same")
    np.testing.assert_array_equal(done.stat("mean", "t"), same.stat("mean", "t"))
    assert [row["names"]["subject"] for row in done.index["analysis"]["rows"]] == [
        f"0{number}" for number in range(1, 5)
    ]
    again = run(subjects, group_text(), out="group")
    assert again.run.computed == ()


def test_an_f_test_has_no_maps_to_give(subjects):
    (problem,) = failure(subjects, group_text("any")).problems
    assert "`any` is an F test, and has no effect map" in problem.message


def test_a_contrast_that_the_other_document_lacks_is_named(subjects):
    (problem,) = failure(subjects, group_text("diference")).problems
    assert problem.code == "E313"
    assert "did you mean `difference`" in problem.hint


def test_a_document_that_is_not_there_is_an_error(subjects):
    text = document_text(maps="{analysis: frist.yaml, contrast: difference}")
    error = failure(subjects, text)
    assert [problem.code for problem in error.problems] == ["E208"]
    assert error.exit_code == 2


def test_a_document_cannot_be_a_part_of_itself(subjects):
    text = document_text(maps="{analysis: analysis.yaml, contrast: mean}")
    (problem,) = failure(subjects, text).problems
    assert problem.code == "E208"


def test_each_contrast_of_a_list_makes_its_own_group_model(subjects):
    first = (subjects / "first.yaml").read_text("utf-8").replace("  difference:", "  faces: face\n  difference:")
    (subjects / "both.yaml").write_text(first, "utf-8")
    text = document_text(
        maps="{analysis: both.yaml, contrast: [difference, faces]}",
        inputs="mask: mask.nii.gz",
        more="fit_per: [contrast]\nreport: {precision: double}",
    )
    done = run(subjects, text, out="contrasts")
    alone = run(subjects, group_text(), out="alone")
    path = "maps/contrast-mean_stat-t_statmap.nii.gz"
    np.testing.assert_array_equal(done.image(f"contrast-difference/{path}"), alone.image(path))


# single maps


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    folder = tmp_path_factory.mktemp("single")
    write_maps(folder, {"z": noise(1, 1)[0] * 2})
    write_image(folder / "mask.nii.gz", brain().astype(np.uint8))
    return folder


def map_text(scale, inference, mask="mask.nii.gz"):
    return (
        f"glmspec: 1\nname: single\nlevel: map\ninputs: {{statistic: z.nii.gz, scale: {scale}, mask: {mask}}}\n"
        f"inference:\n  asked: {inference}\nreport: {{precision: double}}\n"
    )


def test_a_z_map_is_thresholded_as_it_is(single):
    done = run(single, map_text("z", "{method: parametric, correction: none, threshold: {z: 3.1}}"), out="z")
    values = nib.load(single / "z.nii.gz").get_fdata()[done.mask]
    np.testing.assert_array_equal(done.passed("statistic", "asked"), np.abs(values) >= 3.1)
    np.testing.assert_array_equal(done.stat("statistic", "z"), values)
    assert done.index["contrasts"]["statistic"]["dof"] is None


def test_a_t_map_has_its_degrees_of_freedom(single):
    done = run(single, map_text("{t: {dof: 14}}", "{method: parametric, correction: none, alpha: 0.01}"), out="t")
    values = nib.load(single / "z.nii.gz").get_fdata()[done.mask]
    np.testing.assert_array_equal(done.passed("statistic", "asked"), 2 * stats.t.sf(np.abs(values), 14) <= 0.01)


def test_an_f_map_is_tested_in_its_upper_tail(single, tmp_path):
    write_maps(tmp_path, {"z": np.abs(noise(1, 1)[0]) * 4})
    write_image(tmp_path / "mask.nii.gz", brain().astype(np.uint8))
    done = run(tmp_path, map_text("{F: {dof: [2, 40]}}", "{method: parametric, correction: fdr, alpha: 0.05}"))
    values = nib.load(tmp_path / "z.nii.gz").get_fdata()[done.mask]
    np.testing.assert_allclose(done.stat("statistic", "p"), stats.f.sf(values, 2, 40), rtol=1e-7)


def test_closed_testing_of_a_single_map(single):
    entry = "{method: all-resolutions, cluster_forming: [{z: 3}], alpha: 0.05}"
    done = run(single, map_text("z", entry), out="ari")
    assert done.facts("statistic", "asked")["tested"] == brain().sum()


def test_a_single_map_cannot_be_permuted(single):
    entry = "{method: permutation, control: voxel, permutations: 100, seed: 1, alpha: 0.05}"
    (problem,) = failure(single, map_text("z", entry)).problems
    assert problem.code == "E205"
    assert "a single map has no rows to exchange" in problem.message


def test_scans_cannot_be_permuted(subjects):
    text = (
        (subjects / "first.yaml")
        .read_text("utf-8")
        .replace(
            "uncorrected: {method: parametric, correction: none, alpha: 0.01}",
            "shuffled: {method: permutation, control: voxel, permutations: 100, seed: 1, alpha: 0.05}",
        )
    )
    problems = failure(subjects, text).problems
    assert [problem.code for problem in problems] == ["E205"]


# several fits on the command line


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_command_line_tells_of_every_fit(known, form):
    folder, _ = known
    text = fixed("equal", fit_per="fit_per: subject\n")
    (folder / "middle.yaml").write_text(text, "utf-8")
    command = [sys.executable, "-m", "glmspec", "run", "middle.yaml", "-o", "results/cli", "--format", form]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    if form == "json":
        assert set(json.loads(done.stdout)["fits"]) == {"sub-s1", "sub-s2", "sub-s3"}
    else:
        assert "sub-s2: mean, uncorrected: " in done.stdout
    plan = [sys.executable, "-m", "glmspec", "plan", "middle.yaml", "-o", "results/cli", "--format", form]
    shown = subprocess.run(plan, cwd=folder, capture_output=True, text=True, check=True).stdout
    assert "sub-s3" in shown
    again = [sys.executable, "-m", "glmspec", "report", "results/cli"]
    before = (folder / "results/cli/report.html").read_bytes()
    subprocess.run(again, cwd=folder, check=True, capture_output=True)
    assert (folder / "results/cli/report.html").read_bytes() == before


def test_a_stranger_s_index_cannot_lead_a_report_elsewhere(known, tmp_path):
    folder, _ = known
    done = run(folder, fixed("equal", fit_per="fit_per: subject\n"), out="stranger")
    victim = done.folder.parent / "victim"
    shutil.copytree(done.folder / "sub-s1", victim)
    (victim / "report.html").write_text("mine", "utf-8")
    index = done.index
    index["analysis"]["fits"][0]["folder"] = "../victim"
    (done.folder / "results.json").write_text(json.dumps(index), "utf-8")
    with pytest.raises(glmspec.errors.InputError) as caught:
        glmspec.report(done.folder)
    assert caught.value.problems[0].code == "E320"
    assert (victim / "report.html").read_text("utf-8") == "mine"


# what a careless reader would lose


def test_the_index_over_fits_gives_no_dof_that_is_not_that_of_all(known, tmp_path):
    folder, names = known
    entries = ", ".join(
        f"{{map: cope/{name}.nii.gz, variance: varcope/{name}.nii.gz, subject: {name[:2]}, run: {name[-1]}, "
        f"dof: {100 + int(name[1])}}}"
        for name in names
    )
    rows = f"[{entries}]"
    text = fixed("equal", fit_per="fit_per: subject\n").replace('"cope/{subject}_{run}.nii.gz"', rows)
    text = text.replace('  variances: "varcope/{subject}_{run}.nii.gz"\n', "")
    done = run(folder, text, out="dofs")
    assert done.index["contrasts"]["mean"]["dof"] is None
    own = json.loads((done.folder / "sub-s2/results.json").read_text("utf-8"))
    assert own["contrasts"]["mean"]["dof"] == 4 * 102


def test_a_subject_without_a_part_in_a_contrast_does_not_vanish_from_the_group(subjects, tmp_path):
    for path in subjects.glob("sub-*"):
        if "sub-03_run-2" not in path.name:
            shutil.copy(path, tmp_path / path.name)
    shutil.copy(subjects / "mask.nii.gz", tmp_path)
    first = (subjects / "first.yaml").read_text("utf-8")
    first = first.replace("difference: face - house", 'difference: {runs: {"1": none, "2": face - house}}')
    (tmp_path / "first.yaml").write_text(first + "missing: {run: accept}\n", "utf-8")
    (problem,) = failure(tmp_path, group_text()).problems
    assert problem.code == "E318"
    assert "03" in problem.message
    done = glmspec.run(tmp_path / "first.yaml", out=tmp_path / "results/first")
    page = (done.results.folder / "sub-03/report.html").read_text("utf-8")
    assert "no run has a part in it" in page


def test_effects_and_variances_of_another_document_make_a_middle_level(subjects):
    """Sessions or runs that were fitted apart are joined by what is known of them."""
    text = (subjects / "first.yaml").read_text("utf-8")
    (subjects / "apart.yaml").write_text(text.replace("level: first", "level: first\nfit_per: [subject, run]"), "utf-8")
    middle = document_text(
        maps="{analysis: apart.yaml, contrast: difference}",
        inputs="mask: mask.nii.gz",
        design='formula: "1"\nestimator: {model: fixed-effects, weights: equal}',
        more="fit_per: subject\nreport: {precision: double}",
    )
    done = run(subjects, middle, out="middle")
    together = glmspec.run(subjects / "first.yaml", out=subjects / "results/together")
    path = "sub-02/maps/contrast-{}_stat-{}_statmap.nii.gz"
    for stat in ("effect", "variance", "t", "z"):
        found = done.image(path.format("mean", stat))
        want = np.asarray(nib.load(together.results.folder / path.format("difference", stat)).dataobj)
        np.testing.assert_allclose(found, want, rtol=1e-12, atol=1e-14)


def test_a_list_of_one_contrast_makes_fits_as_well(subjects):
    text = document_text(
        maps="{analysis: first.yaml, contrast: [difference]}", inputs="mask: mask.nii.gz", more="fit_per: [contrast]"
    )
    assert run(subjects, text, out="one-contrast").index["analysis"]["rows"][0]["names"]["contrast"] == "difference"


def test_a_variance_is_not_negative(known, tmp_path):
    folder, _ = known
    text = fixed("equal").replace('variances: "varcope/', 'variances: "cope/')
    problems = failure(folder, text).problems
    assert {problem.code for problem in problems} == {"E330"}
    assert "cope/s1_r1.nii.gz" in problems[0].message


def test_groups_of_one_map_have_no_variance(two):
    folder, _, _ = two
    text = document_text(
        inputs="variables: groups.tsv", design='formula: "group"\nvariance_groups: subject', contrasts=MORE
    )
    (problem,) = failure(folder, text).problems
    assert problem.code == "E403"
    assert "has one map" in problem.message


@pytest.mark.parametrize(("scale", "threshold"), [("z", "{t: 3}"), ("{t: {dof: 14}}", "{F: 3}"), ("z", "{F: 3}")])
def test_a_threshold_has_the_scale_of_the_statistic(single, scale, threshold):
    text = map_text(scale, f"{{method: parametric, correction: none, threshold: {threshold}}}")
    assert [problem.code for problem in failure(single, text).problems] == ["E217"]


def test_an_f_is_not_negative(single):
    text = map_text("{F: {dof: [2, 40]}}", "{method: parametric, correction: none, alpha: 0.01}")
    assert [problem.code for problem in failure(single, text).problems] == ["E330"]
