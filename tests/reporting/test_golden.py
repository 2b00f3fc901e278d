"""Every section of several reports, compared whole with the page that is kept beside this file.

What may vary with versions of packages is taken out: pictures (their names stay), digests, numbers of versions. After
a deliberate change: ``GLMSPEC_UPDATE_GOLDEN=1 python -m pytest tests/reporting/test_golden.py``, then read the
difference.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from glmspec.execution.results import Results
from glmspec.reporting.overview import render_overview
from glmspec.reporting.render import render
from glmspec.review.versions import PACKAGES
from reporting.small_runs import fits
from reporting.small_study import analysed, judged

GOLDEN = Path(__file__).parent / "golden"
SECTION = re.compile(r'^<section id="([a-z]+)".*?^</section>$', re.MULTILINE | re.DOTALL)
SCRUBBED = (
    (re.compile(r'<svg(?:[^>]*?(aria-label="[^"]*"))?[^>]*>.*?</svg>', re.DOTALL), r"<svg \1/>"),
    (re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b"), "DIGEST"),
    (re.compile(rf"\b({'|'.join(PACKAGES)}) \d[\w.]*"), r"\1 VERSION"),
    (re.compile(r'(<td class="code"><bdi>)\d+\.\d[\w.]*'), r"\1VERSION"),
    (re.compile(r'(data-value="-?\d+\.\d{3})\d*'), r"\1"),
)
STUDIES = ("second", "permutation", "first", "subjects")


@pytest.fixture(scope="module")
def pages(results, runs, subjects, tmp_path_factory):
    """Study -> section -> HTML without what varies."""
    html = {
        "second": render(results),
        "permutation": render(analysed(tmp_path_factory.mktemp("judged"), judged())),
        "first": render(runs),
        "subjects": render_overview(fits(subjects)),
    }
    return {study: {found[1]: scrubbed(found[0]) for found in SECTION.finditer(page)} for study, page in html.items()}


def scrubbed(html):
    for pattern, instead in SCRUBBED:
        html = pattern.sub(instead, html)
    return html + "\n"


@pytest.mark.parametrize("study", STUDIES)
def test_every_section_is_the_page_that_is_kept(pages, study):
    found, folder = pages[study], GOLDEN / study
    if os.environ.get("GLMSPEC_UPDATE_GOLDEN"):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.html"):
            old.unlink()
        for name, text in found.items():
            (folder / f"{name}.html").write_text(text, "utf-8")
    kept = {path.stem: path.read_text("utf-8") for path in folder.glob("*.html")}
    assert set(found) == set(kept)
    for name, text in found.items():
        lines = difflib.unified_diff(kept[name].splitlines(), text.splitlines(), "kept", "now", lineterm="", n=1)
        difference = "\n".join(lines)
        assert not difference, f"{study}/{name}\n{difference}"


def test_a_word_that_changes_is_found(pages):
    """The comparison can fail: what is taken out is not everything."""
    text = pages["second"]["summary"]
    assert text == (GOLDEN / "second/summary.html").read_text("utf-8")
    assert text.replace("5.83", "5.84") != text


def test_what_is_kept_has_no_dates_and_no_digests():
    kept = "".join(path.read_text("utf-8") for path in GOLDEN.rglob("*.html"))
    assert not re.search(r"\b20\d\d-\d\d-\d\d\b|[0-9a-f]{32}|/tmp/|/root/|/home/", kept)
    assert "base64" not in kept


RENDERED = """
import sys
from pathlib import Path
from glmspec.execution.results import Results
from glmspec.reporting.render import render
sys.stdout.buffer.write(render(Results.open(Path(sys.argv[1]))).encode())
"""
NO_FONTS = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{}</dir></fontconfig>'


@pytest.mark.parametrize("study", ["results", "runs"])
def test_no_byte_depends_on_the_fonts_or_the_settings_of_a_machine(study, request, tmp_path):
    results = request.getfixturevalue(study)
    (tmp_path / "none").mkdir()
    (tmp_path / "fonts.conf").write_text(NO_FONTS.format(tmp_path / "none"), "utf-8")
    (tmp_path / "matplotlibrc").write_text("font.family: monospace\nfont.size: 30\nlines.linewidth: 9\n", "utf-8")
    bare = {
        **os.environ,
        "FONTCONFIG_FILE": str(tmp_path / "fonts.conf"),
        "MPLCONFIGDIR": str(tmp_path),
        "HOME": str(tmp_path),
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
    }
    done = subprocess.run(
        [sys.executable, "-c", RENDERED, str(results.folder)], env=bare, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode() == render(Results.open(results.folder))
