"""The lock: stable bytes, read as safely as a document, never replaced in silence."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from glmspec.errors import DocumentError, GlmspecError, InputError
from glmspec.registering import lock
from glmspec.review.lock import read_lock
from glmspec.spec.resolve import resolved_digest, resolved_text
from glmspec.spec.source import read

from .study import DOCUMENT, glmspec, write, write_maps


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_maps(tmp_path)


def locked(folder: Path, text: str = DOCUMENT, **options: bool):
    path = write(folder, text)
    return lock(read(path), path, **options)


def test_the_same_inputs_give_the_same_bytes(folder, tmp_path_factory):
    first = locked(folder)
    again = locked(folder)
    assert (first.written, again.written) == (True, False)
    elsewhere = write_maps(tmp_path_factory.mktemp("elsewhere"))
    assert locked(elsewhere).path.read_bytes() == first.path.read_bytes()


def test_what_was_written_is_what_is_read(folder):
    done = locked(folder)
    found = read_lock(done.path)
    assert resolved_text(found.document, marks=False) == resolved_text(done.lock.document, marks=False)
    assert dataclasses.replace(found, document=done.lock.document) == done.lock
    assert done.path.name == "press.lock.yaml"
    assert found.subjects == 8
    assert sorted(found.inputs) == [*(f"maps/S{number:02d}.nii.gz" for number in range(1, 9)), "mask.nii.gz"]
    # 2^8 sign flips, fewer of them asked for: 101 with the identity
    assert found.relabellings == {"mean/flips": {"distinct": 256, "made": 101, "smallest_p": pytest.approx(1 / 101)}}


def test_a_lock_holds_the_resolved_document_and_its_digest(folder):
    done = locked(folder)
    found = read_lock(done.path)
    assert found.digest == resolved_digest(found.document)
    block = done.path.read_text("utf-8").partition("\ndocument:\n")[2]
    assert "".join(line[2:] + "\n" for line in block.splitlines()) == resolved_text(done.lock.document)


def test_another_lock_is_replaced_only_when_forced(folder):
    done = locked(folder)
    before = done.path.read_bytes()
    other = DOCUMENT.replace("alpha: 0.05", "alpha: 0.01")
    with pytest.raises(DocumentError, match="E224"):
        locked(folder, other)
    assert done.path.read_bytes() == before
    assert locked(folder, other, force=True).written
    assert read_lock(done.path).document.inference["fdr"].alpha == 0.01


def test_without_data_the_document_alone_is_locked(tmp_path):
    with pytest.raises(InputError):
        locked(tmp_path)
    assert not list(tmp_path.glob("*.lock.yaml"))
    found = read_lock(locked(tmp_path, without_data=True).path)
    assert (found.inputs, found.subjects) == (None, None)


def test_data_that_are_not_collected_need_not_be_there(tmp_path):
    found = locked(tmp_path, DOCUMENT + "registration: {data_status: not-collected}\n")
    assert found.lock.inputs is None
    # but once some are there, what is wrong with them is told
    write_maps(tmp_path)
    (tmp_path / "maps/S03.nii.gz").write_bytes(b"no image")
    with pytest.raises(InputError):
        locked(tmp_path, DOCUMENT + "registration: {data_status: not-collected}\n", force=True)


def test_the_registration_says_where_the_lock_stands(folder):
    text = DOCUMENT + "registration: {lock: registered/press.yaml}\n"
    (folder / "registered").mkdir()
    assert locked(folder, text).path == folder / "registered/press.yaml"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace("smoothing_fwhm: 4.0", "smoothing_fwhm: 6.0"), "it was edited"),
        (lambda text: text.replace("glmspec-lock: 1", "glmspec-lock: 2"), "glmspec-lock: 1"),
        (lambda text: text.replace("sha256:", "sha512:"), "sha"),
        (lambda text: text.replace("subjects: 8", "subjects: [8]"), "`subjects`"),
        (lambda text: text.replace("press", "!!python/object:os.system press", 1), "damaged"),
        (lambda text: text.replace("versions:", "versions: &a", 1), "damaged"),
        (lambda text: text.partition("document:")[0], "`document`"),
        (lambda text: text.removesuffix("    precision: single  # default\n"), "it was edited"),
        (lambda text: "- a\n- b\n", "a list"),
        (lambda text: text + "<<<<<<< HEAD\n", "E102"),
    ],
)
def test_a_damaged_lock_is_refused_in_one_sentence(folder, change, why):
    done = locked(folder)
    text = done.path.read_text("utf-8")
    changed = change(text)
    assert changed != text
    done.path.write_text(changed, "utf-8")
    with pytest.raises(DocumentError, match=why) as error:
        read_lock(done.path)
    (problem,) = error.value.problems
    assert problem.code == {"E102": "E102", "a list": "E109"}.get(why, "E222")  # what is not YAML, or not a mapping
    assert glmspec(folder, "run", "press.yaml", code=2).stderr.count("error[") == 1


def test_a_lock_never_goes_through_a_link(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "target.yaml"
    (folder / "press.lock.yaml").symlink_to(outside)
    with pytest.raises(GlmspecError, match="E212"):
        locked(folder)
    assert not outside.exists()


def test_the_command_tells_what_it_froze(folder):
    write(folder)
    done = glmspec(folder, "lock", "press.yaml")
    assert "press.lock.yaml: written" in done.stdout
    assert "mean/flips: 101 relabellings, the smallest p is 0.0099" in done.stdout
    assert '"written": false' in glmspec(folder, "lock", "press.yaml", "--format", "json").stdout
