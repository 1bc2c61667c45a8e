"""Seeded mutations of valid images and regions, read as questions read them.

Usage: python -m tests.files.image_mutations KIND FIRST COUNT
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import traceback
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import ImplicitVRLittleEndian

from hevesy.conduct.images import regions_of, suv_image
from hevesy.conduct.looked_at import image_of
from hevesy.errors import HevesyError
from hevesy.imaging.volume import Grid
from tests.files.mutations import LARGEST_BYTES, Mutation, cut_off, flip_bits, insert, no_sentence, play, take_out
from tests.files.pet_objects import IDENTIFIERS, enhanced_pet, nifti_mask, segmentation, structure_set, write_scan

READ_AS_IMAGE = {
    "ct": "CT_small.dcm",
    "mr": "MR_small.dcm",
    "rle": "MR_small_RLE.dcm",
}
KINDS = ("pet", "implicit", "enhanced", "rtstruct", "seg", "nifti", *READ_AS_IMAGE)


def grid() -> Grid:
    """The grid of the scan that regions are drawn on."""
    affine = np.array([[0, 0, 4.0, -30], [0, 4.0, 0, -20], [4.0, 0, 0, 100], [0, 0, 0, 1]])
    return Grid(shape=(6, 16, 16), affine=affine)


def valid(kind: str) -> bytes:
    """A valid file of a kind."""
    if kind in READ_AS_IMAGE:
        return Path(str(get_testdata_file(READ_AS_IMAGE[kind]))).read_bytes()
    with tempfile.TemporaryDirectory() as temporary:
        folder = write_scan(Path(temporary) / "scan")
        slices = sorted(folder.iterdir())
        match kind:
            case "pet":
                return slices[2].read_bytes()
            case "implicit":
                found = dcmread(slices[2])
                found.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
                written = BytesIO()
                found.save_as(written, implicit_vr=True, little_endian=True)
                return written.getvalue()
            case "enhanced":
                return enhanced_pet(Path(temporary) / "whole.dcm").read_bytes()
            case "rtstruct":
                return structure_set(Path(temporary) / "whole.dcm").read_bytes()
            case "seg":
                return segmentation(Path(temporary) / "whole.dcm", slices).read_bytes()
            case _:
                return nifti_mask(Path(temporary) / "whole.nii").read_bytes()


def huge_length(content: bytes, draw: random.Random) -> bytes:
    """The length of an element made huge."""
    found = list(re.finditer(rb"[A-Z]{2}(?=..)", content, flags=re.DOTALL))
    start = draw.choice(found).end() if found else draw.randrange(max(len(content) - 8, 1))
    wide = draw.choice((2, 4))
    start += 2 * (wide == 4)
    return content[:start] + draw.choice((b"\xff", b"\x7f", b"\xfe"))[:1] * wide + content[start + wide :]


def other_kind(content: bytes, draw: random.Random) -> bytes:
    """The kind of an element (VR) exchanged for another."""
    found = list(re.finditer(rb"AE|AS|AT|CS|DA|DS|DT|FD|IS|LO|OB|OW|PN|SH|SQ|ST|TM|UI|UL|UN|US", content))
    if not found:
        return flip_bits(content, draw)
    one = draw.choice(found)
    kinds = (b"SQ", b"OB", b"UN", b"DS", b"US", b"PN", b"AT", b"XX", b"FD", b"UT", b"DA", b"TM")
    return content[: one.start()] + draw.choice(kinds) + content[one.end() :]


def swap_tags(content: bytes, draw: random.Random) -> bytes:
    """Two pieces of the length of a tag exchanged."""
    end = max(min(len(content) - 4, 4000), 1)
    one, other = sorted((draw.randrange(0, end, 2), draw.randrange(0, end, 2)))
    if other - one < 4:
        return flip_bits(content, draw)
    return (
        content[:one]
        + content[other : other + 4]
        + content[one + 4 : other]
        + content[one : one + 4]
        + content[other + 4 :]
    )


def odd_number(content: bytes, draw: random.Random) -> bytes:
    """Digits exchanged for what is no number, or for none that can be, in the length that was there."""
    found = list(re.finditer(rb"[\d.]{2,16}", content[:20_000]))
    if not found:
        return flip_bits(content, draw)
    one = draw.choice(found)
    word = draw.choice((b"-1", b"0", b"1e999", b"nan", b"inf", b"x", b"", b"1E-300", b"\\", b"99999999999999"))
    return content[: one.start()] + word.ljust(len(one[0]))[: len(one[0])] + content[one.end() :]


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits, cut_off, take_out, insert, huge_length, other_kind, swap_tags, odd_number, other_kind, odd_number,
)  # fmt: skip


def mutated(content: bytes, kind: str, number: int) -> tuple[bytes, str]:
    """The mutated file of a number, and what was done to it."""
    draw = random.Random(f"{kind} {number}")
    done = draw.choices(MUTATIONS, k=draw.choice((1, 1, 1, 2, 3)))
    for mutation in done:
        content = mutation(content, draw)[:LARGEST_BYTES]
    return content, ", ".join(mutation.__name__ for mutation in done)


def reader(kind: str) -> Callable[[Path], object]:
    """How a question reads a file of a kind."""
    if kind in ("rtstruct", "seg", "nifti"):
        return lambda path: regions_of(path, grid())
    if kind in READ_AS_IMAGE:
        return lambda path: image_of([path])
    return lambda path: suv_image([path])


def fault_of(kind: str, content: bytes, folder: Path) -> tuple[str | None, bool]:
    """What is wrong with how a file is read (None: nothing), and whether it is refused."""
    path = folder / ("dm.nii" if kind == "nifti" else "dm.dcm")
    path.write_bytes(content)
    try:
        reader(kind)(path)
    except HevesyError as error:
        told = str(error)
        if any(one in told for one in IDENTIFIERS):
            return f"an identifier is told: {told[:300]!r}", True
        return no_sentence(told), True
    except BaseException:
        return traceback.format_exc()[-1500:], False
    beside = [one.name for one in folder.iterdir() if one != path]
    return (f"written: {beside}" if beside else None), False


def main() -> None:
    """Read mutated files of a kind."""
    kind, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    whole = valid(kind)
    play(
        whole,
        lambda number: mutated(whole, kind, number),
        lambda content, folder: fault_of(kind, content, folder),
        first,
        count,
    )


if __name__ == "__main__":
    main()
