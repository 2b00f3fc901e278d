"""Subjects that rules and missing data leave out take no part in anything, and everybody is told who they are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from .simulated import EXACT, LeastSquares, document_text, noise, run, write_maps, write_table

NAMES = [f"S{number:02d}" for number in range(1, 17)]


@pytest.fixture
def sixteen(tmp_path):
    """Sixteen subjects: two moved, one withdrew and has no line, one has no score."""
    volumes = noise(81, 16)
    write_maps(tmp_path, {f"maps/{name}": volume for name, volume in zip(NAMES, volumes, strict=True)})
    lined = [name for name in NAMES if name != "S09"]
    mean_fd = [0.7 if name in ("S03", "S07") else 0.2 for name in lined]
    score = [None if name == "S11" else 10 + 3 * index % 7 for index, name in enumerate(lined)]
    write_table(tmp_path / "people.tsv", {"participant_id": lined, "mean_fd": mean_fd, "score": score})
    stay = [index for index, name in enumerate(NAMES) if name not in ("S03", "S07", "S09", "S11")]
    values = [value for name, value in zip(lined, score, strict=True) if NAMES.index(name) in stay]
    return tmp_path, volumes.astype(float)[stay], np.array(values, dtype=float)


RULES = """\
missing: {variable: exclude}
exclusions:
  - {rule: "Mean displacement over 0.5 mm", variable: mean_fd, above: 0.5, unit: mm}
  - {rule: "Withdrew <b>early</b>", subjects: [S09]}
  - {rule: "Fell asleep, judged at the scanner"}
report: {precision: double}
"""


def test_statistics_are_those_of_the_subjects_who_stay(sixteen):
    folder, maps, score = sixteen
    text = document_text(
        inputs="variables: people.tsv",
        design='formula: "1 + score"',
        contrasts="score: score",
        inference="perm: {method: permutation, control: voxel, alpha: 0.1, permutations: 30}",
        more=RULES,
    )
    done = run(folder, text)
    model = LeastSquares(np.column_stack([np.ones(12), score]), maps[:, done.mask])
    np.testing.assert_allclose(done.stat("score", "t"), model.t([0, 1]), **EXACT)
    assert done.index["contrasts"]["score"]["dof"] == 10
    assert [row["subject"] for row in done.table("design/design_matrix.tsv")] == [
        name for name in NAMES if name not in ("S03", "S07", "S09", "S11")
    ]


def test_report_and_results_say_who_was_left_out_and_why(sixteen):
    folder, maps, _ = sixteen
    text = document_text(inputs="variables: people.tsv", design='formula: "1 + score"', more=RULES)
    done = run(folder, text)
    told = {
        'excluded by "Mean displacement over 0.5 mm" (mean_fd above 0.5 mm): 2 of 16 subjects: S03, S07.',
        'excluded by "Withdrew <b>early</b>": 1 of 16 subjects: S09.',
        '"Fell asleep, judged at the scanner": declared, not evaluated.',
        "left out, for lack of a value of score: 1 of 16 subjects: S11.",
        "4 of 16 subjects are left out in all; 12 stay.",
    }
    assert told <= {check[2] for check in done.index["analysis"]["checks"]}
    kinds = [(entry["kind"], entry["excluded"]) for entry in done.index["analysis"]["exclusions"]]
    assert kinds == [("evaluated", ["S03", "S07"]), ("subjects", ["S09"]), ("declared", []), ("missing", ["S11"])]
    report = (done.folder / "report.html").read_text("utf-8")
    assert "Withdrew &lt;b&gt;early&lt;/b&gt;" in report
    assert "<b>early</b>" not in report
    assert len(maps) == 12


def test_a_subject_without_a_run_is_left_out_or_goes_on_with_the_others(tmp_path):
    volumes = dict(zip([f"S{i}_{run_}" for i in range(8) for run_ in (1, 2)], noise(82, 16), strict=True))
    del volumes["S3_2"]
    write_maps(tmp_path, {f"maps/{name}": volume for name, volume in volumes.items()})

    def text(policy: str) -> str:
        return document_text(maps='"maps/{subject}_{run}.nii.gz"', more=f"missing: {{run: {policy}}}")

    for policy, taken in (("accept", list(volumes)), ("exclude", [name for name in volumes if name[:2] != "S3"])):
        done = run(tmp_path, text(policy), out=policy)
        data = np.stack([volumes[name][done.mask] for name in taken]).astype(float)
        effect = done.image("maps/contrast-mean_stat-t_statmap.nii.gz")[done.mask]
        np.testing.assert_allclose(effect, stats.ttest_1samp(data, 0).statistic, rtol=1e-6)  # written in float32
