"""Brain pictures: what is drawn, and where."""

import base64
import io
import re
import xml.etree.ElementTree as ET
from itertools import product

import numpy as np
import pytest
from PIL import Image

from glmspec.reporting.figures import brain
from glmspec.reporting.figures.brain import MapStyle
from glmspec.reporting.figures.display import DisplayGrid, HeadImage

SVG = "{http://www.w3.org/2000/svg}"
STYLE = MapStyle(3.0, 8.0)
SHAPE = (24, 28, 20)
OCTANTS = list(product((-1, 1), repeat=3))
HOSTILE = "<img src=x onerror=alert(1)> \"&' ]]> --"
RAS = np.array([[3.0, 0, 0, -34.5], [0, 3, 0, -40.5], [0, 0, 3, -28.5], [0, 0, 0, 1]])
LAS = RAS @ np.array([[-1.0, 0, 0, 23], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
TURN = np.eye(4)
TURN[:2, :2] = [[np.cos(0.2), -np.sin(0.2)], [np.sin(0.2), np.cos(0.2)]]
AFFINES = {"RAS": RAS, "LAS": LAS, "oblique": TURN @ LAS, "flat": RAS @ np.diag([1.0, 1, 1.5, 1])}


def images(svg):
    """Every image of a drawing: its RGBA pixels and its box x, y, width, height."""
    found = []
    for node in ET.fromstring(svg).iter(f"{SVG}image"):
        data = base64.b64decode(node.get("href").removeprefix("data:image/png;base64,"))
        box = [float(node.get(key)) for key in ("x", "y", "width", "height")]
        found.append((np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")), box))
    return found


def warm_places(svg):
    """Centres (n, 2) on the sheet of pixels that are opaque and clearly warm."""
    places = []
    for pixels, (x, y, width, height) in images(svg):
        red, blue, alpha = (pixels[..., c].astype(int) for c in (0, 2, 3))
        rows, columns = np.nonzero((red - blue > 60) & (alpha == 255))
        places += [
            (x + (c + 0.5) * width / pixels.shape[1], y + (r + 0.5) * height / pixels.shape[0])
            for r, c in zip(rows, columns, strict=True)
        ]
    return np.array(places)


def text_places(svg):
    return {node.text: float(node.get("x")) for node in ET.fromstring(svg).iter(f"{SVG}text")}


def phantom(affine, octant, shape=SHAPE):
    """A mask that fills the image, and a map that is 0 but for one voxel well inside the octant (-1 or 1 an axis)."""
    grid = np.linalg.inv(affine)
    world = np.array(octant) * (15.0, 18.0, 13.0)
    voxel = tuple(np.rint(grid[:3, :3] @ world + grid[:3, 3]).astype(int))
    z = np.zeros(shape)
    z[voxel] = 7.0
    return np.ones(shape, dtype=bool), z, affine[:3, :3] @ voxel + affine[:3, 3]


@pytest.mark.parametrize("name", AFFINES)
@pytest.mark.parametrize("octant", OCTANTS)
def test_a_voxel_of_every_octant_is_drawn_where_it_belongs(name, octant):
    mask, z, world = phantom(AFFINES[name], octant)
    grid = DisplayGrid.from_mask(mask, AFFINES[name])
    assert grid.resampled == (name == "oblique")
    cuts = brain.choose_cuts(grid, z, z > 3)
    near = 3 * np.sqrt(3) / 2 if grid.resampled else 0.02  # half a voxel's diagonal, or the rounding of the drawing
    assert [cuts[a][0] for a in "xyz"] == pytest.approx(world, abs=near)
    for axis, (across, up) in {"x": (1, 2), "y": (0, 2), "z": (0, 1)}.items():
        svg = brain.slices(grid, z, z > 3, None, STYLE, {axis: cuts[axis]}, "t")
        (found_x, found_y), sheet = warm_places(svg).mean(0), images(svg)[0][1]
        low = [grid.origin[i] - grid.sizes[i] / 2 for i in (across, up)]
        assert low[0] + found_x == pytest.approx(world[across], abs=near)
        assert low[1] + sheet[3] - found_y == pytest.approx(world[up], abs=near)


@pytest.mark.parametrize("name", AFFINES)
def test_glass_brains_show_a_hemisphere_alone(name):
    mask, z, _ = phantom(AFFINES[name], (1, 1, 1))
    grid = DisplayGrid.from_mask(mask, AFFINES[name])
    svg = brain.glass_brain(grid, z, z > 3, STYLE, "t")
    places, words = warm_places(svg), text_places(svg)
    assert words["left"] < words["L"] < words["R"] < words["right"]
    assert not (places[:, 0] < 2 * words["left"]).any()  # nothing in the left hemisphere
    assert (places[:, 0] > words["right"]).any()  # front is to the right, seen from the right


def test_the_left_hemisphere_looks_left():
    mask, z, _ = phantom(RAS, (-1, 1, 1))
    svg = brain.glass_brain(DisplayGrid.from_mask(mask, RAS), z, z > 3, STYLE, "t")
    words = text_places(svg)
    assert warm_places(svg)[:, 0].min() < words["left"]
    assert not (warm_places(svg)[:, 0] > words["R"]).any()


def test_every_marked_octant_appears_once_in_the_mosaic():
    mask, z = np.ones(SHAPE, dtype=bool), np.zeros(SHAPE)
    for octant in OCTANTS:
        z += phantom(LAS, octant)[1]
    grid = DisplayGrid.from_mask(mask, LAS)
    assert len(warm_places(brain.mosaic(grid, z, z > 3, None, STYLE, "t", brain.mosaic_cuts(grid, 20)))) == 8


def ball(radius=8):
    x, y, z = np.indices(SHAPE) - np.array([12, 14, 10])[:, None, None, None]
    return x**2 + y**2 + z**2 < radius**2


def everything(z, passed, style=STYLE, title="t", mask=None):
    grid = DisplayGrid.from_mask(ball() if mask is None else mask, LAS)
    cuts = brain.choose_cuts(grid, z, passed)
    return [
        brain.slices(grid, z, passed, None, style, cuts, title),
        brain.mosaic(grid, z, passed, None, style, title),
        brain.glass_brain(grid, z, passed, style, title),
        brain.thumbnail(grid, z, passed, style, title),
        brain.colour_bar(style, title),
    ]


def test_same_arrays_same_bytes():
    z = np.random.default_rng(0).normal(0, 2, SHAPE)
    assert everything(z, z > 3) == everything(z.copy(order="F"), z > 3)


def test_drawings_stand_alone_refer_to_nothing_and_have_a_name():
    z = np.random.default_rng(0).normal(0, 2, SHAPE)
    for svg in everything(z, np.abs(z) > 3, title="left > right"):
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        assert "left > right" in root.get("aria-label")
        assert root.get("class").split()[0] == "brain"
        assert not re.search(r"url\(|<style|<script|\bid=", svg)
        assert all(link.startswith("data:image/png") for link in re.findall(r'href="([^"]*)', svg))


def test_hostile_titles_are_text():
    z = np.zeros(SHAPE)
    for svg in everything(z, z > 3, title=HOSTILE):
        assert HOSTILE in ET.fromstring(svg).get("aria-label")
        assert "<img" not in svg


def test_captions_are_the_millimetres_of_the_cut():
    z = np.zeros(SHAPE)
    grid = DisplayGrid.from_mask(ball(), LAS)
    words = text_places(brain.slices(grid, z, z > 3, None, STYLE, {"x": [10.0], "y": [-20.0], "z": [1.4]}, "t"))
    assert {"x = 10.5", "y = −19.5", "z = 1.5"} <= set(words)  # noqa: RUF001 - a true minus sign


def test_opacity_falls_with_the_square_below_the_threshold():
    alpha = STYLE.paint(np.array([0.0, 1.5, 3.0, 8.0, -1.5, np.nan, np.inf]), np.zeros(7, dtype=bool))[:, 3]
    assert alpha == pytest.approx([0, 255 / 4, 255, 255, 255 / 4, 0, 255], abs=3)  # a level of 120 is 3 of 255 here


def test_what_passed_is_opaque_even_below_the_height():
    assert STYLE.paint(np.array([1.0]), np.array([True]))[0, 3] == 255


def test_only_what_passed_has_a_contour():
    z = np.zeros(SHAPE)
    z[12, 14, 10] = z[15, 14, 10] = 5.0
    passed = np.zeros(SHAPE, dtype=bool)
    passed[12, 14, 10] = True
    grid = DisplayGrid.from_mask(ball(), LAS)
    svg = brain.slices(grid, z, passed, None, STYLE, {"z": [1.5]}, "t")
    (black,) = re.findall(r'<path d="([^"]*)"[^>]*stroke="#000"', svg)
    assert black.count("M") == 1
    assert len(warm_places(svg)) == 2


def test_all_negative_maps_are_blue():
    z = np.full(SHAPE, -6.0)
    for svg in everything(z, z < -3)[:4]:
        assert len(warm_places(svg)) == 0
        pixels = images(svg)[-1][0].astype(int)
        assert (pixels[..., 2] - pixels[..., 0] > 60).any()


def test_f_maps_have_no_negative_half():
    words = text_places(brain.colour_bar(MapStyle(3.0, 8.0, signed=False), "F"))
    assert set(words) == {"0", "3", "8", "F"}
    assert set(text_places(brain.colour_bar(STYLE, "z"))) == {"−8", "−3", "0", "3", "8", "z"}  # noqa: RUF001


def test_nothing_passed_still_shows_the_map_and_the_glass_brain_is_empty():
    z = np.full(SHAPE, 2.0)
    slices, mosaic, glass, small, _ = everything(z, z > 3)
    assert "#000" not in slices + mosaic + glass + small
    assert images(glass) == images(small) == []
    assert (images(slices)[-1][0][..., 3] > 100).any()


def test_nan_is_hatched_and_never_coloured():
    z = np.full(SHAPE, 5.0)
    z[10:14, 12:16, :] = np.nan
    passed = np.ones(SHAPE, dtype=bool)
    hatched, *_ = everything(z, passed)
    plain, *_ = everything(np.nan_to_num(z, nan=5.0), passed)
    assert hatched.count('stroke="#6b7280"') > plain.count('stroke="#6b7280"')
    assert len(warm_places(hatched)) < len(warm_places(plain))


def test_a_map_of_nan_alone_is_cut_in_the_middle():
    z = np.full(SHAPE, np.nan)
    grid = DisplayGrid.from_mask(ball(), LAS)
    assert brain.choose_cuts(grid, z, ~np.isnan(z)) == {"x": [-1.5], "y": [1.5], "z": [1.5]}
    everything(z, ~np.isnan(z))


def test_the_head_outside_the_mask_is_hatched():
    head = HeadImage(np.where(ball(9), 100.0, 0.0), LAS)
    mask = ball(9)
    mask[..., :8] = False
    z = np.zeros(SHAPE)
    grid = DisplayGrid.from_mask(mask, LAS, head)
    cuts = {"y": [1.5]}
    with_head = brain.slices(grid, z, z > 3, grid.background(head), STYLE, cuts, "t")
    without = brain.slices(grid, z, z > 3, None, STYLE, cuts, "t")
    assert "#6b7280" in with_head
    assert "#6b7280" not in without


def test_voxels_that_are_no_cubes_keep_their_millimetres():
    mask, z, _ = phantom(AFFINES["flat"], (1, 1, 1))
    grid = DisplayGrid.from_mask(mask, AFFINES["flat"])
    assert grid.sizes == (3, 3, 4.5)
    svg = brain.slices(grid, z, z > 3, None, STYLE, {"x": [0.0], "z": [0.0]}, "t")
    sides = {(pixels.shape[1], pixels.shape[0]): box[2:] for pixels, box in images(svg)}
    assert sides[30, 22] == [90, 99]
    assert sides[26, 30] == [78, 90]


def test_the_mosaic_has_each_height_once():
    grid = DisplayGrid.from_mask(ball(3), LAS)
    heights = brain.mosaic_cuts(grid, 21)["z"]
    assert heights == sorted(set(heights))
    assert len(heights) == 5


def test_colours_darken_evenly_with_height():
    ramp = STYLE.paint(np.linspace(0.1, 8, 80), np.ones(80, dtype=bool))[:, :3] / 255
    linear = np.where(ramp <= 0.04045, ramp / 12.92, ((ramp + 0.055) / 1.055) ** 2.4)
    lightness = 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16
    assert (np.diff(lightness) <= 0).all()
    assert np.ptp(lightness) > 55


@pytest.mark.parametrize(("threshold", "vmax"), [(0, 5), (3, 3), (np.nan, 5), (np.inf, np.inf), (3, np.nan)])
def test_a_scale_without_room_is_refused(threshold, vmax):
    with pytest.raises(ValueError, match="threshold"):
        MapStyle(threshold, vmax)


def test_a_fitting_scale_ends_on_a_whole_number_clear_of_the_threshold():
    assert MapStyle.fitting(3.1, 7.2).vmax == 8
    assert MapStyle.fitting(5.2, 1.0).vmax == 7
