"""Write a folder of results whole or not at all, and never over another one."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path


def write_folder(wanted: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files below `wanted`; a folder that holds other bytes is left alone and a numbered one is made beside it.

    Gives the folder that holds exactly these files. Written beside first and renamed, so that no half folder is seen.
    """
    for path in files:
        if not all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}", part) for part in path.split("/")):
            raise ValueError(f"{path!r} is not a file name a readout may have")
    folder, number = wanted, 1
    while folder.exists():
        if _same(folder, files):
            return folder
        number += 1
        folder = wanted.with_name(f"{wanted.name}_{number}")
    partial = folder.with_name(f".{folder.name}.{os.getpid()}")
    if partial.exists():
        shutil.rmtree(partial)
    for path, content in files.items():
        target = partial / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    partial.rename(folder)
    return folder


def _same(folder: Path, files: Mapping[str, bytes]) -> bool:
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return set(there) == set(files) and all(there[path].read_bytes() == content for path, content in files.items())
