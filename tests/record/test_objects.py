"""Arrays and folders of images: kept whole or not at all, named by an entry, hashed by who asks for them and by who verifies."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hevesy.conduct.backup import back_up
from hevesy.conduct.recorded_study import examine, read_record
from hevesy.errors import CannotAnswerError, HevesyError
from hevesy.record import KeptObject, Record
from tests.conftest import Folder, Run
from tests.tiers import cases

IMAGES = {"series 1/IM0001": b"\x00DICM" * 40_000, "series 1/IM0002": b"\x01DICM" * 40_000, "README": b""}


def images(folder: Path) -> Path:
    for name, content in IMAGES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def keep(study: Path, files: Path | dict[str, bytes], name: str = "CT of 1-01") -> KeptObject:
    record = Record(study)
    with record.writing():
        return record.keep_object(name, files, "tester", after=read_record(study).head)


@pytest.fixture
def kept(demo: Folder, tmp_path: Path) -> tuple[Path, KeptObject]:
    """The demonstration study with a folder of images."""
    return demo.path, keep(demo.path, images(tmp_path / "delivered"))


def place_of(study: Path, one: KeptObject) -> Path:
    return study / "objects" / one.sha256


def test_an_object_is_named_by_the_hash_of_the_list_of_its_files(kept: tuple[Path, KeptObject]) -> None:
    study, one = kept
    listed = "".join(
        f"{hashlib.sha256(IMAGES[name]).hexdigest()} {len(IMAGES[name])} {name}\n" for name in sorted(IMAGES)
    )
    assert one.sha256 == hashlib.sha256(listed.encode()).hexdigest()
    assert (place_of(study, one) / "manifest").read_text() == listed
    assert (one.files, one.size_bytes) == (3, 400_000)
    given = Record(study).object_files(one.sha256)
    assert {name: (given / name).read_bytes() for name in IMAGES} == IMAGES
    recorded = read_record(study)
    assert recorded.objects == (one,)
    assert recorded.entries == one.sequence == 761
    assert examine(study, hash_objects=True).verification.intact


def test_only_its_owner_can_read_it(kept: tuple[Path, KeptObject]) -> None:
    study, _ = kept
    modes = {path: path.stat().st_mode & 0o777 for path in (study / "objects", *(study / "objects").rglob("*"))}
    assert {path.name for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)} == set()
    assert len(modes) == 8


def altered(place: Path) -> None:
    file = place / "files" / "series 1" / "IM0002"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"m")


def missing(place: Path) -> None:
    (place / "files" / "README").unlink()


def added(place: Path) -> None:
    (place / "files" / "IM0003").write_bytes(b"")


def another_list(place: Path) -> None:
    manifest = place / "manifest"
    manifest.write_text(manifest.read_text().replace("IM0001", "IM0009"))


TAMPERED: dict[Callable[[Path], None], str] = {
    altered: "holds series 1/IM0002, which was altered",
    missing: "lacks the file README",
    added: "holds a file IM0003 that was not kept",
    another_list: "has another manifest than it was kept with",
}


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_an_object_that_was_tampered_with_is_found_by_who_verifies_and_by_who_asks_for_it(
    kept: tuple[Path, KeptObject], tamper: Callable[[Path], None], run: Run
) -> None:
    study, one = kept
    tamper(place_of(study, one))
    told = f"the object CT of 1-01 (SHA-256 {one.sha256[:16]}...) {TAMPERED[tamper]}: restore it from a copy"
    assert examine(study, hash_objects=True).verification.faults == (told,)
    with pytest.raises(CannotAnswerError, match=TAMPERED[tamper]):
        Record(study).object_files(one.sha256)
    code, _, err = run("study", "verify", study)
    assert code == 1
    assert TAMPERED[tamper] in err
    assert read_record(study).entries == 761, "what does not ask for images is answered"
    keep(study, dict(IMAGES), "the same again")
    assert examine(study, hash_objects=True).verification.intact


@pytest.mark.skipif(not Path("/proc/self/io").is_file(), reason="the system does not count what is read")
def test_an_object_is_not_read_where_nobody_asks_for_it(demo: Folder) -> None:
    size = 8_000_000
    one = keep(demo.path, {"array": bytes(size)})

    def counted() -> int:
        return int(Path("/proc/self/io").read_text().split()[1])

    def bytes_read(done: Callable[[], object]) -> int:
        before = counted()
        done()
        return counted() - before

    nothing = bytes_read(lambda: read_record(demo.path))
    assert nothing < size / 4
    assert size <= bytes_read(lambda: examine(demo.path, hash_objects=True)) - nothing < 1.1 * size
    assert size <= bytes_read(lambda: Record(demo.path).object_files(one.sha256)) < 1.1 * size


def test_an_object_that_is_gone_or_that_no_entry_names_is_found_by_everybody(kept: tuple[Path, KeptObject]) -> None:
    study, one = kept
    place_of(study, one).rename(study / "objects" / ("0" * 64))
    assert examine(study).verification.faults == (
        f"the object CT of 1-01 (SHA-256 {one.sha256[:16]}...) is missing from objects/: restore it from a copy",
        f"no entry names objects/{'0' * 64}: entries were cut off, or somebody put it there; restore the record from a "
        "copy, or take it away",
    )


def test_what_a_killed_run_left_is_put_in_its_place_or_removed(kept: tuple[Path, KeptObject]) -> None:
    """A copy without an entry, one half written, and one whose run ended between its entry and its place."""
    study, one = kept
    objects = study / "objects"
    place_of(study, one).rename(objects / f".partial-0123abcd.{one.sha256}")
    (objects / f".partial-4567abcd.{'1' * 64}" / "files").mkdir(parents=True)
    (objects / ".partial-89ababcd.object").mkdir()
    assert examine(study, hash_objects=True).verification.intact, "it is taken as it lies"
    assert (Record(study).object_files(one.sha256) / "README").is_file()
    with Record(study).writing():
        Record(study).settle(examine(study))
    assert [path.name for path in objects.iterdir()] == [one.sha256]
    assert examine(study, hash_objects=True).verification.intact


KEEPER = """
import sys
from pathlib import Path
from hevesy.conduct.recorded_study import examine
from hevesy.record import Record
record = Record(Path(sys.argv[1]))
print("begun", flush=True)
for number in range(1000):
    with record.writing():
        found = examine(record.folder)
        record.settle(found)
        files = {f"{n}": bytes([number % 256]) * 200_000 for n in range(8)}
        kept = record.keep_object(f"array {number}", files, "keeper", after=found.recorded.head)
    print(kept.sha256, flush=True)
"""


@pytest.mark.parametrize("number", range(cases(100) // 5 or 2))
def test_an_object_whose_keeping_is_killed_is_there_whole_or_not_at_all(demo: Folder, number: int) -> None:
    process = subprocess.Popen([sys.executable, "-c", KEEPER, str(demo.path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(random.Random(number).uniform(0.05, 0.6))
    process.send_signal(signal.SIGKILL)
    told = process.communicate()[0].split()
    found = examine(demo.path, hash_objects=True)
    assert found.verification.faults == ()
    assert {*told} <= {one.sha256 for one in found.recorded.objects}
    with Record(demo.path).writing():
        Record(demo.path).settle(found)
    there = sorted(path.name for path in (demo.path / "objects").glob("*"))
    assert there == sorted({one.sha256 for one in found.recorded.objects})


def test_nothing_is_kept_where_the_entry_cannot_be_written(demo: Folder) -> None:
    with pytest.raises(CannotAnswerError, match="changed by somebody else"), Record(demo.path).writing():
        Record(demo.path).keep_object("array", {"a": b"1"}, "tester", after="0" * 64)
    assert not (demo.path / "objects").exists()
    assert examine(demo.path).verification.entries == 760


def test_the_same_files_are_one_object(kept: tuple[Path, KeptObject]) -> None:
    study, one = kept
    again = keep(study, dict(IMAGES), "the same")
    assert again.sha256 == one.sha256
    assert [path.name for path in (study / "objects").iterdir()] == [one.sha256]
    assert [(kept.name, kept.sequence) for kept in read_record(study).objects] == [
        ("CT of 1-01", 761),
        ("the same", 762),
    ]


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "/x", "x/", "a//b", "a/./b", "a\\b", "C:x", "a\nb", "a\u2028b", "\udcff", "x" * 151]
)
def test_a_name_that_leaves_the_object_or_that_not_every_system_has_is_refused(demo: Folder, name: str) -> None:
    with pytest.raises(HevesyError, match="is not a name that a kept file may have"):
        keep(demo.path, {"a": b"1", name: b"2"})
    assert not (demo.path / "objects").exists()


@pytest.mark.parametrize(
    ("files", "rule"),
    [({"a/IM1": b"1", "A/im1": b"2"}, "would be one file"), ({}, "holds no file; nothing was kept")],
)
def test_files_that_make_no_object_are_refused(demo: Folder, files: dict[str, bytes], rule: str) -> None:
    with pytest.raises(HevesyError, match=rule):
        keep(demo.path, files)
    assert not (demo.path / "objects").exists()


def test_a_link_in_a_delivered_folder_is_refused(demo: Folder, tmp_path: Path) -> None:
    (images(tmp_path / "delivered") / "more").symlink_to("/etc/hostname")
    with pytest.raises(HevesyError, match="more is a link or no file: deliver the files themselves"):
        keep(demo.path, tmp_path / "delivered")


@pytest.mark.parametrize("name", ["", "x" * 101, "a\nb", "\x1b[31m"])
def test_an_object_has_a_name_that_can_be_printed(demo: Folder, name: str) -> None:
    with pytest.raises(HevesyError, match="an object is named in 1 to 100 characters that can be printed"):
        keep(demo.path, {"a": b"1"}, name)


def test_a_copy_of_the_study_has_its_objects(kept: tuple[Path, KeptObject], tmp_path: Path) -> None:
    study, one = kept
    back_up(study, tmp_path / "copy.tar.gz")
    with tarfile.open(tmp_path / "copy.tar.gz") as archive:
        assert {(one.isdir(), one.mode) for one in archive} == {(True, 0o700), (False, 0o600)}
        archive.extractall(tmp_path / "restored", filter="data")
    restored = tmp_path / "restored" / study.name
    assert examine(restored, hash_objects=True).verification.intact
    assert (Record(restored).object_files(one.sha256) / "series 1" / "IM0001").read_bytes() == IMAGES["series 1/IM0001"]
