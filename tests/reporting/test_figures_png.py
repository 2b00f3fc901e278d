"""PNG: an independent decoder must read back the pixels that went in."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from glmspec.reporting.figures.png import data_uri, encode


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3), (7, 5, 4), (1, 1, 4), (40, 30, 4)])
def test_pixels_are_read_back_exactly(shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    mode = {2: "L", 3: "RGB" if shape[-1] == 3 else "RGBA"}[len(shape)]
    np.testing.assert_array_equal(decoded(encode(pixels)), np.asarray(Image.fromarray(pixels, mode).convert("RGBA")))


def test_smooth_pictures_are_filtered_and_read_back_exactly():
    ramp = np.add.outer(np.arange(90), np.arange(80)).astype(np.uint8)
    pixels = np.dstack([ramp, ramp[::-1], ramp // 2, np.full_like(ramp, 255)])
    data = encode(pixels)
    np.testing.assert_array_equal(decoded(data), pixels)
    assert len(data) < pixels.size / 20


@pytest.mark.parametrize("colours", [1, 2, 256, 257])
def test_few_colours_become_a_palette_without_loss(colours):
    table = np.random.default_rng(2).integers(0, 256, (colours, 4), dtype=np.uint8)
    pixels = table[np.arange(32 * 32).reshape(32, 32) % colours]
    data = encode(pixels)
    np.testing.assert_array_equal(decoded(data), pixels)
    assert (b"PLTE" in data) == (colours <= 256)


def test_same_pixels_same_bytes():
    pixels = np.random.default_rng(3).integers(0, 256, (9, 9, 4), dtype=np.uint8)
    assert encode(pixels) == encode(pixels.copy(order="F"))


def test_data_uri_is_the_png():
    pixels = np.zeros((2, 3, 4), dtype=np.uint8)
    head, body = data_uri(pixels).split(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(body) == encode(pixels)


@pytest.mark.parametrize("pixels", [np.zeros((2, 2)), np.zeros((0, 2), np.uint8), np.zeros((2, 2, 2), np.uint8)])
def test_what_is_no_picture_is_refused(pixels):
    with pytest.raises(ValueError, match="expected"):
        encode(pixels)
