"""Files of ICRP Publication 133: what is read, and that whatever is not sound is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hevesy.errors import DeliveryError
from hevesy.files.icrp133 import read_icrp133
from hevesy.radiation.words import Phantom
from tests.conftest import reference
from tests.files.phantom_files import files, hash_of, write

PHOTONS, SOURCES = "rcp-am_photon_made-up.SAF", "sregions_made-up.NDX"
FIRST = "the first value"


def changed(name: str, old: str, new: str) -> dict[str, str]:
    text = files()[name]
    assert old in text
    return {name: text.replace(old, new, 1)}


@pytest.mark.parametrize("name", ["AM", "AF"])
def test_the_files_of_publication_133_are_known(name: Phantom) -> None:
    found = read_icrp133(reference("icrp"), name)
    assert (len(found.targets), len(found.sources), len(found.of["photon"].energies_keV)) == (43, 79, 28)
    assert found.warnings == ()
    assert dict(zip(found.targets, found.target_masses_g, strict=True))["Liver"] == {"AM": 2360, "AF": 1810}[name]


def test_what_stands_in_a_row_stands_in_the_table(tmp_path: Path) -> None:
    accept = write(tmp_path)
    found = read_icrp133(tmp_path, "AF", accept)
    line = next(
        row for row in files()["rcp-af_electron_made-up.SAF"].splitlines() if row.startswith("R-marrow  <-Blood")
    )
    told = [float(word) for word in line.split("<-")[1].split()[1:-2]]
    table = found.of["electron"]
    assert table.per_kg[:, found.targets.index("R-marrow"), found.sources.index("Blood")].tolist() == told
    assert table.energies_keV.tolist() == [0, 10, 100, 500, 1000, 4000]
    assert (found.tissues, found.target_masses_g) == (("Liver", "Muscle"), (1810, 1064, 17930))
    assert len(found.warnings) == 5


def test_an_unknown_file_is_refused_with_its_hash_and_line_ends_are_no_other_file(tmp_path: Path) -> None:
    accept = write(tmp_path)
    with pytest.raises(DeliveryError, match=rf"{PHOTONS} is none of the files .* {hash_of(files()[PHOTONS])}\)"):
        read_icrp133(tmp_path, "AM")
    for name, text in files().items():
        (tmp_path / name).write_bytes(text.replace("\n", " \t\r\n").encode())
    assert read_icrp133(tmp_path, "AM", accept).phantom == "AM"


def test_a_file_is_what_it_says_whatever_its_name(tmp_path: Path) -> None:
    accept = write(tmp_path)
    for number, path in enumerate(sorted(tmp_path.iterdir())):
        path.rename(tmp_path / f"{number:04d}")
    assert read_icrp133(tmp_path, "AM", accept).target_masses_g[0] == 2360


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        (PHOTONS, "  3  3  ", "  3  4  ", "line 4: the table is of 3 targets and 3 sources"),
        (PHOTONS, "0.010       0.050", "0.050       0.010", "line 4: energies rise from 0"),
        (PHOTONS, "R-marrow  <-Liver", "Liver     <-Liver", "line 7: here stands R-marrow<-Liver"),
        (PHOTONS, "   0.001    2\n", " 1.000E-02   0.001    2\n", "line 6: a row has 7 values, Ecut and ID"),
        (PHOTONS, FIRST, "1,339E-02", "line 6: an absorbed fraction is a number of 0 or more, got '1,339E-02'"),
        (PHOTONS, FIRST, "-1.339E-2", "line 6: an absorbed fraction is a number of 0 or more"),
        (PHOTONS, FIRST, "nan", "line 6: an absorbed fraction is a number of 0 or more"),
        (PHOTONS, "Muscle    <-Muscle", "", "line 14: here stands Muscle<-Muscle"),
        (SOURCES, "Blood", "Liver", "line 7: the region Liver stands twice"),
        (SOURCES, "2.900E+01 1", "2.900E+01 2", "line 8: the mark of a source is 0 or 1"),
        (SOURCES, "3  Male", "9  Male", "9 regions are announced"),
        (SOURCES, "5.600E+00 0 4", "5.600E+00 4", "line 7: a region has 5 columns, got 4"),
        (SOURCES, "1.800E+00", "1.8 kg", "line 6: a region has 5 columns"),
        (SOURCES, "1.800E+00", "heavy", "line 6: a mass is a number of 0 or more, got 'heavy'"),
    ],
)
def test_a_damaged_file_is_refused_where_it_is(name: str, old: str, new: str, rule: str, tmp_path: Path) -> None:
    accept = write(tmp_path, _first_value(new) if old == FIRST else changed(name, old, new))
    with pytest.raises(DeliveryError) as error:
        read_icrp133(tmp_path, "AM", accept)
    assert rule in str(error.value)
    assert name in str(error.value)


def _first_value(new: str) -> dict[str, str]:
    """The photon table with another first value in its first row."""
    text = files()[PHOTONS]
    row = text.splitlines()[5]
    head, values = row.split("<-Liver")
    words = values.split()
    return {PHOTONS: text.replace(row, f"{head}<-Liver      {' '.join([new, *words[1:]])}", 1)}


def test_a_folder_lacks_a_file_or_has_two(tmp_path: Path) -> None:
    accept = write(tmp_path)
    (tmp_path / "rcp-am_photon_again.SAF").write_text(files()[PHOTONS])
    with pytest.raises(
        DeliveryError, match=r"2 files \(rcp-am_photon_again.SAF, rcp-am_photon_made-up.SAF\) are the table of photons"
    ):
        read_icrp133(tmp_path, "AM", accept)
    (tmp_path / "torgans_made-up.NDX").unlink()
    with pytest.raises(DeliveryError, match="no file is the list of targets"):
        read_icrp133(tmp_path, "AF", accept)
    with pytest.raises(DeliveryError, match="nowhere cannot be read: No such file"):
        read_icrp133(tmp_path / "nowhere", "AF", accept)
    write(tmp_path / "another", changed(PHOTONS, "Adult Male", "Adult Female"))
    with pytest.raises(DeliveryError, match="no file is the table of photons of the adult male"):
        read_icrp133(tmp_path / "another", "AM", accept)


def test_files_may_be_named_one_by_one(tmp_path: Path) -> None:
    accept = write(tmp_path)
    found = read_icrp133([path for path in tmp_path.iterdir() if "am" not in path.name[:6]], "AF", accept)
    assert found.phantom == "AF"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cut=st.integers(0, 10_000), put=st.text(max_size=6), name=st.sampled_from(sorted(files())))
def test_a_mutated_file_is_read_or_refused_in_one_sentence(cut: int, put: str, name: str, tmp_path: Path) -> None:
    text = files()[name]
    place = cut % len(text)
    mutated = text[:place] + put.encode("latin-1", "ignore").decode("latin-1") + text[place + 1 :]
    write(tmp_path, {name: mutated})
    accept = [hash_of(one) for one in (*files().values(), (tmp_path / name).read_bytes().decode("latin-1"))]
    told = ""
    try:
        assert len(read_icrp133(tmp_path, "AM", accept).targets) == 3
    except DeliveryError as error:
        told = str(error)
    assert "\n" not in told
