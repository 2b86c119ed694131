"""A YAML file is changed where it is asked, and nowhere else."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from augmentor.core.errors import UsageError
from augmentor.files.edited import edited

FILE = Path("a.yaml")
TEXT = """\
# a first line
steps:
  - mix_noise:   # why
      noise: {pick: "ünïcode"}
      snr_db:
        uniform: [15, -5]  # keep
  - plain
  - nothing:
  - {empty: {}}
  - inline: {noise: 1}  # end
name: "x y"
"""


def test_only_the_values_change_and_comments_stay() -> None:
    text = edited(FILE, TEXT, {
        ("steps", 0, "mix_noise", "snr_db", "uniform", 0): 12.5,
        ("steps", 0, "mix_noise", "snr_db", "uniform", 1): -1,
        ("name",): "a: b",
    })  # fmt: skip
    assert text == TEXT.replace("15, -5", "12.5, -1").replace('"x y"', "'a: b'")


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("steps", 0, "mix_noise", "more"), "      more: {uniform: [1, 2.5]}"),
        (("steps", 2, "nothing", "more"), "  - nothing: {more: {uniform: [1, 2.5]}}"),
        (("steps", 3, "empty", "more"), "  - {empty: {more: {uniform: [1, 2.5]}}}"),
        (("steps", 4, "inline", "more"), "  - inline: {more: {uniform: [1, 2.5]}, noise: 1}  # end"),  # noqa: E501 - the line itself
    ],
)  # fmt: skip
def test_what_is_not_there_is_added(place: tuple[str | int, ...], line: str) -> None:
    text = edited(FILE, TEXT, {place: {"uniform": [1, 2.5]}})
    assert line in text.splitlines()
    kept = [one for one in TEXT.splitlines() if one in text.splitlines()]
    assert len(kept) >= len(TEXT.splitlines()) - 1


def test_several_are_added_at_once() -> None:
    values = {("steps", 3, "empty", name): 1 for name in "ab"}
    values |= {("steps", 0, "mix_noise", name): 2 for name in "ab"}
    data = yaml.safe_load(edited(FILE, TEXT, values))
    assert data["steps"][3]["empty"] == {"a": 1, "b": 1}
    assert data["steps"][0]["mix_noise"] | {"a": 2, "b": 2} == data["steps"][0]["mix_noise"]


@pytest.mark.parametrize(
    "text",
    [
        "a: {b: &x 1, c: *x}\n",
        "base: &base {b: 1}\na: *base\nz: *base\n",
        "a: {b: [1, 2]}\n",
        "a: 1\n",
    ],
)
def test_what_cannot_be_changed_in_place_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write it out"):
        edited(FILE, text, {("a", "b"): 5})


def test_a_value_that_was_merged_is_written_over_for_one_alone() -> None:
    text = "base: &base {b: 1}\na: {<<: *base}\nz: {<<: *base}\n"
    assert yaml.safe_load(edited(FILE, text, {("a", "b"): 5})) == {
        "base": {"b": 1}, "a": {"b": 5}, "z": {"b": 1},
    }  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=20) | st.floats(allow_nan=False) | st.integers() | st.none())
def test_any_value_is_read_back(value: object) -> None:
    assert yaml.safe_load(edited(FILE, TEXT, {("name",): value}))["name"] == value
