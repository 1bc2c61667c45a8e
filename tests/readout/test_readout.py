"""The readout: the same bytes from the same record, every number traced, nothing from the network, hostile text harmless."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hevesy.blocks.number import told_ranges
from hevesy.blocks.section import numbers_in
from hevesy.conduct.recorded_study import read_record
from hevesy.readout.build import build
from hevesy.render.numbers import read_numbers
from hevesy.render.package import package
from tests.conftest import EXAMPLE, Folder, write_readout


class Page(HTMLParser):
    """Ids, links and addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.numbers: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if found.get("id"):
            self.ids.append(found["id"] or "")
        if tag == "a":
            self.links.append(found.get("href") or "")
            if found.get("class") == "n":
                self.numbers.append((found.get("href") or "").removeprefix("#why-"))
        self.addresses += [
            value or "" for key, value in attrs if key in ("src", "action", "data") or (key == "href" and tag == "link")
        ]


@pytest.fixture
def files(demo_with_not_evaluable: Folder) -> dict[str, bytes]:
    return package(build(read_record(demo_with_not_evaluable.path)))


def test_the_same_record_and_cut_give_the_same_bytes(demo: Folder) -> None:
    first = package(build(read_record(demo.path), date(2016, 11, 4)))
    second = package(build(read_record(demo.path), date(2016, 11, 4)))
    assert first == second
    folder = write_readout(demo.path, date(2016, 11, 4))
    assert folder == write_readout(demo.path, date(2016, 11, 4))
    assert {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    } == first
    assert folder.name == f"2016-11-04_{read_record(demo.path).head[:8]}"


def test_no_readout_overwrites_another(demo: Folder) -> None:
    folder = write_readout(demo.path, date(2016, 11, 4))
    (folder / "index.html").write_text("somebody edited this")
    other = write_readout(demo.path, date(2016, 11, 4))
    assert other != folder
    assert (folder / "index.html").read_text() == "somebody edited this"


def test_every_number_on_the_page_opens_its_meaning_and_stands_in_the_data(files: dict[str, bytes]) -> None:
    page = Page(files["index.html"].decode())
    told = {number["id"]: number for number in read_numbers(json.loads(files["readout.json"]))}
    assert len(page.numbers) > 200
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids, link
        else:
            assert link in files, link
    for number in page.numbers:
        assert number in told
        for key in ("label", "definition", "population", "text"):
            assert told[number][key], (number, key)
        assert told[number]["because"] or told[number]["row_ranges"], number


def test_the_rows_of_a_number_stand_in_the_tables(files: dict[str, bytes]) -> None:
    rows: dict[int, dict[str, str]] = {}
    for name, content in files.items():
        if name.startswith("tables/rows_"):
            for row in csv.DictReader(content.decode().splitlines()):
                rows[int(row["ledger_row"])] = row
    told = {
        number["id"]: [row for first, last in number["row_ranges"] for row in range(first, last + 1)]
        for number in read_numbers(json.loads(files["readout.json"]))
    }
    assert all(row in rows for own in told.values() for row in own)
    assert len(told["ae-events-1"]) == 19
    assert {rows[row]["subject"][0] for row in told["ae-events-1"]} == {"1"}
    assert {rows[row]["subject"] for row in told["best-2-02"]} == {"2-02"}


def test_the_page_needs_no_network_and_says_that_it_is_synthetic(files: dict[str, bytes]) -> None:
    text = files["index.html"].decode()
    page = Page(text)
    assert page.addresses == []
    assert "default-src 'none'" in text
    assert (
        re.findall(
            r"(?:https?:)?//(?!www\.w3\.org)\w", re.sub(r"<(p|td|li|span|dd)[ >].*?</\1>", "", text, flags=re.DOTALL)
        )
        == []
    )
    assert "SYNTHETIC DATA" in text
    assert "@media print" in text
    assert "prefers-color-scheme: dark" in text
    assert page.tags.count("h1") == 1
    for tag in ("nav", "main", "caption", "figcaption"):
        assert tag in page.tags


def test_every_section_the_team_asks_for_is_there(files: dict[str, bytes]) -> None:
    sections = [section["id"] for section in json.loads(files["readout.json"])["sections"]]
    assert sections == [
        "summary", "disposition", "changes", "baseline", "exposure", "safety", "late-effects", "dlt", "decision", "design", "label", "response", "pfs", "os", "published", "profiles", "quality", "provenance",
    ]  # fmt: skip


def test_every_figure_is_whole_and_has_words_for_those_who_do_not_see_it(files: dict[str, bytes]) -> None:
    figures = {name: content for name, content in files.items() if name.startswith("figures/")}
    assert {Path(name).stem for name in figures} >= {
        "counts-platelets", "counts-neutrophils", "counts-haemoglobin", "swimmer", "change", "pfs-curve", "os-curve", "decision-grid", "selection",
    }  # fmt: skip
    for content in figures.values():
        root = ElementTree.fromstring(content)
        words = [element.text for element in root if element.tag.endswith(("title", "desc"))]
        assert len(words) == 2
        assert all(words)


def test_nothing_is_drawn_outside_its_figure(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        if not name.startswith("figures/"):
            continue
        root = ElementTree.fromstring(content)
        width, height = map(float, root.attrib["viewBox"].split()[2:])
        places = [
            (float(item.attrib.get("x", 0)), float(item.attrib.get("y", 0)))
            for item in root.iter()
            if item.tag.endswith(("rect", "text"))
        ]
        places += [
            (float(x), float(y))
            for item in root.iter()
            for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", item.attrib.get("d", ""))
        ]
        assert len(places) > 10
        assert all(0 <= x <= width and 0 <= y <= height for x, y in places), name


def test_the_numbers_of_the_data_are_finite_or_null(files: dict[str, bytes]) -> None:
    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    json.loads(files["readout.json"], parse_constant=refuse)


def test_the_record_and_the_versions_are_printed(demo: Folder) -> None:
    recorded = read_record(demo.path)
    text = package(build(recorded))["index.html"].decode()
    for printed in (recorded.head, recorded.protocol_sha256, recorded.sources_sha256, "Hevesy 0.1.0"):
        assert printed is not None
        assert printed in text
    for delivery in recorded.deliveries:
        assert delivery.sha256 in text


def test_reported_and_derived_values_are_set_side_by_side(files: dict[str, bytes]) -> None:
    rows = list(csv.DictReader(files["tables/disagreements.csv"].decode().splitlines()))
    prescribed = [row for row in rows if row["What"] == "prescribed activity, mCi"]
    assert len(prescribed) == 8
    assert all("rounded to two decimals" in row["Because"] for row in prescribed)
    assert not any("CTCAE grade" in row["What"] for row in rows)


def test_a_wrong_reported_value_is_listed_and_not_used(demo: Folder) -> None:
    text = (
        (EXAMPLE / "sources" / "lb.csv")
        .read_text()
        .replace("1-01,1,8,2015-07-08,PLT,244,10^9/L,0", "1-01,1,8,2015-07-08,PLT,244,10^9/L,4")
    )
    events = (
        (EXAMPLE / "sources" / "ae.csv")
        .read_text()
        .replace(
            "1-01,1,3,Insomnia,Psychiatric disorders,4.03,1,6,6,11,0,not related,0",
            "1-01,1,3,Insomnia,Psychiatric disorders,4.03,1,6,6,11,0,not related,1",
        )
    )
    assert demo.deliver(demo.write("lb.csv", text), demo.write("ae.csv", events), reason="as the site has it").written
    made = package(build(read_record(demo.path)))
    rows = list(csv.DictReader(made["tables/disagreements.csv"].decode().splitlines()))
    assert any(
        row["Subject"] == "1-01"
        and row["What"].startswith("CTCAE grade of platelets")
        and (row["Reported"], row["Derived"]) == ("4", "0")
        for row in rows
    )
    assert any(
        row["Subject"] == "1-01" and row["What"] == "dose-limiting toxicity" and row["Derived"] == "no DLT"
        for row in rows
    )
    told = {number["id"]: number for number in read_numbers(json.loads(made["readout.json"]))}
    assert told["dlt-count"]["text"] == "0 of 8"


def test_hostile_text_in_the_data_stays_text(demo: Folder) -> None:
    attack = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    text = (
        (EXAMPLE / "sources" / "ae.csv")
        .read_text()
        .replace("1-01,1,3,Insomnia", f'1-01,1,3,"{attack.replace(chr(34), chr(34) * 2)}"')
    )
    assert demo.deliver(demo.write("ae.csv", text), reason="a test").written
    made = package(build(read_record(demo.path)))["index.html"].decode()
    assert "<script>alert" not in made
    assert "<img" not in made
    assert "&lt;script&gt;alert(1)" in made


def test_what_changed_since_the_previous_cut(demo: Folder) -> None:
    told = {
        number["id"]: number
        for number in read_numbers(json.loads(package(build(read_record(demo.path)))["readout.json"]))
    }
    assert "since 2016-11-04" in told["change-progressed"]["label"], "the last planned cut before"
    assert told["change-progressed"]["value"] == 3
    named = read_numbers(json.loads(package(build(read_record(demo.path), since=date(2016, 6, 1)))["readout.json"]))
    assert {number["id"]: number for number in named}["change-treated"]["value"] == 3


def test_transfusions_are_not_recorded_or_shown(demo: Folder) -> None:
    assert (
        "Transfusions and growth factors: not recorded" in package(build(read_record(demo.path)))["index.html"].decode()
    )
    sources = demo.path / "sources.toml"
    sources.write_text(
        sources.read_text()
        + '\n[[source]]\nname = "supportive care"\nfile = "cm.csv"\nkind = "supportive_care"\ndelivery = "full"\nkey = ["subject", "date"]\n'
        + '[source.fields]\nsubject = "subject"\non = "date"\nproduct = "product"\n'
    )
    care = demo.write("cm.csv", "subject,date,product\n2-04,2016-10-03,platelet transfusion\n")
    assert demo.deliver(care, reason="the site recorded transfusions").written
    made = package(build(read_record(demo.path)))["index.html"].decode()
    assert "2-04: platelet transfusion on 2016-10-03" in made
    assert "not recorded. They can fake" not in made


def test_missing_visits_are_listed_and_make_the_answer_wait(demo: Folder) -> None:
    kept = [
        line
        for line in (EXAMPLE / "sources" / "lb.csv").read_text().splitlines()
        if not line.startswith("2-03,2,50,2016-09-02,PLT")
    ]
    demo.deliver(demo.write("lb.csv", "\n".join(kept) + "\n"), withdraw=True, reason="the sample was lost")
    told = {
        number["id"]: number
        for number in read_numbers(json.loads(package(build(read_record(demo.path)))["readout.json"]))
    }
    assert told["missing-counts"]["because"] == ["2-03: platelets on day 50"]
    assert told["dlt-2-03"]["value"] == "undetermined"
    assert told["decision"]["value"] == "wait"


def test_ranges_say_every_row() -> None:
    assert told_ranges([5, 1, 2, 3, 9]) == "1-3, 5, 9"
    assert told_ranges([]) == ""


def test_terms_that_differ_in_signs_alone_are_two_numbers(demo: Folder) -> None:
    """A page with "+1" and "=1" among its terms could not be built: two numbers had one id."""
    header, *rows = (EXAMPLE / "sources" / "ae.csv").read_text().splitlines()
    place = header.split(",").index("preferred_term")
    terms = ("+1", "=1", "-1", "Fatigue", "1")
    told = [
        [*row.split(",")[:place], terms[number % 5], *row.split(",")[place + 1 :]] for number, row in enumerate(rows)
    ]
    demo.deliver(demo.write("ae.csv", "\n".join([header, *(",".join(cells) for cells in told)]) + "\n"), reason="signs")
    built = build(read_record(demo.path))
    told_as = {(number.id, number.label) for section in built.sections for number in numbers_in(section.blocks)}
    assert len({id for id, _ in told_as}) == len(told_as)
    assert len({label for id, label in told_as if id.startswith("ae-investigations-1") and id.endswith("-all")}) == 4


def test_figures_of_the_data_have_twelve_digits(files: dict[str, bytes]) -> None:
    """Pythons differ in the last digits of a sum; 3.11, 3.12 and 3.13 wrote the same bytes on 2026-11-28."""
    values = [
        number["value"]
        for number in read_numbers(json.loads(files["readout.json"]))
        if isinstance(number["value"], float)
    ]
    assert len(values) > 50
    assert all(value == float(f"{value:.12g}") for value in values)
