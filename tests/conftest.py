"""What all tests share: where the outside truth lies and where the demonstration study is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REFERENCE = Path(os.environ.get("HEVESY_REFERENCE", ROOT.parent / "shared" / "reference"))


def reference(path: str) -> Path:
    """A file of the outside truth; the test is skipped, by name, where it is absent."""
    found = REFERENCE / path
    if not found.exists():
        pytest.skip(f"outside truth absent: {path} (set HEVESY_REFERENCE)")
    return found
