"""What is dropped: files under their own names, folders that came packed, and nothing outside the shelf."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from hevesy.console import shelf as shelf_of
from hevesy.console import unpacked
from hevesy.console.shelf import Shelf
from hevesy.errors import CannotAnswerError
from tests.console.serving import Served


def packed(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "shelf").mkdir()
    return Shelf(tmp_path / "shelf")


def test_an_archive_stands_as_one_folder_of_numbered_files(shelf: Shelf) -> None:
    content = packed(
        {
            "./DOE JANE/1.dcm": b"one",
            "DOE JANE/": b"",
            "../../2.dcm": b"two",
            "/etc/3": b"three",
            "DOE/.DS_Store": b"x",
            "__MACOSX/DOE/._1": b"x",
        }
    )
    put = shelf.put("pet.zip", [content[:9], content[9:]])
    assert put.is_folder
    assert put.size == 11
    assert {file.name: file.read_bytes() for file in put.place.iterdir()} == {
        "0001": b"one",
        "0002": b"two",
        "0003": b"three",
    }
    assert [one.told for one in shelf.files()] == ["pet.zip"]
    assert shelf.put("pet.zip", [content]) == put
    everything = [path for path in shelf.folder.parent.rglob("*") if path.is_file()]
    assert len(everything) == 3
    shelf.remove(put.value)
    assert list(shelf.folder.iterdir()) == []


def test_what_cannot_be_unpacked_leaves_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = packed({"a": b"x" * 1000, "b": b"y"})
    locked = bytearray(whole)
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = locked.index(mark) + (6 if mark == b"PK\x03\x04" else 8)
        struct.pack_into("<H", locked, at, 1)
    monkeypatch.setattr(unpacked, "MOST_FILES", 2)
    monkeypatch.setattr(unpacked, "MOST_BYTES", 2000)
    for content, told in (
        (b"no archive", "cannot be unpacked"),
        (whole[:-30], "cannot be unpacked"),
        (whole[:40] + b"\xff" * 8 + whole[48:], "cannot be unpacked"),
        (bytes(locked), "cannot be unpacked"),
        (packed({}), "holds no file"),
        (packed({"a": b"", "b": b"", "c": b""}), "holds 3 files; at most 2"),
        (packed({"a": b"\0" * 1500, "b": b"\0" * 501}), "holds more than"),
    ):
        with pytest.raises(CannotAnswerError, match=told):
            shelf.put("pet.zip", [content])
        assert list(shelf.folder.iterdir()) == []


def test_an_image_may_be_larger_than_a_table(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_of, "MOST_BYTES", 10)
    monkeypatch.setattr(shelf_of, "MOST_OF_AN_IMAGE", 20)
    assert shelf.put("PET.NII.GZ", [b"x" * 20]).size == 20
    for name, size in (("a.csv", 11), ("a.nii", 21)):
        with pytest.raises(CannotAnswerError, match="this one has more"):
            shelf.put(name, [b"x" * size])


def test_a_folder_is_offered_where_a_question_takes_one(served: Served) -> None:
    assert served.drop({"pet.zip": packed({"1": b"no image"})}).status == 303
    value = served.on_shelf()["pet.zip"]
    assert f'value="{value}"' in served.get("/study-import", {"fill": ""}).text
    assert value not in served.get("/follow-km", {"fill": ""}).text
    refused = served.get("/follow-km", {"table": value, "time": "t", "event": "e"})
    assert refused.status == 404
    assert "a file is needed; pet.zip is a folder" in refused.text
    assert served.post("/shelf/remove", {"file": value}).status == 303
