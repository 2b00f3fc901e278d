"""PNG without an image library: the same pixels always give the same bytes."""

from __future__ import annotations

import base64
import struct
import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
"""Channels to the format's colour type: grey, RGB, RGBA."""
LEVEL = 6
"""Of zlib: the last one takes five times as long for a hundredth of the bytes."""
REMEMBERED = 32
"""Pictures that are not encoded again: the background is the same behind every map of a report."""
PALETTE = 3
"""Colour type of pictures with at most 256 colours, a third of the size; brains without a background are such."""


def encode(pixels: NDArray[np.uint8]) -> bytes:
    """PNG of ``pixels``: (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA, all uint8, none of them empty."""
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.size == 0:
        raise ValueError(f"expected a uint8 image, found {pixels.dtype} of shape {pixels.shape}")
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if channels not in COLOUR_TYPES:
        raise ValueError(f"expected 1, 3 or 4 channels, found {channels}")
    if channels == 4:
        colours, index = np.unique(pixels.reshape(-1, 4).view(">u4").ravel(), return_inverse=True)
        if len(colours) <= 256:
            table = colours.astype(">u4").view(np.uint8).reshape(-1, 4)
            return _with_palette(index.reshape(pixels.shape[:2]).astype(np.uint8), table)
    rows = _filtered(pixels.reshape(pixels.shape[0], -1), channels)
    return _file(pixels.shape[:2], COLOUR_TYPES[channels], rows)


def data_uri(pixels: NDArray[np.uint8]) -> str:
    """``pixels`` as the ``data:`` address of a PNG."""
    return _address(pixels.shape, np.ascontiguousarray(pixels).tobytes())


@lru_cache(maxsize=REMEMBERED)
def _address(shape: tuple[int, ...], data: bytes) -> str:
    pixels = np.frombuffer(data, dtype=np.uint8).reshape(shape)
    return "data:image/png;base64," + base64.b64encode(encode(pixels)).decode("ascii")


def _with_palette(index: NDArray[np.uint8], table: NDArray[np.uint8]) -> bytes:
    """``index`` (H, W) into ``table`` (n, 4) RGBA."""
    extra = _chunk(b"PLTE", table[:, :3].tobytes()) + _chunk(b"tRNS", table[:, 3].tobytes())
    # Where all is grey, numbers follow lightness and neighbours are alike; of colours a difference means nothing.
    is_grey = bool((table[:, :3] == table[:, :1]).all())
    rows = _filtered(index, 1) if is_grey else np.pad(index, ((0, 0), (1, 0)))
    return _file(index.shape, PALETTE, rows, extra)


def _filtered(rows: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Each row as it is, less its left or less its upper neighbour, whichever is smallest; filter number first."""
    left = np.pad(rows, ((0, 0), (channels, 0)))[:, : rows.shape[1]]
    above = np.pad(rows, ((1, 0), (0, 0)))[:-1]
    tried = np.stack([rows, rows - left, rows - above])
    cost = np.minimum(tried, 0 - tried).sum(axis=2, dtype=np.int64)
    best = cost.argmin(axis=0)
    return np.column_stack([best.astype(np.uint8), tried[best, np.arange(len(rows))]])


def _file(shape: tuple[int, ...], colour_type: int, rows: NDArray[np.uint8], extra: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", shape[1], shape[0], 8, colour_type, 0, 0, 0)
    body = _chunk(b"IDAT", zlib.compress(rows.tobytes(), LEVEL))
    return SIGNATURE + _chunk(b"IHDR", header) + extra + body + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
