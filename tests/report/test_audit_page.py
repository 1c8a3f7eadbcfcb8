"""The page about a dataset folder: it shows what there is, asks the network for nothing and believes nothing."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from arith_synth.markup import element, table
from arith_synth.report.audit_page import write_html
from arith_synth.report.audit_page.contamination_figure import leaking_pairs, shared_matrix
from arith_synth.report.audit_page.reading import lines_of, region_title
from arith_synth.report.audit_page.sections import claims_table, shift_section, splits_table, verdict
from arith_synth.splits.audit.report import Claim, not_checked

HOSTILE = '"><script>alert(1)</script><img src="https://evil.example/x.png" onerror=alert(2)>'
VOID = {"img", "meta", "br"}


class Page(HTMLParser):
    """Elements with their attributes, and whether every element that was opened was closed in its place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.well_formed = True
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        self.well_formed &= bool(self.open) and self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def check_harmless(text: str) -> Page:
    page = Page(text)
    assert page.well_formed
    assert page.open == []
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & {name for name, _ in page.elements}
    for name, attributes in page.elements:
        assert not [key for key in attributes if key.startswith("on")]
        for address in (attributes.get("src"), attributes.get("href")):
            assert address is None or address.startswith(("#", "data:image/png;base64,")), (name, address)
    assert "url(" not in text.replace("data:image", "")
    assert all(image.get("alt") for image in page.all("img"))
    targets = [attributes.get("id") for _, attributes in page.elements if attributes.get("id")]
    assert len(targets) == len(set(targets))
    assert {link["href"][1:] for link in page.all("a") if link["href"]} <= set(targets)
    return page


def test_every_text_is_escaped_in_content_and_in_attributes():
    text = element("p", HOSTILE, table([HOSTILE], [[HOSTILE, 3]]), title=HOSTILE, class_="a").text
    page = Page(text)
    assert page.well_formed
    assert {name for name, _ in page.elements} == {"p", "div", "table", "thead", "tbody", "tr", "th", "td"}
    assert page.all("p")[0]["title"] == HOSTILE


def test_a_lone_surrogate_can_be_written():
    assert element("p", "\ud800").text.encode() == b"<p>?</p>"


@pytest.mark.parametrize(
    "hostile", [None, 7, [], "x", {"random": 3}, {"random": {"test": {"n": HOSTILE, "sizes": [1]}}}]
)
def test_splits_of_the_wrong_kind_do_not_stop_the_page(hostile):
    assert Page(element("div", splits_table({"configs": hostile})).text).well_formed


@pytest.mark.parametrize("hostile", [{}, {"configs": {"random": {"comparisons": [{}]}}}, {"configs": {"random": [1]}}])
def test_a_shift_report_of_another_form_is_a_remark(hostile):
    assert "shift report" in element("div", shift_section(hostile, "random")).text


def test_lines_are_drawn_where_a_region_is_an_interval():
    build = {
        "coordinate_unit": 0.5,
        "regions": {"semantic": {"axis": 0, "threshold": 8, "gap_threshold": 4}},
        "axes": {
            "support_shift_band": {
                "region": {
                    "kind": "interval", "space": "semantic", "coordinate": 1, "title": "a band",
                    "permille": [400, 600], "from": 2, "below": 6, "gap_from": 2, "gap_below": 7,
                }
            },
            "support_shift_bad": {"region": {"kind": "interval", "space": HOSTILE, "coordinate": 0, "from": "x"}},
        },
    }  # fmt: skip
    assert [(line.at, line.is_gap) for line in lines_of(build, "support_shift_control")] == [(4.0, False), (2.0, True)]
    band = [(line.axis, line.at, line.is_gap) for line in lines_of(build, "support_shift_band")]
    assert band == [(1, 1.0, False), (1, 3.0, False), (1, 3.5, True)]
    assert lines_of(build, "support_shift_bad") == lines_of(build, "random") == lines_of({}, "support_shift") == []
    assert region_title(build, "support_shift_band") == "Region: a band."


def test_a_leak_from_an_arm_into_a_test_of_its_family_is_told():
    splits = ["a/train", "a/test", "a_control/train", "b/test"]
    found = shared_matrix({"splits": splits, "shared": [[0, 2, 9], [1, 2, 4], [0, 3, 5]]})
    assert found is not None
    assert leaking_pairs(*found) == [("a_control/train", "a/test", 4)]


@pytest.mark.parametrize("shared", [None, [[0, 1]], [[0, 9, 1]], [[-1, 0, 1]], [["0", 1, 1]], [[0, 1, True]]])
def test_a_contamination_matrix_of_another_form_is_none(shared):
    assert shared_matrix({"splits": ["a/train", "a/test"], "shared": shared}) is None


def test_what_could_not_be_checked_is_not_said_to_fail():
    claims = [Claim("checksums", True, "all files"), *not_checked(["regular"], "there is no corpus")]
    assert "1 of 2 claims could not be checked" in verdict(claims).text
    assert "do not hold" not in verdict(claims).text
    assert "FAILS" not in claims_table(claims).text


@pytest.mark.slow
def test_the_page_of_a_dataset_has_a_picture_of_every_config(small_dataset: Path, tmp_path: Path):
    claims = [Claim("checksums", True, "all files"), Claim("outputs", False, f"1 problem: {HOSTILE}")]
    write_html(small_dataset, claims, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = check_harmless(text)
    configs = {path.parent.name for path in small_dataset.glob("*/*.parquet")} - {"corpus"}
    pictures = [str(image["alt"]) for image in page.all("img")]
    for config in configs:
        assert len([alt for alt in pictures if alt.startswith(f"{config}: ")]) == 2
    assert "1 of 2 claims do not hold" in text
    assert HOSTILE not in text


@pytest.mark.slow
def test_a_hostile_and_damaged_folder_has_a_harmless_page(small_dataset: Path, tmp_path: Path):
    folder = shutil.copytree(small_dataset, tmp_path / "data")
    build = json.loads((folder / "build.json").read_text())
    build["grammar"]["name"] = build["canary"] = build[HOSTILE] = build["data_version"] = HOSTILE
    build["configs"]["random"][HOSTILE] = {"n": HOSTILE, "sizes": {HOSTILE: HOSTILE}}
    (folder / "build.json").write_text(json.dumps(build))
    (folder / "shift_report.json").write_text('{"configs": {"random": {"comparisons": [{"split": "<script>"}]}}}')
    (folder / "contamination.json").write_text(json.dumps({"splits": [HOSTILE], "shared": [[0, 5, 1]]}))
    (folder / "random" / "test-00000-of-00001.parquet").write_bytes(b"PAR1")
    (folder / "corpus" / "full-00000-of-00001.parquet").unlink()
    write_html(folder, [Claim(HOSTILE, False, HOSTILE)], tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    check_harmless(text)
    assert "random/test cannot be read" in text
    assert not re.search(r"<script|<img[^>]*evil", text)


@pytest.mark.slow
def test_a_folder_without_anything_has_a_page(tmp_path: Path):
    write_html(tmp_path, [], tmp_path / "page.html")
    check_harmless((tmp_path / "page.html").read_text(encoding="utf-8"))
