"""The commands as a user meets them: a process, its exit code, its two streams, its files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from analyses.simulated import document_text, noise, write_maps, write_table

COMMANDS = ("init", "validate", "resolve", "plan", "preview", "run", "report", "lock", "diff", "verify", "check", "why")
COMMANDS += ("explain", "schema", "demo")
KINDS = ("one-sample", "paired", "two-groups", "regression", "anova")


def glmspec(folder, *arguments, code=0, module=("-m", "glmspec")):
    """Run a command in a folder; its streams go into pipes."""
    done = subprocess.run(
        [sys.executable, *module, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr  # plain lines in a pipe
    return done


DOCUMENTS = {
    "good.yaml": document_text(inputs="variables: groups.tsv", design='formula: "group"', contrasts="mean: group[a]"),
    "misspelt.yaml": document_text().replace("formula", "formular"),
    "no-maps.yaml": document_text(maps='"elsewhere/{subject}.nii.gz"'),
    "inestimable.yaml": document_text(
        inputs="variables: groups.tsv", design="formula: group + code", contrasts="mean: intercept"
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six maps, a table, and a document for each way to end."""
    root = tmp_path_factory.mktemp("commands")
    write_maps(root, {f"maps/s{index}": volume for index, volume in enumerate(noise(151, 6))})
    subjects = [f"s{index}" for index in range(6)]
    write_table(root / "groups.tsv", {"subject": subjects, "group": list("aabbab"), "code": [1, 1, 2, 2, 1, 2]})
    for name, text in DOCUMENTS.items():
        (root / name).write_text(text, "utf-8")
    return root


@pytest.fixture(scope="module")
def ran(folder):
    """The good document, run once; its folder and what was printed."""
    return glmspec(folder, "run", "good.yaml", "-o", "out")


# help


def test_help_lists_every_command_and_the_exit_codes(tmp_path):
    text = glmspec(tmp_path, "--help").stdout
    listed = [
        line.split()[0] for line in text.split("Commands:")[1].splitlines() if line.startswith("  ") and line[2] != " "
    ]
    assert set(COMMANDS) <= set(listed)
    assert "5 a step failed" in " ".join(text.split())
    assert glmspec(tmp_path, "-h").stdout == text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(tmp_path, command):
    text = glmspec(tmp_path, command, "--help").stdout
    assert text.startswith("Usage: ")
    options = text.split("Options:")[1]
    for line in options.splitlines():  # no option without a word on what it does
        if line.startswith("  -"):
            assert len(line.split("  ")) > 2 or line.rstrip().endswith(">"), line
    assert max(map(len, text.splitlines())) <= 80


def test_the_version_is_that_of_the_package(tmp_path):
    import glmspec as package

    assert glmspec(tmp_path, "--version").stdout == package.__version__ + "\n"


# exit codes


def test_0_done(folder, ran):
    assert ran.stdout.splitlines()[-1] == "report: " + str(Path("out/report.html"))
    assert (folder / "out/results.json").is_file()


ENDINGS = [
    (2, ("validate", "misspelt.yaml"), "E201"),
    (2, ("run", "misspelt.yaml"), "E201"),
    (3, ("plan", "no-maps.yaml"), "E307"),
    (3, ("run", "no-maps.yaml"), "E307"),
    (4, ("plan", "inestimable.yaml"), "E401"),
    (5, ("run", "good.yaml", "--memory", "10M", "-o", "small"), "E503"),
    (2, ("resolve", "absent.yaml"), "E100"),
    (3, ("report", "maps"), "E306"),
    (2, ("explain", "E999"), "E208"),
    (2, ("init", "good.yaml"), "E100"),
]


@pytest.mark.parametrize(("code", "arguments", "problem"), ENDINGS, ids=[" ".join(entry[1][:2]) for entry in ENDINGS])
def test_what_is_wrong_decides_the_exit_code(folder, code, arguments, problem):
    done = glmspec(folder, *arguments, "--format", "json", code=code)
    body = json.loads(done.stdout)
    assert body["exit_code"] == code
    problems = body["problems"] if "problems" in body else body["documents"][0]["problems"]
    assert problem in [entry["code"] for entry in problems]
    assert done.stderr == ""


def test_text_for_people_goes_to_standard_error_where_something_is_wrong(folder):
    done = glmspec(folder, "plan", "inestimable.yaml", code=4)
    assert done.stdout == ""
    assert done.stderr.startswith("error[E401]: the contrast `mean` is not estimable\n")
    assert "--> inestimable.yaml:" in done.stderr


def test_annotations_for_github(folder):
    done = glmspec(folder, "validate", "misspelt.yaml", "--format", "github", code=2)
    assert done.stdout.startswith("::error file=misspelt.yaml,line=")


# JSON of what succeeds


SUCCESSES = {
    "validate": ("validate", "good.yaml"),
    "resolve": ("resolve", "good.yaml"),
    "plan": ("plan", "good.yaml", "-o", "out"),
    "report": ("report", "out"),
    "explain": ("explain", "E401"),
    "explain all": ("explain",),
}


@pytest.mark.parametrize("name", SUCCESSES)
def test_json_of_what_succeeds_is_json_alone(folder, ran, name):
    done = glmspec(folder, *SUCCESSES[name], "--format", "json")
    assert isinstance(json.loads(done.stdout), dict)
    assert done.stderr == ""


def test_the_schema_is_json(tmp_path):
    assert json.loads(glmspec(tmp_path, "schema").stdout)["$schema"].startswith("https://json-schema.org/")


def test_json_of_a_run_ends_with_what_was_computed_and_what_reused(folder):
    first = json.loads(glmspec(folder, "run", "good.yaml", "-o", "json", "--format", "json", "-q").stdout)
    second = json.loads(glmspec(folder, "run", "good.yaml", "-o", "json", "--format", "json", "-q").stdout)
    assert first["computed"]
    assert first["reused"] == []
    assert second["computed"] == []
    assert set(second["reused"]) == set(first["computed"])
    assert Path(folder / second["report"]).is_file()


# what is printed while it runs


def test_progress_is_plain_lines_in_a_pipe(ran):
    lines = ran.stderr.splitlines()
    assert lines[0].endswith("steps to compute, 0 reused")
    assert lines[-1].startswith("[")
    assert "effects at the peaks of mean" in lines[-1]


def test_quiet_prints_no_progress(folder):
    done = glmspec(folder, "run", "good.yaml", "-q", "-o", "quiet", "-j", "2", "--memory", "1G")
    assert done.stderr == ""
    assert done.stdout.startswith("mean, uncorrected: ")


def test_data_and_store_may_be_elsewhere(folder, tmp_path):
    (tmp_path / "good.yaml").write_text(DOCUMENTS["good.yaml"], "utf-8")
    glmspec(tmp_path, "run", "good.yaml", "--data", folder, "--store", tmp_path / "kept", "-q")
    assert (tmp_path / "results/simulated/report.html").is_file()
    assert (tmp_path / "kept/artifacts").is_dir()
    text = glmspec(tmp_path, "plan", "good.yaml", "--data", folder, "--store", tmp_path / "kept").stdout
    assert "0 to compute" in text


def test_a_memory_that_is_no_size_is_refused(folder):
    done = glmspec(folder, "run", "good.yaml", "--memory", "plenty", code=2)
    assert "`plenty` is no size" in done.stderr


# starting


def test_validate_needs_neither_numpy_nor_matplotlib_nor_pandas(folder):
    script = (
        "import sys\nfrom glmspec.cli.main import main\nsys.argv = ['glmspec', 'validate', 'good.yaml']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0, end.code\n"
        "heavy = {'numpy', 'matplotlib', 'pandas', 'scipy', 'nibabel', 'formulaic', 'numba', 'jinja2'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = glmspec(folder, script, module=("-c",))
    assert done.stdout == "good.yaml: valid\n[]\n"


def test_several_documents_are_validated_at_once(folder):
    done = glmspec(folder, "validate", "good.yaml", "misspelt.yaml", "no-maps.yaml", code=2)
    assert done.stdout == "good.yaml: valid\nno-maps.yaml: valid\n"
    assert "misspelt.yaml" in done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_what_init_writes_validates(tmp_path, kind):
    glmspec(tmp_path, "init", "--like", kind, "my study.yaml")
    assert "\nname: my-study" in (tmp_path / "my study.yaml").read_text("utf-8")
    assert glmspec(tmp_path, "validate", "my study.yaml").stdout == "my study.yaml: valid\n"


def test_init_never_overwrites(tmp_path):
    (tmp_path / "mine.yaml").write_text("mine", "utf-8")
    done = glmspec(tmp_path, "init", "mine.yaml", code=2)
    assert "`mine.yaml` is there already" in done.stderr
    assert (tmp_path / "mine.yaml").read_text("utf-8") == "mine"


def test_init_of_an_unknown_kind_names_the_nearest(tmp_path):
    done = glmspec(tmp_path, "init", "--like", "two-group", code=2)
    assert "did you mean `two-groups`?" in done.stderr
    assert not (tmp_path / "analysis.yaml").exists()


def test_init_in_json(tmp_path):
    assert json.loads(glmspec(tmp_path, "init", "--format", "json").stdout) == {"document": "analysis.yaml"}


def test_what_resolve_prints_validates_and_resolves_to_itself(folder):
    text = glmspec(folder, "resolve", "good.yaml").stdout
    assert "smoothing_fwhm: 0.0  # default" in text
    (folder / "resolved.yaml").write_text(text, "utf-8")
    assert glmspec(folder, "validate", "resolved.yaml").stdout == "resolved.yaml: valid\n"
    again = glmspec(folder, "resolve", "resolved.yaml", "-o", "twice.yaml")
    assert again.stdout == ""
    assert (folder / "twice.yaml").read_text("utf-8") == text.replace("  # default", "")


def test_a_report_that_is_rendered_again_is_the_same(folder, ran):
    before = (folder / "out/report.html").read_bytes()
    (folder / "out/report.html").unlink()
    assert glmspec(folder, "report", "out").stdout == str(Path("out/report.html")) + "\n"
    assert (folder / "out/report.html").read_bytes() == before


def test_a_redacted_report_has_a_folder_of_its_own(folder, ran):
    before = (folder / "out/report.html").read_bytes()
    path = Path("out/redacted/report.html")
    assert glmspec(folder, "report", "out", "--redact").stdout == f"{path}\n"
    assert (folder / path).read_bytes() != before == (folder / "out/report.html").read_bytes()


def test_the_demo_can_stop_at_its_data(tmp_path):
    done = glmspec(tmp_path, "demo", "there", "--data-only", "--format", "json", "-q")
    assert json.loads(done.stdout)["data"] == "there"
    assert done.stderr == ""
    maps = sorted((tmp_path / "there/left-minus-right").glob("*.nii.gz"))
    assert len(maps) == 16
    assert (tmp_path / "there/participants.tsv").is_file()
    assert len(list((tmp_path / "there/fiac").glob("run-*_bold.nii.gz"))) == 2


def test_whoever_reads_may_stop_reading(folder):
    """`glmspec explain | head -1` is no error."""
    command = f"'{sys.executable}' -m glmspec schema | head -c 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=folder, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("{", "")
