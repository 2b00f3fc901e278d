"""The viewer in a real browser: where, how much, and how it is moved."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from reporting.small_study import AFFINE, EFFECT, IMG, analysed, judged

from browser.conftest import PHONE, missing, watched
from browser.phantom import AFFINES, octant_map, octant_report, octants
from glmspec.execution.results import Results
from glmspec.reporting.build import build_model
from glmspec.reporting.material import Material
from glmspec.reporting.render import render_model
from glmspec.reporting.viewer.data import embedded

pytestmark = pytest.mark.browser

READY = ".viewer[data-shown]"
READING = re.compile(r"voxel (\d+), (\d+), (\d+) · z = ([\u2212\d.]+)(?: ± ([\d.]+))?")
COLOURED = """canvas => {
  const { width, height } = canvas, copy = Object.assign(document.createElement('canvas'), { width, height });
  const context = copy.getContext('2d', { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const found = { warm: [], cool: [] };
  for (let i = 0; i < width * height; i++) {
    const [r, , b, a] = data.slice(4 * i, 4 * i + 4), at = [(i % width) / width, Math.floor(i / width) / height];
    if (a && r - b > 90) found.warm.push(at);
    if (a && b - r > 90) found.cool.push(at);
  }
  return found }"""
SETTLE = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def go(page, mm):
    """The viewer at a place; what it reads there."""
    page.get_by_label("Go to").fill(", ".join(f"{value:.3f}" for value in mm))
    page.get_by_label("Go to").press("Enter")
    return reading(page)


def reading(page):
    page.evaluate(SETTLE)
    return page.locator(".reading").inner_text()


def read(text):
    """Voxel, z and the half step."""
    *voxel, z, half = READING.search(text).groups()
    return tuple(map(int, voxel)), float(z.replace("\N{MINUS SIGN}", "-")), float(half or 0)


def millimetres(text):
    return [float(part.replace("\N{MINUS SIGN}", "-")) for part in text.split(" mm")[0].split(", ")]


def altered(report, folder, *changes, name="altered.html"):
    html = report.read_text("utf-8")
    for pattern, replacement in changes:
        html, count = re.subn(pattern, replacement, html, count=1)
        assert count == 1
    path = folder / name
    path.write_text(html, "utf-8")
    return path


@pytest.fixture(scope="module", params=list(AFFINES))
def octant(request, browser, tmp_path_factory):
    """A phantom on one of the grids, open."""
    path = octant_report(tmp_path_factory.mktemp(request.param), request.param)
    page = watched(browser, path)
    page.wait_for_selector(READY)
    page.affine = AFFINES[request.param]
    yield page
    assert page.said == []
    page.context.close()


def test_every_octant_is_where_it_belongs(octant):
    for voxel, z in octants().items():
        mm = octant.affine[:3, :3] @ voxel + octant.affine[:3, 3]
        found, shown, half = read(go(octant, mm))
        assert found == voxel
        assert abs(shown - z) <= half + 0.005  # shown with two decimals
        for slice_, (across, up) in ((1, (0, 2)), (2, (0, 1))):
            painted = octant.locator("canvas.slice").nth(slice_).evaluate(COLOURED)["warm" if z > 0 else "cool"]
            expected = np.array([share(octant, across, mm), 1 - share(octant, up, mm)])  # right is right, up is up
            assert np.abs(np.array(painted) - expected).max(1).min() < 0.01
            for mirrored in ((1, 0), (0, 1), (1, 1)):
                elsewhere = np.abs(expected - mirrored)
                assert np.abs(np.array(painted) - elsewhere).max(1).min() > 0.02


def share(page, axis, mm):
    """How far along an axis of the display a place is, from 0 to 1."""
    grid = page.evaluate("JSON.parse(document.getElementById('viewer-data').textContent)")
    size = grid["sizes"][axis]
    return (mm[axis] - grid["origin"][axis] + size / 2) / (grid["shape"][axis] * size)


def test_values_are_those_of_the_map_within_half_a_step(octant):
    values = octant_map()
    for voxel in np.random.default_rng(4).integers(2, 18, (12, 3)):
        found, shown, half = read(go(octant, octant.affine[:3, :3] @ voxel + octant.affine[:3, 3]))
        assert found == tuple(voxel)
        assert abs(shown - values[found]) <= half + 0.005


def test_left_and_right_are_marked(octant):
    assert octant.locator(".side").all_inner_texts() == ["P", "A", "L", "R", "L", "R"]


@pytest.fixture
def page(loaded):
    loaded.reload()
    loaded.wait_for_selector(READY)
    loaded.evaluate(SETTLE)
    return loaded


def test_keys_move_the_cross_hair(page):
    sagittal, coronal, _ = page.locator("canvas.slice").all()
    x, y, z = millimetres(reading(page))
    for canvas, key, expected in (
        (coronal, "ArrowRight", (x + 3, y, z)),
        (coronal, "ArrowLeft", (x, y, z)),
        (coronal, "ArrowDown", (x, y, z - 3)),
        (coronal, "PageUp", (x, y + 3, z - 3)),
        (sagittal, "ArrowLeft", (x, y, z - 3)),
        (sagittal, "ArrowUp", (x, y, z)),
        (sagittal, "PageDown", (x - 3, y, z)),
    ):
        canvas.press(key)
        assert millimetres(reading(page)) == pytest.approx(expected)
    for _ in range(8):
        coronal.press("Shift+ArrowRight")
    assert "outside the analysis mask" in reading(page)  # at the edge, not beyond it


def test_the_mouse_moves_the_cross_hair(page):
    before = millimetres(reading(page))
    coronal = page.locator("canvas.slice").nth(1)
    coronal.scroll_into_view_if_needed()
    box = coronal.bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.evaluate(SETTLE)
    first = millimetres(reading(page))
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.5 * box["height"], steps=3)
    page.mouse.up()
    second = millimetres(reading(page))
    assert first[0] < 0 < second[0]
    assert first[1] == second[1] == before[1]


def test_a_touch_moves_the_cross_hair(browser, report):
    page = watched(browser, report, viewport=PHONE, has_touch=True)
    page.wait_for_selector(READY)
    coronal = page.locator("canvas.slice").nth(1)
    coronal.scroll_into_view_if_needed()
    box = coronal.bounding_box()
    page.touchscreen.tap(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    assert millimetres(reading(page))[0] < 0
    page.context.close()


@pytest.mark.parametrize("label", ["Threshold", "Opacity"])
def test_sliders_change_the_picture_at_once(page, label):
    canvas = page.locator("canvas.slice").nth(2)
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    height = page.locator("output.height").inner_text()
    for _ in range(8):
        page.get_by_label(label).press("ArrowLeft")
    page.evaluate(SETTLE)
    assert canvas.evaluate("canvas => canvas.toDataURL()") != before
    assert (page.locator("output.height").inner_text() != height) == (label == "Threshold")
    page.get_by_role("button", name="Reset").click()
    page.evaluate(SETTLE)
    assert canvas.evaluate("canvas => canvas.toDataURL()") == before
    assert page.locator("output.height").inner_text() == height


def test_what_is_said_below_the_slices_is_true_of_what_is_shown(page):
    """The caption of the pictures is hidden with them; the viewer's own follows the slider."""
    caption = page.locator("figure.replaced > figcaption")
    note = page.locator(".viewer-note")
    assert not caption.is_visible()
    before = note.inner_text()
    assert "threshold |z| \u2265" in before
    assert "for display only" not in before
    page.get_by_label("Threshold").press("ArrowLeft")
    page.evaluate(SETTLE)
    height = page.locator("output.height").inner_text()
    assert (
        f"Shown opaque from |z| = {height} on, for display only; the outline is around what passed."
        in note.inner_text()
    )
    page.get_by_role("button", name="Reset").click()
    page.evaluate(SETTLE)
    assert note.inner_text() == before
    page.emulate_media(media="print")
    assert caption.is_visible()
    page.emulate_media(media="screen")


def test_a_peak_in_a_table_moves_the_viewer(page):
    go(page, (-9, -9, -9))
    row = page.locator("details.contrast[open] figure.table tbody tr").first
    row.locator("button.peak").press("Enter")
    page.wait_for_selector("tr.here")
    expected = [float(value) for value in row.locator("th").get_attribute("data-mm").split()]
    assert millimetres(reading(page)) == pytest.approx(expected, abs=0.051)
    z = float(row.locator("td").nth(3).get_attribute("data-value"))
    _, shown, half = read(reading(page))
    assert abs(shown - z) <= half + 0.005
    assert "passed" in reading(page)


def test_a_peak_of_the_summary_opens_its_contrast(page):
    page.evaluate("document.querySelectorAll('details.contrast').forEach((fold, index) => { fold.open = index == 2 })")
    page.wait_for_selector("#contrast\\.any-group .viewer")
    page.locator("#summary button.peak").nth(1).click()
    page.wait_for_selector("[data-viewer='contrast.mean.family'] .viewer")
    assert page.locator("details.contrast").first.evaluate("fold => fold.open")
    assert millimetres(reading(page)) == [7.5, -1.5, -1.5]
    assert page.locator(".viewer").count() == 1


def test_the_one_viewer_follows_the_open_contrast_and_the_menus(page):
    figures = page.locator("details.contrast figure[data-viewer]")
    assert not figures.first.locator(".drawings").is_visible()
    page.locator("details.contrast summary").filter(has_text="any-group").click()
    page.wait_for_selector("#contrast\\.any-group .viewer")
    assert figures.first.locator(".drawings").is_visible()
    contrast, inference = (page.locator(".viewer").get_by_label(name) for name in ("Contrast", "Inference"))
    assert contrast.evaluate("menu => menu.selectedOptions[0].text") == "any-group"
    inference.focus()
    inference.select_option("family")
    page.wait_for_selector("[data-viewer='contrast.any-group.family'] .viewer")
    assert inference.evaluate("menu => menu === document.activeElement")


def test_the_cross_hair_reads_corrected_p_and_true_discoveries(browser, tmp_path):
    results = analysed(tmp_path, judged())
    page = watched(browser, results.folder / "report.html")
    page.wait_for_selector(READY)
    text = go(page, AFFINE[:3, :3] @ EFFECT + AFFINE[:3, 3])
    logp = results.volume("statmap", contrast="mean", inference="relabelled", stat="logp")[EFFECT]
    p = float(re.search(r"corrected p \(voxels\) ≈ ([\d.]+) · passed", text)[1])
    assert p == pytest.approx(10**-logp, rel=0.05)
    page.locator(".viewer").get_by_label("Inference").select_option("discoveries")
    page.wait_for_selector("[data-viewer='contrast.mean.discoveries'] .viewer[data-shown$=discoveries]")
    share = results.volume("statmap", contrast="mean", inference="discoveries", stat="tdp")[EFFECT]
    shown = float(re.search(r"true discoveries at least ([\d.]+)%", reading(page))[1]) / 100
    assert share - 0.005 < shown <= share + 1e-6
    page.context.close()


def test_a_viewer_with_every_second_voxel_says_so_and_shows_those(browser, report, tmp_path):
    results = Results.open(report.parent)
    model = replace(build_model(results), embedded=embedded(Material(results), limit=1000))
    path = tmp_path / "half.html"
    path.write_text(render_model(model), "utf-8")
    page = watched(browser, path)
    page.wait_for_selector(READY)
    assert "every second voxel" in page.locator(".viewer-note").inner_text()
    z = results.volume("statmap", contrast="mean", stat="z")
    for voxel in ((3, 5, 7), (7, 5, 5), (9, 11, 1)):
        found, shown, half = read(go(page, AFFINE[:3, :3] @ voxel + AFFINE[:3, 3]))
        assert found == voxel
        assert abs(shown - z[voxel]) <= half + 0.005
    page.context.close()


def test_hostile_titles_are_text_in_the_menu(page):
    titles = page.locator(".viewer").get_by_label("Contrast").locator("option").all_inner_texts()
    assert any(title.endswith(IMG + "</script>") for title in titles)
    assert page.locator("img").count() == 0


def test_printing_shows_the_pictures_instead(page):
    page.emulate_media(media="print")
    assert not page.locator(".viewer").is_visible()
    assert page.locator("figure[data-viewer] .drawings").first.is_visible()
    page.emulate_media(media="screen")


BLOCK = r'(id="viewer-{}">)[^<]+'


@pytest.mark.parametrize(("number", "damage"), [(1, r"\1" + "A" * 40), (1, r"\1" + "?" * 40), (3, r"\1" + "A" * 40)])
def test_damaged_data_leave_the_pictures(browser, report, tmp_path, number, damage):
    page = watched(browser, altered(report, tmp_path, (BLOCK.format(number), damage)))
    note = page.locator("details.contrast[open] .no-viewer")
    note.wait_for()
    assert "damaged" in note.inner_text()
    assert page.locator("details.contrast[open] .drawings").first.is_visible()
    assert page.said == []
    page.context.close()


def test_a_browser_that_cannot_unpack_leaves_the_pictures(browser, report):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(report.as_uri())
    assert "too old" in page.locator(".no-viewer").inner_text()
    assert page.locator("details.contrast[open] .drawings").first.is_visible()
    context.close()


def test_a_page_that_asks_for_something_is_caught(browser, report, tmp_path):
    """The control of our own check: with the policy the browser complains, without it a request is seen."""
    picture = ("<main", '<img src="http://127.0.0.1:9/x.png" alt=""><main')
    stopped = watched(browser, altered(report, tmp_path, picture))
    stopped.wait_for_timeout(100)
    assert any("Content Security Policy" in words for words in stopped.said)
    policy = ('<meta http-equiv="Content-Security-Policy"[^>]*>', "")
    asking = watched(browser, altered(report, tmp_path, picture, policy, name="asking.html"))
    asking.wait_for_timeout(100)
    assert any(url.startswith("http:") for url in asking.requested)
    for page in (stopped, asking):
        page.context.close()


LOOKS = {"light": {}, "dark": {"color_scheme": "dark"}, "phone": {"viewport": PHONE}}


@pytest.mark.parametrize("settings", LOOKS.values(), ids=LOOKS)
def test_axe_finds_nothing(browser, report, settings):
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        missing("axe-playwright-python is not installed")
    page = watched(browser, report, **settings)
    page.wait_for_selector(READY)
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], node["html"][:200], node["failureSummary"]) for rule in found for node in rule["nodes"]] == []
    page.context.close()


def test_nothing_was_said_or_asked_for(loaded):
    assert loaded.said == []
    assert {url for url in loaded.requested if not url.startswith("data:")} == {loaded.url}
