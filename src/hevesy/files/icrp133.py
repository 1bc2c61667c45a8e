"""Read the specific absorbed fractions of ICRP Publication 133 from files that the user is licensed to use."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import DeliveryError, RuleError, shown
from hevesy.provenance import Source
from hevesy.radiation.absorbed_fractions import CARRIERS, AbsorbedFractions, SpecificAbsorbedFractions
from hevesy.radiation.words import Carrier, Phantom

KNOWN = {
    "187eb7b964c05477df41329052d6431a7c2c0d9a26551370a8cd47a00c557ba5": "AM photon",
    "6fa7ca882a553ae99a5c864439ce4d5fbefd538e07e6273762b4f96e198210ee": "AM electron",
    "6810fbea8739d4e10fcebacd404c54d0654449dda4d9669232c7fa3a25950514": "AM alpha",
    "61c688356b072d7d8f724c17dc590ed1fb999c2e3494c5e1cc3895d99f0c15f2": "AF photon",
    "723a13cd8e0b14d90234c2b4de8bd2794dba062368795fe353bbdb13fa9cea42": "AF electron",
    "13eab7a9302a51b294e0db45c0cde3c983d87963478c913afc3defbd4110923c": "AF alpha",
    "aba5d6f437d82dd4c657404e6e01850142bc19c3401b3ecf32a8c87887799158": "sources",
    "c80d1c14486f3c757f11e57cf05fe8147b7f1091fac390fcdc4d9ad3bab53fcb": "targets",
}
"""The files of 2016-08-12, by the SHA-256 of their lines without spaces and tabs at the end, each with a line feed."""
LISTS = {"sources": "Source Regions", "targets": "Targets"}
"""How the lists of regions begin."""
TABLE = "Specific absorbed fractions"
RADIATION: dict[Carrier, str] = {"photon": "Photons", "electron": "Electrons", "alpha": "Alpha SAFs"}
"""What stands in the third line of a table; in the second stands the sex."""
SEX: dict[Phantom, str] = {"AM": "male", "AF": "female"}
FIRST_BYTES, MOST_FILES = 2000, 5000
"""Of a file, to see what it is; and files of a folder that are looked at."""
HEAD = 5
"""Lines of a table before its first row; energies stand in the fourth."""
MOST_BYTES = 20_000_000
MOST_ENERGIES, MOST_REGIONS = 200, 1000


def read_icrp133(
    places: Path | Sequence[Path], phantom: Phantom, accept_sha256: Collection[str] = ()
) -> SpecificAbsorbedFractions:
    """Specific absorbed fractions of the adult male (AM) or female (AF) reference phantom of Publication 133.

    From a folder, or from its files one by one: tables of photons, electrons and alphas (.SAF) and the lists of source
    and target regions (.NDX), whatever their names; neutrons are not read. A file is known by its SHA-256: one that is
    not is refused, unless its hash begins as one of `accept_sha256` does; it is then read as strictly, and every answer
    says it.
    """
    accepted = tuple(one.strip().lower() for one in accept_sha256 if one.strip())
    offered = _offered([places] if isinstance(places, Path) else places)
    found = {what: _read(offered, phantom, what, accepted) for what in (*CARRIERS, *LISTS)}
    sources, targets = _sources(found["sources"], phantom), _targets(found["targets"], phantom)
    tables = {carrier: _table(found[carrier], tuple(targets), tuple(sources)) for carrier in CARRIERS}
    strangers = [text for text in found.values() if text.sha256 not in KNOWN]
    try:
        return SpecificAbsorbedFractions(
            phantom=phantom,
            targets=tuple(targets),
            sources=tuple(sources),
            of=tables,
            target_masses_g=tuple(targets.values()),
            source_masses_g=tuple(mass for mass, _ in sources.values()),
            tissues=tuple(name for name, (_, counts) in sources.items() if counts),
            masses="with blood",
            because=(
                f"specific absorbed fractions of the adult {SEX[phantom]} of ICRP Publication 133 from the user's own "
                "files, between their energies by a monotone cubic (PCHIP); masses of targets hold their blood",
            ),
            source=Source(
                work="ICRP Publication 133 (Ann. ICRP 45(2), 2016)",
                locator=f"{', '.join(text.name for text in found.values())}",
                licence="ICRP, restricted",
                sha256=found["electron"].sha256,
            ),
            warnings=tuple(
                f"{one.name} is none of the files of 2016-08-12: read because its SHA-256 {one.sha256} was accepted"
                for one in strangers
            ),
        )
    except RuleError as error:
        raise DeliveryError(f"{found['electron'].name}: {error.rule}") from error


class _Text:
    """A file's lines without blanks at their ends, and the hash of them."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
        except OSError as error:
            raise DeliveryError(f"{path.name} cannot be read: {error.strerror}") from error
        if content is None:
            raise DeliveryError(f"{path.name} is larger than {MOST_BYTES:,} bytes: no table of ICRP Publication 133 is")
        self.lines = [line.rstrip() for line in content.decode("latin-1").splitlines()]
        self.sha256 = hashlib.sha256(("\n".join(self.lines).strip() + "\n").encode("latin-1")).hexdigest()

    def fault(self, line: int, rule: str) -> DeliveryError:
        """What is wrong in a line, counted from 1."""
        return DeliveryError(f"{self.name}, line {line}: {rule}", line)


def _offered(places: Sequence[Path]) -> dict[Path, str]:
    """Of every file that is named or lies in a folder that is named: what it says that it is."""
    try:
        files = [file for one in places for file in (sorted(one.iterdir()) if one.is_dir() else [one])]
    except OSError as error:
        raise DeliveryError(f"{error.filename} cannot be read as a folder: {error.strerror}") from error
    if len(files) > MOST_FILES:
        raise DeliveryError(f"{len(files):,} files are offered; at most {MOST_FILES:,} are looked at")
    return {file: _what(file) for file in files if not file.is_dir()}


def _what(path: Path) -> str:
    """What a file says in its first lines that it is: `sources`, `targets`, or phantom and radiation; else nothing."""
    try:
        with path.open("rb") as file:
            lines = file.read(FIRST_BYTES).decode("latin-1").splitlines()
    except OSError as error:
        raise DeliveryError(f"{path.name} cannot be read: {error.strerror}") from error
    first, second, third = (lines[place] if len(lines) > place else "" for place in range(3))
    if listed := next((what for what, begins in LISTS.items() if first.startswith(begins)), ""):
        return listed
    sex = next((phantom for phantom, word in SEX.items() if word in second.casefold().split()), "")
    radiation = next((carrier for carrier, words in RADIATION.items() if third.strip(" |\t") == words), "")
    return f"{sex} {radiation}" if first.startswith(TABLE) and sex and radiation else ""


def _read(offered: Mapping[Path, str], phantom: Phantom, what: str, accepted: tuple[str, ...]) -> _Text:
    """The one file that holds something, known or accepted."""
    wanted = what if what in LISTS else f"{phantom} {what}"
    paths = [path for path, found in offered.items() if found == wanted]
    if len(paths) != 1:
        told = f"the list of {what}" if what in LISTS else f"the table of {what}s of the adult {SEX[phantom]}"
        counted = f"{len(paths)} files ({', '.join(path.name for path in paths)}) are" if paths else "no file is"
        raise DeliveryError(
            f"of what is offered {counted} {told} of ICRP Publication 133; needed are one each of photons, electrons "
            "and alphas, and the lists of sources and targets"
        )
    text = _Text(paths[0])
    if text.sha256 not in KNOWN and not text.sha256.startswith(accepted):
        raise DeliveryError(
            f"{text.name} is none of the files of ICRP Publication 133 of 2016-08-12 that are known (SHA-256 of its "
            f"lines: {text.sha256}): check it, and read it by ⟦accept_sha256⟧ if it is right"
        )
    return text


def _number(text: _Text, line: int, word: str, what: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise text.fault(line, f"{what} is a number of 0 or more, got {shown(word)}")
    return value


def _count(text: _Text, line: int) -> int:
    words = text.lines[line - 1].split() if len(text.lines) >= line else []
    if not words or not words[0].isdigit() or not 0 < int(words[0]) <= MOST_REGIONS:
        raise text.fault(line, f"the number of regions stands first, got {shown(' '.join(words))}")
    return int(words[0])


def _regions(text: _Text, head: int, width: int) -> list[tuple[int, list[str]]]:
    """Rows of a list of regions with their lines; the number of regions stands in the line above the dashes."""
    number = _count(text, head - 1)
    rows = [
        (head + 1 + place, text.lines[head + place].split()) for place in range(min(number, len(text.lines) - head))
    ]
    if len(rows) < number:
        raise text.fault(len(text.lines), f"{number} regions are announced, the file ends after {len(rows)}")
    seen: set[str] = set()
    for line, words in rows:
        if len(words) != width:
            raise text.fault(line, f"a region has {width} columns, got {len(words)}")
        if words[0] in seen:
            raise text.fault(line, f"the region {words[0]} stands twice")
        seen.add(words[0])
    return rows


def _sources(text: _Text, phantom: Phantom) -> dict[str, tuple[float, bool]]:
    """Of each source the mass (g), and whether it counts as tissue of the body."""
    first = 1 if phantom == "AM" else 3
    found = {}
    for line, words in _regions(text, HEAD, 5):
        if words[first + 1] not in ("0", "1"):
            raise text.fault(line, f"the mark of a source is 0 or 1, got {shown(words[first + 1])}")
        found[words[0]] = (1000 * _number(text, line, words[first], "a mass"), words[first + 1] == "1")
    return found


def _targets(text: _Text, phantom: Phantom) -> dict[str, float]:
    """Of each target the mass (g)."""
    place = 1 if phantom == "AM" else 2
    return {words[0]: 1000 * _number(text, line, words[place], "a mass") for line, words in _regions(text, HEAD - 1, 3)}


def _table(text: _Text, targets: tuple[str, ...], sources: tuple[str, ...]) -> AbsorbedFractions:
    """One table: a row for each source and, within it, each target, in the order of the lists."""
    if len(text.lines) < HEAD:
        raise text.fault(len(text.lines), "a table has five lines before its rows")
    energies = _energies(text, len(targets), len(sources))
    pairs = [(source, target) for source in sources for target in targets]
    rows = text.lines[HEAD:]
    if len([row for row in rows if row.strip()]) != len(pairs) or len(rows) < len(pairs):
        raise text.fault(len(text.lines), f"{len(pairs)} rows are announced, got {len(rows)}")
    values = _values(text, rows[: len(pairs)], pairs, len(energies))
    shape = (len(sources), len(targets), len(energies))
    return AbsorbedFractions(
        energies_keV=1000 * energies, per_kg=np.ascontiguousarray(values.reshape(shape).transpose(2, 1, 0))
    )


def _energies(text: _Text, targets: int, sources: int) -> NDArray[np.float64]:
    """Energies (MeV), which rise from 0; before them the numbers of targets and sources, after them Ecut and ID."""
    words = text.lines[3].replace("|", " ").split("Ecut")[0].split()
    if words[:2] != [str(targets), str(sources)]:
        raise text.fault(
            4, f"the table is of {targets} targets and {sources} sources, got {shown(' '.join(words[:2]))}"
        )
    energies = np.array([_number(text, 4, word, "an energy") for word in words[2:]])
    if not 2 <= len(energies) <= MOST_ENERGIES or energies[0] != 0 or not (np.diff(energies) > 0).all():
        raise text.fault(4, f"energies rise from 0, got {shown(' '.join(words[2:]))}")
    return energies


def _values(text: _Text, rows: Sequence[str], pairs: Sequence[tuple[str, str]], energies: int) -> NDArray[np.float64]:
    """Numbers of all rows, shape (pairs, energies); two more in each row are not read."""
    numbers = []
    for line, (row, (source, target)) in enumerate(zip(rows, pairs, strict=True), HEAD + 1):
        named, arrow, rest = row.partition("<-")
        words = rest.split()
        if not arrow or named.strip() != target or not words or words[0] != source:
            raise text.fault(line, f"here stands {target}<-{source}, got {shown(row[:24].strip())}")
        if len(words) != energies + 3:
            raise text.fault(line, f"a row has {energies} values, Ecut and ID, got {len(words) - 1} numbers")
        numbers.append(words[1 : energies + 1])
    try:
        values = np.array(numbers, dtype=np.float64)
        sound = bool((np.isfinite(values) & (values >= 0)).all())
    except ValueError:
        sound = False
    if not sound:
        for line, words in enumerate(numbers, HEAD + 1):
            for word in words:
                _number(text, line, word, "an absorbed fraction")
    return values
