"""The rubber sheet: who is near whom, and what neighbours did when a tag was pulled up."""

from pathlib import Path

import pytest
from test_audit_compare import pair

from augmentor.audit.comparing.compare import Comparison, compare
from augmentor.audit.comparing.neighbour_files import from_words, read_sheet
from augmentor.audit.comparing.neighbours import Sheet
from augmentor.audit.show.compared import neighbour_lines
from augmentor.core.errors import UsageError

MECHANICAL = ("car noise", "plane noise", "train", "machine")
PEOPLE = ("cafe", "library", "food court")
LECTURE = Sheet({"mechanical": MECHANICAL, "people": PEOPLE})
# What changed, in (kept, broken, mended, lost): the lecture's picture, with one that fell.
CELLS = {
    "car noise": (300, 5, 90, 50),
    "plane noise": (300, 8, 40, 50),
    "train": (300, 60, 10, 50),
    "machine": (300, 10, 11, 50),
    "cafe": (300, 10, 10, 50),
    "library": (300, 12, 9, 50),
    "food court": (300, 9, 12, 50),
    "low bandwidth": (300, 9, 60, 50),
}


def lecture(sheet: Sheet | None = LECTURE, targets: tuple[str, ...] = ()) -> Comparison:
    before, after = pair([([tag], *cells) for tag, cells in CELLS.items()])
    return compare(before, after, sheet=sheet, targets=targets)


def names(found: Comparison) -> dict[str, list[str]]:
    return {one.tag: [near.tag for near in one.neighbours] for one in found.neighbours}


def test_a_targets_neighbours_come_with_the_worst_first() -> None:
    found = lecture(targets=("car noise", "cafe"))
    assert names(found) == {
        "car noise": ["train", "machine", "plane noise"],
        "cafe": ["library", "food court"],
    }
    worst = found.neighbours[0].neighbours[0]
    row = next(row for row in found.rows if row.tag == "train")
    assert (worst.verdict, worst.change, worst.interval) == ("fell", row.change, row.interval)
    assert [one.targeted for one in found.neighbours] == [True, True]
    near = "train -11.90 fell, machine +0.27 held, plane noise +8.04 rose"
    assert neighbour_lines(found) == [
        f"car noise +19.10 rose; neighbours: {near}",
        "cafe 0.00 cannot tell; neighbours: library -0.81 cannot tell, food court +0.81 held",
    ]


def test_without_targets_it_is_the_tags_that_rose() -> None:
    """A tag that rose and of which nothing is said has no line; a target of that kind has one."""
    assert set(names(lecture())) == {"car noise", "plane noise"}
    alone = lecture(targets=("low bandwidth",))
    assert neighbour_lines(alone) == ["low bandwidth +12.17 rose; neighbours: none known"]
    assert lecture(None).neighbours == ()
    assert lecture(None).families == ()


def test_json_of_neighbours() -> None:
    (found,) = lecture(targets=("cafe",)).to_json()["neighbours"]
    assert list(found) == ["tag", "change", "verdict", "targeted", "neighbours"]
    near = found["neighbours"][0]
    assert list(near) == ["tag", "change", "interval", "verdict", "similarity"]
    assert (near["tag"], near["similarity"]) == ("library", None)
    assert isinstance(near["interval"], list)


def test_families_lie_side_by_side_in_their_order() -> None:
    found = lecture(Sheet({"people": PEOPLE, "mechanical": MECHANICAL, "twice": ("cafe", "train")}))
    assert found.families == (
        ("people", PEOPLE),
        ("mechanical", MECHANICAL),
        ("", ("low bandwidth",)),
    )


def test_similar_tags_lie_side_by_side() -> None:
    """A chain a-b-c-d is found again from its shuffled pairs; strangers hang apart."""
    chain = {("b", "c"): 0.9, ("a", "b"): 0.8, ("c", "d"): 0.7, ("a", "c"): 0.3, ("x", "y"): 0.5}
    sheet = Sheet(similar={frozenset(pair): value for pair, value in chain.items()})
    laid = sheet.laid_out(["c", "x", "a", "q", "d", "b", "y"])
    assert {name for name, _ in laid} == {""}
    groups = [tags for _, tags in laid]
    assert sorted(len(group) for group in groups) == [1, 2, 4]
    (four,) = (group for group in groups if len(group) == 4)
    assert four in {("a", "b", "c", "d"), ("d", "c", "b", "a")}
    assert groups[-1] == ("q",)
    assert sheet.near("c") == {"b": 0.9, "d": 0.7, "a": 0.3}


def test_a_table_of_similarities(tmp_path: Path) -> None:
    path = tmp_path / "near.csv"
    path.write_text("tag,neighbour,similarity\ntrain,car noise,0.8\nlow bandwidth,cafe,0\n")
    sheet = read_sheet(["people=cafe, library"], path)
    found = lecture(sheet, targets=("car noise", "cafe", "low bandwidth"))
    assert names(found) == {"car noise": ["train"], "cafe": ["library"], "low bandwidth": []}
    assert found.neighbours[0].neighbours[0].similarity == 0.8


def test_families_of_a_recipe(tmp_path: Path) -> None:
    """Only that key is read: the recipe need not be whole."""
    path = tmp_path / "recipe.yaml"
    path.write_text("augmentor: 1\nfamilies: {mechanical: [car noise, train], people: [cafe]}\n")
    sheet = read_sheet(["people=cafe;library"], path)
    assert sheet == Sheet({"mechanical": ["car noise", "train"], "people": ["cafe", "library"]})
    assert read_sheet() is None


def test_families_in_words() -> None:
    sheet = from_words(["m=car noise, train", "m = machine", "p=a, b;c"])
    assert sheet.families == {"m": ["car noise", "train", "machine"], "p": ["a, b", "c"]}


def test_a_neighbour_that_is_no_tag_is_said() -> None:
    found = lecture(Sheet({"m": ("car noise", "trian")}))
    assert "the neighbour 'trian' is no tag of the tables; did you mean 'train'?" in found.warnings
    with pytest.raises(UsageError, match="no tag of the neighbours"):
        lecture(Sheet({"m": ("rain", "wind")}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tag,neighbour\na,b\n", "no column similarity; expected the columns tag, neighbour"),
        ("tag,neighbour,similarity\na,b,high\n", "near.csv:2  the similarity 'high' is no number"),
        ("tag,neighbour,similarity\na,b,1.5\n", "near.csv:2  the similarity '1.5'"),
        ("tag,neighbour,similarity\na,b,nan\n", "near.csv:2  the similarity 'nan'"),
        ("tag,neighbour,similarity\na,a,1\n", "near.csv:2  expected the names of two different"),
        ("tag,neighbour,similarity\na,b,1\nb,a,0.5\n", "near.csv:3  'b' and 'a' again"),
        ("tag,neighbour,similarity\n", "no rows"),
    ],
)
def test_bad_tables_of_similarities(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "near.csv").write_text(text)
    with pytest.raises(UsageError) as caught:
        read_sheet(neighbours=tmp_path / "near.csv")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("augmentor: 1\n", "no families; write families: {"),
        ("families: [a, b]\n", "recipe.yaml:1:11  no families"),
        ("families:\n  m: car\n", "recipe.yaml:2:6  expected a list of tags"),
        ("families:\n  m: [1, 2]\n", "recipe.yaml:2:6  expected a list of tags"),
    ],
)
def test_bad_families_of_a_recipe(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "recipe.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        read_sheet(neighbours=tmp_path / "recipe.yaml")
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["car,train", "=car", "m=", "m=,,"])
def test_bad_families_in_words(text: str) -> None:
    with pytest.raises(UsageError, match="write NAME=TAG,TAG"):
        from_words([text])
