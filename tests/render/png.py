"""The pixels of a PNG file (eight bits a channel, not interlaced), read plainly."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numba import njit
from numpy.typing import NDArray


def pixels(content: bytes) -> NDArray[np.uint8]:
    """Height x width x 3; what is clear is white."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    chunks: dict[bytes, bytes] = {}
    place = 8
    while place < len(content):
        (size,), kind = struct.unpack(">I", content[place : place + 4]), content[place + 4 : place + 8]
        chunks[kind] = chunks.get(kind, b"") + content[place + 8 : place + 8 + size]
        place += 12 + size
    width, height, depth, colours, *_, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    channels = {2: 3, 6: 4}[colours]
    assert (depth, interlaced) == (8, 0)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8).reshape(height, 1 + width * channels)
    found = unfiltered(lines, channels).reshape(height, width, channels).astype(float)
    if channels == 4:
        clear = 1 - found[..., 3:] / 255
        found = found[..., :3] * (1 - clear) + 255 * clear
    return found.astype(np.uint8)


@njit
def unfiltered(lines, channels):  # type: ignore[no-untyped-def]
    """Each line as the difference from its left, upper and upper left neighbours that its first byte names."""
    height, width = lines.shape[0], lines.shape[1] - 1
    out = np.zeros((height, width), dtype=np.uint8)
    for y in range(height):
        kind = lines[y, 0]
        for x in range(width):
            left = int(out[y, x - channels]) if x >= channels else 0
            up = int(out[y - 1, x]) if y else 0
            corner = int(out[y - 1, x - channels]) if y and x >= channels else 0
            guess = 0
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = up
            elif kind == 3:
                guess = (left + up) // 2
            elif kind == 4:
                near = left + up - corner
                a, b, c = abs(near - left), abs(near - up), abs(near - corner)
                guess = left if a <= b and a <= c else (up if b <= c else corner)
            out[y, x] = (int(lines[y, x + 1]) + guess) & 255
    return out
