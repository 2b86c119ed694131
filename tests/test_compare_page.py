"""The pages of a comparison: the sheet is drawn as it was measured, and told in words."""

import re
from pathlib import Path

import pytest
from test_compare_neighbours import lecture
from test_report import EVIL, Tree

from augmentor.api.compare_pages import compare_section, write_compare_page
from augmentor.report.model import Page, Section, SheetPlot, SheetTag
from augmentor.report.page import render

TAGS = [
    SheetTag("car noise", 0.4, 0.6, "better", "mechanical", target=True),
    SheetTag("train", 0.5, 0.45, "worse", "mechanical"),
    SheetTag("machine", 0.5, 0.5, "held", "mechanical"),
]


def page_of(*groups: list[SheetTag]) -> Tree:
    plot = SheetPlot("The rubber sheet", groups)
    return Tree(render(Page("t", sections=[Section("s", blocks=[plot])])))


def test_the_sheet_hangs_where_the_tags_are() -> None:
    """Both curves go through every tag's place on the axis from 40 to 60 %."""
    tree = page_of(TAGS)
    paths = [one for one in tree.all("path") if (one.get("class") or "").startswith("sheet")]
    assert [one["class"] for one in paths] == ["sheet was", "sheet"]
    assert {one["vector-effect"] for one in paths} == {"non-scaling-stroke"}
    for path, wanted in zip(paths, ([0, 50, 50], [100, 25, 50]), strict=True):
        way = path["d"] or ""
        ends = [re.findall(r"[-\d.]+", piece)[-2:] for piece in re.split("C", way)]
        assert [float(x) for x, _ in ends] == pytest.approx(wanted)
        assert [float(y) for _, y in ends] == [19, 57, 95]
    pulls = [one for one in tree.all("line") if (one.get("class") or "").startswith("pull")][-6:]
    assert {one["class"] for one in pulls} == {"pull good", "pull bad", "pull same"}


def test_arrows_point_from_before_to_after() -> None:
    """Circle before, head after; none where nothing moved."""
    tree = page_of(TAGS)
    places = [one for one in tree.all("circle") if one.get("class") == "before"]
    assert [one["cx"] for one in places] == ["39.000%", "60.000%", "60.000%"]
    heads = [one for one in tree.all("svg") if one.get("class") in {"good", "bad", "same"}]
    assert [(one["class"], one["x"]) for one in heads] == [("good", "81.000%"), ("bad", "49.500%")]


def test_the_sheet_is_told() -> None:
    tree = page_of(TAGS)
    (desc,) = tree.text("desc")
    assert "car noise (mechanical): 40.0 to 60.0 %, better, was to rise" in desc
    assert "train (mechanical): 50.0 to 45.0 %, worse" in desc
    shown = tree.text("text")
    assert "car noise \N{UPWARDS ARROW}" in shown
    assert "\N{BLACK UP-POINTING TRIANGLE} +20.0" in shown
    assert "\N{BLACK DOWN-POINTING TRIANGLE} \N{MINUS SIGN}5.0" in shown
    assert shown.count("mechanical") == 1


def test_tags_of_no_family_do_not_hang_together() -> None:
    alone = [SheetTag("a", 0.5, 0.6), SheetTag("b", 0.4, 0.4)]
    assert not [one for one in page_of([alone[0]], [alone[1]]).all("path") if "C" in one["d"]]
    assert "no clear change" in page_of(alone).text("span")


def test_long_and_evil_names_stay_text() -> None:
    """Two short lines and the rest by the pointer; markup is shown, not run."""
    long = "a rather long name of a tag: on the phone with a headset"
    tree = page_of([SheetTag(long, 0.5, 0.6), SheetTag(EVIL, 0.1, 0.2, family=EVIL)])
    assert max(len(text) for text in tree.text("text") if "rather" in text) <= 19
    assert any(long in text for text in tree.text("title"))
    assert len(tree.all("script")) == 1
    assert not tree.all("img")


def test_nothing_to_draw_is_nothing() -> None:
    tree = page_of([SheetTag("a", float("nan"), 0.5)])
    assert not tree.text("figcaption")


def test_a_page_shows_guard_target_and_sheet(tmp_path: Path) -> None:
    found = lecture(targets=("car noise", "cafe"))
    text = write_compare_page({"": found}, tmp_path).read_text()
    tree = Tree(text)
    boxes = [words for (_, attrs, words, _) in tree.elements if "box" in (attrs.get("class") or "")]
    said = ["".join(words) for words in boxes]
    assert "fell, though guarded: train" in said
    assert "was to rise and did not: cafe" in said
    assert any("one run's luck" in one for one in said)
    assert "The rubber sheet: near tags hang together" in tree.text("figcaption")
    assert any(one.startswith("car noise +19.10 rose; neighbours: train") for one in tree.text("p"))
    assert "runs before + after" in tree.text("dt")
    assert "1 + 1" in tree.text("dd")
    assert "McNemar" in "".join(tree.text("p"))


def test_several_arms_stand_in_one_section() -> None:
    """Each arm has its own sheet and table; a warning that both share is said once."""
    found = lecture(targets=("car noise",))
    section = compare_section({"targeted": found, "white noise": lecture(None)})
    kinds = [type(block).__name__ for block in section.blocks]
    assert kinds.count("ChangePlot") == kinds.count("SheetPlot") == 1
    assert kinds.count("Table") == 2
    marks = [block for block in section.blocks if type(block).__name__ == "Text"]
    assert sum("one run's luck" in block.text for block in marks) == 1
    assert any(block.text == "targeted: fell, though guarded: train" for block in marks)
