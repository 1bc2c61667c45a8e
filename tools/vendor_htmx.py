"""Take htmx into the console: the minified file of its npm package and, beside it, where it is from.

Run with Node's npm at hand: python tools/vendor_htmx.py
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

VERSION = "4.0.1"
PLACE = Path(__file__).parents[1] / "src" / "hevesy" / "console" / "static"


def main() -> None:
    """Write htmx.min.js and htmx.min.toml."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", f"htmx.org@{VERSION}"], cwd=folder, check=True)
        (packed,) = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as archive:
            file = archive.extractfile("package/dist/htmx.min.js")
            assert file is not None
            content = file.read()
    (PLACE / "htmx.min.js").write_bytes(content)
    (PLACE / "htmx.min.toml").write_text(
        f'''work = "htmx, by Big Sky Software and its contributors"
locator = "version {VERSION}, dist/htmx.min.js"
origin = "npm package htmx.org@{VERSION}, unchanged"
licence = "0BSD (Zero-Clause BSD)"
made_by = "tools/vendor_htmx.py"
sha256 = "{hashlib.sha256(content).hexdigest()}"
''',
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
