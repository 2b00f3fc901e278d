"""What a results folder holds: files as the format names them, and an index of all of them."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from analyses.simulated import document_text, failure, noise, run, write_image, write_maps, write_table

from glmspec.execution.folder import ResultsFolder

KEYS = {"path", "kind", "contrast", "inference", "stat", "run", "subject", "session", "fit", "control", "sha256"}
KINDS = {"statmap", "mask", "table", "design", "null", "report", "document", "provenance"}
DOCUMENT = {
    "inputs": "variables: groups.tsv",
    "design": 'formula: "group"',
    "contrasts": 'b-minus-a: "group[b] - group[a]"\nanyGroup: {test: F, term: group}',
    "inference": """
    false-discoveries: {method: parametric, correction: fdr, alpha: 0.05}
    high-z: {method: parametric, correction: none, threshold: {z: 2}, contrasts: [b-minus-a]}
    """,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Nine maps of three groups."""
    root = tmp_path_factory.mktemp("folder")
    write_maps(root, {f"maps/s{index}": volume for index, volume in enumerate(noise(111, 9))})
    write_table(root / "groups.tsv", {"subject": [f"s{index}" for index in range(9)], "group": list("abcabcabc")})
    return root


@pytest.fixture(scope="module")
def done(folder):
    return run(folder, document_text(**DOCUMENT))


def files(done):
    """Every file of the folder outside the store."""
    paths = [path.relative_to(done.folder) for path in done.folder.rglob("*") if path.is_file()]
    return sorted(path.as_posix() for path in paths if path.parts[0] != ".store")


def test_files_are_called_as_the_format_says(done):
    bases = {"bMinusA": ("effect", "variance", "t", "z", "p"), "anyGroup": ("F", "z", "p")}
    passed = [("bMinusA", "falseDiscoveries"), ("anyGroup", "falseDiscoveries"), ("bMinusA", "highZ")]
    want = ["report.html", "results.json", "resolved.yaml", "provenance.json", "maps/mask.nii.gz"]
    want += ["design/design_matrix.tsv", "design/contrasts.tsv", "design/collinearity.tsv"]
    want += [f"tables/contrast-{name}_effects.tsv" for name in bases]
    want += [f"maps/contrast-{name}_stat-{stat}_statmap.nii.gz" for name, stats in bases.items() for stat in stats]
    want += [f"maps/contrast-{contrast}_desc-{inference}_mask.nii.gz" for contrast, inference in passed]
    want += [f"tables/contrast-{contrast}_desc-{inference}_clusters.tsv" for contrast, inference in passed]
    assert files(done) == sorted(want)


def test_the_index_lists_every_file_but_itself(done):
    listed = [output["path"] for output in done.index["outputs"]]
    assert sorted(listed) == [path for path in files(done) if path != "results.json"]
    assert len(set(listed)) == len(listed)


def test_every_entry_has_exactly_the_keys_of_the_format(done):
    for output in done.index["outputs"]:
        assert set(output) == KEYS
        assert output["kind"] in KINDS
    assert done.index["glmspec"] == 1


def test_every_checksum_is_that_of_the_file(done):
    for output in done.index["outputs"]:
        if output["kind"] == "provenance":
            assert output["sha256"] is None  # it would change with its dates
        else:
            assert output["sha256"] == hashlib.sha256((done.folder / output["path"]).read_bytes()).hexdigest()


def test_names_in_the_index_are_those_of_the_document(done):
    entries = {output["path"]: output for output in done.index["outputs"]}
    passed = entries["maps/contrast-bMinusA_desc-highZ_mask.nii.gz"]
    assert {key: passed[key] for key in ("kind", "contrast", "inference", "stat")} == {
        "kind": "mask",
        "contrast": "b-minus-a",
        "inference": "high-z",
        "stat": None,
    }
    statistic = entries["maps/contrast-anyGroup_stat-F_statmap.nii.gz"]
    assert (statistic["kind"], statistic["contrast"], statistic["stat"]) == ("statmap", "anyGroup", "F")
    assert {entries["maps/mask.nii.gz"][key] for key in KEYS - {"path", "kind", "sha256"}} == {None}


def test_contrasts_of_the_index_carry_test_and_degrees_of_freedom(done):
    found = {name: (entry["test"], entry["dof"]) for name, entry in done.index["contrasts"].items()}
    assert found == {"b-minus-a": ("t", 6), "anyGroup": ("F", [2, 6])}


def test_the_design_is_written_with_the_names_of_its_rows(done):
    rows = done.table("design/design_matrix.tsv")
    assert list(rows[0]) == ["subject", "intercept", "group[T.b]", "group[T.c]"]
    assert [row["subject"] for row in rows] == [f"s{index}" for index in range(9)]
    assert [row["group[T.b]"] for row in rows] == list("010010010")
    contrasts = done.table("design/contrasts.tsv")
    assert [(row["contrast"], row["test"], row["group[T.b]"]) for row in contrasts] == [
        ("b-minus-a", "t", "1"),
        ("anyGroup", "F", "1"),
        ("anyGroup", "F", "0"),
    ]


def test_the_resolved_document_gives_the_same_results(folder, done):
    again = run(folder, (done.folder / "resolved.yaml").read_text("utf-8"), out="again")
    sums = [[(output["path"], output["sha256"]) for output in entry.index["outputs"]] for entry in (again, done)]
    different = {path for path, _ in set(sums[0]) ^ set(sums[1])}
    assert different <= {"report.html", "resolved.yaml"}  # which show what was written, and what was left out
    digests = [entry.index["analysis"]["document_sha256"] for entry in (again, done)]
    assert digests[0] == digests[1]
    assert again.index["contrasts"] == done.index["contrasts"]


def test_the_provenance_holds_what_may_differ(done):
    provenance = json.loads((done.folder / "provenance.json").read_text("utf-8"))
    assert {"started", "seconds", "versions", "platform", "jobs", "memory", "document"} <= set(provenance)
    assert provenance["document"]["text"].startswith("glmspec: 1\n")
    assert str(done.folder) not in json.dumps({**provenance, "document": None})


def test_a_column_that_a_spreadsheet_would_run_is_guarded(tmp_path):
    write_maps(tmp_path, {f"maps/s{index}": volume for index, volume in enumerate(noise(112, 4))})
    columns = {"subject": [f"s{index}" for index in range(4)], "=1+1": [1, 1, 1, 1]}
    write_table(tmp_path / "design.tsv", columns)
    done = run(tmp_path, document_text(design="matrix: design.tsv", contrasts='mean: "`=1+1`"'))
    for path in ("design/design_matrix.tsv", "design/contrasts.tsv"):
        assert "\t'=1+1" in (done.folder / path).read_text("utf-8").splitlines()[0]


def test_results_are_not_written_through_a_link(tmp_path):
    write_maps(tmp_path, {f"maps/s{index}": volume for index, volume in enumerate(noise(113, 4))})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "results/out").mkdir(parents=True)
    (tmp_path / "results/out/maps").symlink_to(tmp_path / "elsewhere")
    error = failure(tmp_path, document_text())
    assert (error.exit_code, [problem.code for problem in error.problems]) == (5, ["E505"])
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_background_is_written_on_its_own_grid(tmp_path):
    write_maps(tmp_path, {f"maps/s{index}": volume for index, volume in enumerate(noise(114, 4))})
    picture = np.random.default_rng(1).normal(size=(20, 22, 18)).astype(np.float32)
    affine = np.diag([2.0, 2, 2, 1])
    write_image(tmp_path / "anatomy.nii.gz", picture, affine)
    done = run(tmp_path, document_text(more="report: {background: anatomy.nii.gz}"))
    written = [output["path"] for output in done.index["outputs"] if "background" in output["path"]]
    np.testing.assert_array_equal(done.image(written[0]), picture)


def test_what_a_run_that_was_ended_left_behind_is_cleared_away(tmp_path):
    """Files that it had begun to write, under their names or temporary ones; what others put there stays."""
    folder = ResultsFolder(tmp_path / "out")
    with folder.locked():
        folder.claim(["maps/old.nii.gz", "maps/kept.nii.gz"], [])
        folder.write_text("maps/old.nii.gz", "old")
        folder.write_text("maps/kept.nii.gz", "kept")
        (tmp_path / "out/maps/.0123456789ab-kept.nii.gz").write_text("half", "utf-8")
        (tmp_path / "out/maps/notes.txt").write_text("mine", "utf-8")
    again = ResultsFolder(tmp_path / "out")
    with again.locked():
        again.claim(["maps/kept.nii.gz"], [])
        again.write_text("maps/kept.nii.gz", "kept")
        again.finish({"maps/kept.nii.gz"})
    assert sorted(path.name for path in (tmp_path / "out/maps").iterdir()) == ["kept.nii.gz", "notes.txt"]
