"""A wheel installed elsewhere works with the checkout out of reach."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from sysconfig import get_paths

import pytest

ROOT = Path(__file__).parent.parent.parent
BUILD = "import sys; from hatchling.build import build_{kind}; print(build_{kind}(sys.argv[1]))"


def build(kind: str, source: Path, target: Path) -> Path:
    """Build a wheel or sdist without asking anything of the network."""
    target.mkdir(exist_ok=True)
    code = BUILD.format(kind=kind)
    done = subprocess.run([sys.executable, "-c", code, str(target)], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target / done.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the sdist, as a packager would."""
    folder = tmp_path_factory.mktemp("dist")
    sdist = build("sdist", ROOT, folder / "sdist")
    subprocess.run(["tar", "xzf", str(sdist), "-C", str(folder)], check=True)
    unpacked = folder / sdist.name.removesuffix(".tar.gz")
    return build("wheel", unpacked, folder / "wheel")


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; its dependencies are borrowed, the checkout is not on the path."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "env", with_pip=False)
    site = Path(get_paths(vars={"base": str(folder / "env"), "platbase": str(folder / "env")})["purelib"])
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "borrowed.pth").write_text(get_paths()["purelib"] + "\n")
    return folder


def call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    python = folder / "env" / "bin" / "python"
    return subprocess.run(
        [str(python), "-P", "-m", "glmspec", *arguments], cwd=folder, capture_output=True, text=True, env={"PATH": ""}
    )


def test_the_package_comes_from_the_wheel(elsewhere: Path) -> None:
    python = elsewhere / "env" / "bin" / "python"
    code = "import glmspec, pathlib; print(pathlib.Path(glmspec.__file__).parent)"
    done = subprocess.run([str(python), "-P", "-c", code], cwd=elsewhere, capture_output=True, text=True, env={})
    assert done.stdout.strip().startswith(str(elsewhere)), done.stdout + done.stderr


@pytest.mark.whole
def test_the_wheel_runs_the_demo(elsewhere: Path) -> None:
    done = call(elsewhere, "demo", "demo")
    assert done.returncode == 0, done.stderr
    reports = [line.removeprefix("report: ") for line in done.stdout.splitlines() if line.startswith("report: ")]
    assert reports
    for report in reports:
        assert (elsewhere / report).stat().st_size > 10_000


@pytest.mark.parametrize("arguments", [("schema",), ("explain", "E401"), ("init", "start.yaml", "--like", "paired")])
def test_commands_find_their_resources_in_the_wheel(elsewhere: Path, arguments: tuple[str, ...]) -> None:
    done = call(elsewhere, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_wheel_holds_no_tests_and_no_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert not [name for name in names if name.startswith("tests") or name.endswith((".nii", ".nii.gz"))]
    assert [name for name in names if name.startswith("glmspec/specs/")]
    assert [name for name in names if name.startswith("glmspec/schemas/")]
