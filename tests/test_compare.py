"""Both demonstrations and the documents' examples say what they said before the house was rebuilt, line by line."""

from __future__ import annotations

import json
import sys

from tests.conftest import ROOT

KEPT = ROOT / "tests" / "expected" / "said.json"
"""Written by tools/compare_readouts.py --write on 2026-11-28, before the first step; a wanted change writes it anew."""


def test_what_is_said_is_what_was_said() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from compare_readouts import Version, differences, hashed
    finally:
        sys.path.remove(str(ROOT / "tools"))
    before, now = json.loads(KEPT.read_text()), hashed(Version(ROOT / "src").says())
    assert sum(map(len, before.values())) > 5_000
    told = "run tools/compare_readouts.py REVISION to see them in words"
    assert differences(before, now) == [], told
