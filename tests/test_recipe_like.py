"""``like: BANK`` draws what real defects have, where the recipe gives nothing itself."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

from augmentor.core.distributions import Constant, Empirical
from augmentor.core.errors import UsageError
from augmentor.core.example import Facts
from augmentor.core.stream import Stream
from augmentor.recipe.like import MOST_VALUES, fitted
from augmentor.recipe.load import load_recipe
from augmentor.recipe.written import written_recipe
from augmentor.sources.defect_bank import DefectBank, fitted_rows


def marks_file(folder: Path, angles_deg: tuple[float, ...] = (0, 20, 40, 60)) -> Path:
    """Write a COCO file of one dark slot a picture, and pictures of them."""
    folder.mkdir()
    pictures, marks = [], []
    for number, angle_deg in enumerate(angles_deg, 1):
        pixels = np.full((200, 240), 160, np.uint8)
        corners = cv2.boxPoints(((120, 100), (40 + 10 * number, 5), -angle_deg))
        cv2.fillPoly(pixels, [np.rint(corners).astype(np.int32)], 80)
        name = f"{number}.png"
        cv2.imwrite(str(folder / name), pixels)
        pictures.append({"id": number, "file_name": name, "width": 240, "height": 200})
        flat = [round(float(one), 2) for one in corners.ravel()]
        marks.append({"id": number, "image_id": number, "category_id": 1, "iscrowd": 0,
                      "area": 200, "bbox": [0, 0, 240, 200], "segmentation": [flat]})  # fmt: skip
    whole = {"images": pictures, "annotations": marks, "categories": [{"id": 1, "name": "slot"}]}
    (folder / "marks.json").write_text(json.dumps(whole))
    return folder / "marks.json"


def recipe(folder: Path, step: Any, bank: str = "defects/marks.json") -> Path:
    """Write a recipe with one step."""
    marks_file(folder / "defects")
    (folder / "good").mkdir()
    cv2.imwrite(str(folder / "good" / "a.png"), np.full((100, 100), 150, np.uint8))
    whole = {
        "augmentor": 1, "name": "slots", "seed": 1, "budget": 4,
        "source": {"manifest": "good", "kind": "picture"},
        "banks": {"real": bank},
        "categories": {"slot": {"steps": [step]}},
    }  # fmt: skip
    (folder / "recipe.yaml").write_text(yaml.safe_dump(whole))
    return folder / "recipe.yaml"


def operator_of(file: Path) -> Any:
    """Return the operator of the recipe's one step."""
    (step,) = load_recipe(file).categories["slot"].steps
    return step.operator  # type: ignore[union-attr]


@pytest.mark.parametrize("like", ["real", {"bank": "real", "label": "slot"}])
def test_what_is_not_given_is_as_measured(tmp_path: Path, like: Any) -> None:
    """Quantiles of the real ones are drawn; what the recipe gives stays; the rest is default."""
    file = recipe(tmp_path, {"scratch": {"like": like, "width_px": 2}})
    made = operator_of(file)
    rows = fitted_rows(DefectBank("real", tmp_path / "defects" / "marks.json", tmp_path / "c"))
    assert made.length_frac.values == pytest.approx(sorted(rows["length_frac"]), rel=1e-4)
    assert made.contrast_frac.values == pytest.approx([0.5] * 4, abs=0.01)
    assert made.angle_deg.values == pytest.approx([0, 20, 40, 60], abs=2)
    assert made.polarity == Constant("dark")
    assert made.width_px == Constant(2)
    assert made.bow_frac == type(made).bow_frac
    lengths = [made.draw(Facts("a"), Stream(1).at(n))["length_frac"] for n in range(200)]
    assert min(rows["length_frac"]) * 0.999 <= min(lengths) <= max(lengths)
    assert max(lengths) <= max(rows["length_frac"]) * 1.001


def test_the_written_recipe_needs_no_bank(tmp_path: Path) -> None:
    """What a run writes spells the numbers out, and draws the same without ``like``."""
    file = recipe(tmp_path, {"scratch": {"like": "real"}})
    before = load_recipe(file)
    steps = yaml.safe_load(written_recipe(before, tmp_path))["categories"]["slot"]["steps"]
    assert "like" not in steps[0]["scratch.v1"]
    whole = yaml.safe_load(file.read_text())
    del whole["banks"]
    whole["categories"]["slot"]["steps"] = steps
    (tmp_path / "again.yaml").write_text(yaml.safe_dump(whole))
    after = load_recipe(tmp_path / "again.yaml")
    for n in range(20):
        draws = [
            one.categories["slot"].steps[0].operator.draw(Facts("a"), Stream(1).at(n))  # type: ignore[union-attr]
            for one in (before, after)
        ]
        assert draws[0] == draws[1]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"scratch": {"like": "reel"}}, "no bank 'reel'; did you mean 'real'"),
        ({"scratch": {"like": 3}}, "write like: BANK"),
        ({"scratch": {"like": None}}, "write like: BANK"),
        ({"dust": {"like": "real"}}, "nothing of 'dust' is fitted to real defects"),
        ({"scratch": {"like": {"bank": "real", "label": "slit"}}}, "did you mean 'slot'"),
        ({"scratch": {"like": {"bank": "real", "class": "slot"}}}, "write like: BANK"),
        ({"discoloration": {"like": "real"}}, "'elongation': 3 of 4 real defects have"),
        ({"paste_defect": {"defect": {"pick": "reel"}}}, "no bank 'reel'"),
        ({"scratch": {"lyke": "real"}}, "unknown parameter 'lyke'"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_what_to_write(tmp_path: Path, step: Any, said: str) -> None:
    """Unknown banks and classes, another form, values that the operator cannot draw."""
    with pytest.raises(UsageError) as caught:
        load_recipe(recipe(tmp_path, step))
    assert said in str(caught.value)
    assert "recipe.yaml:" in str(caught.value)


def test_an_empty_bank_is_refused(tmp_path: Path) -> None:
    """A list without one mask says so at load."""
    file = recipe(tmp_path, {"scratch": {"like": "real"}}, bank="good")
    with pytest.raises(UsageError, match="holds no defect that can be used"):
        load_recipe(file)


def test_a_place_is_not_fitted_where_another_is_asked(tmp_path: Path) -> None:
    """Places were measured over the whole picture: on the foreground they mean another thing."""
    made = operator_of(recipe(tmp_path, {"scratch": {"like": "real", "where": "foreground"}}))
    assert made.x_frac == type(made).x_frac
    assert isinstance(made.length_frac, Empirical)


def test_upright_axes_do_not_become_flat_ones(tmp_path: Path) -> None:
    """Real ones at 80 to 100 degrees are drawn at 80 to 100, never in between at 0."""
    bank = DefectBank("d", marks_file(tmp_path / "d", (82, 88, 94, 99)), tmp_path / "c")
    from augmentor.operators.defects.scratch import Scratch

    law = fitted(Scratch, {}, bank, None)["angle_deg"]
    drawn = np.array([law.at(n / 100) for n in range(100)]) % 180
    assert drawn.min() > 78
    assert drawn.max() < 102


def test_harsh_is_where_the_operator_says(tmp_path: Path) -> None:
    """A parameter that falls to its harsh end is fitted falling: darker is harsher."""
    bank = DefectBank("d", marks_file(tmp_path / "d"), tmp_path / "c")
    from augmentor.operators.defects.discoloration import Discoloration

    made = fitted(Discoloration, {"elongation": Constant(2)}, bank, None)
    assert made["lightness_frac"].at(0) >= made["lightness_frac"].at(0.999)
    assert made["size_frac"].at(0) <= made["size_frac"].at(0.999)


def test_many_are_kept_as_their_quantiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 5,000 defects a recipe keeps 101 numbers, whose quantiles are those of all."""
    from augmentor.operators.defects.scratch import Scratch
    from augmentor.recipe import like

    rng = np.random.Generator(np.random.Philox(1))
    values = {name: list(rng.uniform(0.1, 0.9, 5000)) for name in set(Scratch.fits.values())}
    values["polarity"] = ["dark"] * 3000 + ["bright"] * 2000
    values["width_px"] = list(rng.uniform(1, 4, 5000))
    monkeypatch.setattr(like, "fitted_rows", lambda *_: values)
    made = fitted(Scratch, {}, DefectBank("d", tmp_path, tmp_path), None)
    law = made["length_frac"]
    assert isinstance(law, Empirical)
    assert len(law.values) == MOST_VALUES
    for unit in (0.05, 0.5, 0.93):
        assert law.at(unit) == pytest.approx(np.quantile(values["length_frac"], unit), abs=0.01)
    words = made["polarity"].span()
    assert (words.count("dark"), words.count("bright")) == (12, 8)
