"""Take NiiVue into the console: one file of its npm package, where it is from, and the licences of what is in it.

Run with Node's npm at hand: python tools/vendor_niivue.py
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

VERSION = "0.69.0"
HELD = (
    "fflate@0.8.2",
    "gl-matrix@3.4.3",
    "nifti-reader-js@0.8.0",
    "zarrita@0.5.0",
    "@zarrita/storage@0.1.0",
    "numcodecs@0.3.2",
    "@lukeed/uuid@2.0.1",
    "@lukeed/csprng@1.1.0",
    "@ungap/structured-clone@1.2.0",
    "array-equal@1.0.2",
)
"""What the file is built from beside NiiVue itself; each package has its licence."""
OWN = """BSD 2-Clause License

Copyright (c) 2021, Niivue
All rights reserved.

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this
   list of conditions and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice,
   this list of conditions and the following disclaimer in the documentation
   and/or other materials provided with the distribution.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"
AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""
"""Of NiiVue's repository; the package names the licence and does not carry its text."""
PLACE = Path(__file__).parents[1] / "src" / "hevesy" / "console" / "static"


def main() -> None:
    """Write niivue.js, niivue.toml and niivue.licences.txt."""
    content = packed(f"@niivue/niivue@{VERSION}", ("package/dist/niivue.umd.js",))
    (PLACE / "niivue.js").write_bytes(content)
    names = ("package/LICENSE", "package/LICENSE.md", "package/license")
    others = (f"{name}\n\n{packed(name, names).decode().strip()}\n" for name in HELD)
    roboto = "The font in it is Roboto, by Google: Apache-2.0, https://www.apache.org/licenses/LICENSE-2.0\n"
    told = f"\n{'-' * 79}\n\n".join((f"@niivue/niivue@{VERSION}\n\n{OWN}", *others, roboto))
    (PLACE / "niivue.licences.txt").write_text(told, encoding="utf-8")
    (PLACE / "niivue.toml").write_text(
        f'''work = "NiiVue, by Chris Rorden, Taylor Hanayik and its contributors"
locator = "version {VERSION}, dist/niivue.umd.js"
origin = "npm package @niivue/niivue@{VERSION}, unchanged"
licence = "BSD-2-Clause; what is in it: niivue.licences.txt"
made_by = "tools/vendor_niivue.py"
sha256 = "{hashlib.sha256(content).hexdigest()}"
''',
        encoding="utf-8",
    )


def packed(package: str, names: tuple[str, ...]) -> bytes:
    """The first of some files that a package has."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as opened:
            found = next(name for name in names if name in opened.getnames())
            file = opened.extractfile(found)
            assert file is not None
            return file.read()


if __name__ == "__main__":
    main()
