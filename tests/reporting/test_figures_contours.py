"""Contours of known shapes, as path data."""

import re

import numpy as np
import pytest

from glmspec.reporting.figures.contours import Frame, contour, hatching, loops, outline


def image(*rows):
    return np.array([[mark == "#" for mark in row] for row in rows])


def test_a_voxel_is_a_square():
    assert contour(image("...", ".#.", "...")) == "M1 1H2V2H1Z"


def test_runs_are_merged():
    assert contour(image("####", "####")) == "M0 0H4V2H0Z"


def test_an_l_has_six_corners():
    assert contour(image("#.", "##")) == "M0 0H1V1H2V2H0Z"


def test_a_hole_is_a_loop_of_its_own_the_other_way_round():
    ring = image("###", "#.#", "###")
    assert sorted(len(loop) for loop in loops(ring)) == [4, 12]

    def area(loop):
        x, y = np.array(loop).T
        return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2

    assert sorted(area(loop) for loop in loops(ring)) == [-1, 9]


def test_voxels_that_touch_at_a_corner_stay_apart():
    assert contour(image("#.", ".#")) == "M0 0H1V1H0ZM1 1H2V2H1Z"


def test_frame_moves_and_stretches():
    assert contour(image("#"), Frame(10, 20, 2, 3.5)) == "M10 20H12V23.5H10Z"


@pytest.mark.parametrize("draw", [contour, outline, hatching])
def test_nothing_gives_no_path(draw):
    assert draw(np.zeros((4, 5), dtype=bool)) == ""


def test_contour_length_is_the_number_of_voxel_edges():
    inside = np.random.default_rng(0).random((30, 25)) > 0.5
    padded = np.pad(inside, 1).astype(int)
    edges = np.abs(np.diff(padded, axis=0)).sum() + np.abs(np.diff(padded, axis=1)).sum()
    assert sum(len(loop) for loop in loops(inside)) == edges
    assert contour(inside) == contour(inside.copy(order="F"))


def test_outline_stays_near_a_disc_and_drops_specks():
    y, x = np.indices((60, 60))
    disc = (x - 30) ** 2 + (y - 30) ** 2 < 25**2
    disc[0, 0] = True
    path = outline(disc)
    assert path.count("M") == 1
    points = np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", path), dtype=float)
    radius = np.hypot(points[:, 0] - 30.5, points[:, 1] - 30.5)
    assert np.abs(radius - 25).max() < 1.0


def test_hatching_runs_along_diagonals_inside_only():
    assert hatching(image("###", "###", "##."), every=2) == "M1 0L0 1M3 0L0 3"


def test_hatching_every_diagonal_crosses_every_voxel_once():
    inside = np.random.default_rng(1).random((12, 17)) > 0.4
    numbers = re.findall(r"M(\d+) (\d+)L(\d+) (\d+)", hatching(inside, every=1))
    assert sum(int(bottom) - int(top) for _, top, _, bottom in numbers) == inside.sum()
