"""gzip streams: read by Intel's ISA-L, which unpacks twice as fast as zlib; written by zlib.

ISA-L packs ten times as fast too, but once in some hundred files it packs the same bytes in another way.
"""

from __future__ import annotations

import gzip
import zlib
from typing import IO, Any

from isal import igzip, isal_zlib

ISAL_FILE: Any = igzip.IGzipFile
ISAL_ERROR: Any = isal_zlib.error
"""Their types say little, and of the error that it is a value."""

LEVEL = 1
"""Of zlib's 1 to 9: noise shrinks to half at any of them, and 1 is seven times as fast as 6."""

DAMAGE: tuple[type[Exception], ...] = (OSError, EOFError, zlib.error, ISAL_ERROR)
"""What reading a stream raises that is damaged or cut off."""


def unpacking(file: IO[bytes]) -> Any:
    """The bytes that a file holds packed, all of its members; the end is reached only where every checksum is right."""
    return ISAL_FILE(fileobj=file)


def beginning(file: IO[bytes], length: int) -> bytes:
    """The first bytes that a file holds packed, by zlib: it looks no further ahead, ISA-L half a megabyte."""
    with gzip.GzipFile(fileobj=file) as stream:
        return stream.read(length)


def packing(file: IO[bytes]) -> Any:
    """What is written comes into the file packed, without name or time, so that the same content gives the same bytes.

    It ends when it is closed; the file below is left open.
    """
    return gzip.GzipFile("", "wb", LEVEL, file, mtime=0)
