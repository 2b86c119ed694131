"""How a recipe's budget is shared: by the audit as it is asked for, or by learning curves."""

from pathlib import Path

import numpy as np
import pytest

from augmentor.audit.comparing.neighbour_files import read_families
from augmentor.core.errors import UsageError
from augmentor.recipe.load import load_recipe
from augmentor.recipe.worth import ranking_of, worth_of

RECIPE = """\
augmentor: 1
name: worth
source: {{manifest: train.jsonl, sample_rate: 16000}}
audit: {{table: errors.csv, baseline: base.csv{more}}}
budget: {budget}
{priorities}
categories:
  noisy: {{from: [clean], steps: [{{gain: {{gain_db: {{uniform: [-1, -20]}}}}}}]}}
  phone: {{from: [clean], steps: [codec]}}
"""


def recipe(
    folder: Path, *, more: str = "", budget: str = "1000", priorities: str = "", tags: bool = True
) -> Path:
    """Write a recipe of two categories, 100 training examples of either, and their errors."""
    rows = [
        f'{{"id": "{tag}{i}", "path": "{tag}{i}.wav", "target": "x", "tags": "{tag}"}}'
        for tag, n in (("clean", 50), ("noisy", 100), ("phone", 400))
        for i in range(n)
    ]
    (folder / "train.jsonl").write_text("\n".join(rows) + "\n")
    lines = ["id,target,prediction" + (",tags" if tags else ""), *(
        f"{tag}{i},x,{'y' if i < wrong else 'x'}" + (f",{tag}" if tags else "")
        for tag, wrong in (("clean", 0), ("noisy", 30), ("phone", 10))
        for i in range(100)
    )]  # fmt: skip
    (folder / "errors.csv").write_text("\n".join(lines) + "\n")
    (folder / "base.csv").write_text("tag,human\nclean,100 %\nnoisy,100 %\nphone,100 %\n")
    path = folder / "recipe.yaml"
    path.write_text(RECIPE.format(more=more, budget=budget, priorities=priorities))
    return path


def points(folder: Path, phone: str = "100:0.3 200:0.25 400:0.2") -> str:
    """Write learning curves: noisy falls fast, phone as given."""
    lines = ["tag,size,loss"]
    lines += [f"noisy,{n},{2 * n**-0.5:.4f}" for n in (25, 50, 100)]
    lines += [f"phone,{pair.replace(':', ',')}" for pair in phone.split()]
    (folder / "points.csv").write_text("\n".join(lines) + "\n")
    return "priorities: {curves: {points: points.csv%s}}"


def worth(path: Path) -> tuple[dict[str, float], int | None, str]:
    loaded = load_recipe(path)
    found = worth_of(loaded, ranking_of(loaded))
    return dict(found.scores), found.examples, " ".join(found.said)


def test_by_default_the_gap_decides(tmp_path: Path) -> None:
    """Three times the gap at the same share gets three times the examples."""
    scores, examples, said = worth(recipe(tmp_path))
    assert scores["noisy"] == pytest.approx(3 * scores["phone"])
    assert (examples, said) == (None, "")


def test_curves_share_it_where_losses_still_fall(tmp_path: Path) -> None:
    """The whole budget is spent; the curve that falls faster gets more of it."""
    scores, examples, said = worth(recipe(tmp_path, priorities=points(tmp_path) % ""))
    assert sum(scores.values()) == 1000
    assert scores["noisy"] > scores["phone"] > 0
    assert examples is None
    assert "by learning curves: noisy, phone" in said


def test_a_poor_curve_keeps_its_gap_x_share(tmp_path: Path) -> None:
    """Losses that rise are no curve: that category's part is set aside first."""
    rising = points(tmp_path, "100:0.2 200:0.25 400:0.3") % ""
    scores, _, said = worth(recipe(tmp_path, priorities=rising))
    assert scores["phone"] == pytest.approx(250)
    assert scores["noisy"] == pytest.approx(750)
    assert "'phone' has its gap x share of the budget" in said


def test_a_limit_makes_a_round_of_it(tmp_path: Path) -> None:
    """No round changes the imbalance of sizes by more than it was told."""
    limited = points(tmp_path) % ", limit: 0.5"
    _, examples, said = worth(recipe(tmp_path, priorities=limited))
    assert examples is not None
    assert 0 < examples < 1000
    assert "fit the curves again" in said


def test_mistakes_about_curves(tmp_path: Path) -> None:
    hours = points(tmp_path) % ""
    with pytest.raises(UsageError, match="curves share a budget of examples"):
        worth(recipe(tmp_path, priorities=hours, budget="2 h"))
    (tmp_path / "points.csv").write_text("tag,size,loss\nnoisy,0,0.5\nnoisy,x,0.4\n")
    with pytest.raises(UsageError) as caught:
        load_recipe(recipe(tmp_path, priorities=hours))
    assert "points.csv:3" in str(caught.value)


def test_the_recipe_asks_as_the_audit_does(tmp_path: Path) -> None:
    """Tags in a sheet, shares of the data in use, and a baseline in the table itself."""
    path = recipe(tmp_path, tags=False, more=", tags: sheet.csv, shares: shares.csv")
    lines = ["id,tags", *(f"{tag}{i},{tag}" for tag in ("clean", "noisy", "phone")
                          for i in range(100))]  # fmt: skip
    (tmp_path / "sheet.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "shares.csv").write_text("tag,share\nclean,40 %\nnoisy,10 %\nphone,50 %\n")
    scores, _, _ = worth(path)
    assert scores == {"noisy": pytest.approx(0.03), "phone": pytest.approx(0.05)}
    path.write_text(path.read_text().replace("baseline: base.csv", "baseline: best slice"))
    loaded = load_recipe(path)
    ranking = ranking_of(loaded)
    assert ranking is not None
    assert {row.baseline_source for row in ranking.rows} == {"best slice (clean)"}
    path.write_text(path.read_text().replace("sheet.csv", "shet.csv"))
    with pytest.raises(UsageError, match=r"'shet\.csv' is not there"):
        load_recipe(path)


def test_labels_that_disagree_take_no_budget(tmp_path: Path) -> None:
    """People guess on one tag: no data mends it before its labels are mended."""
    path = recipe(tmp_path)
    rng = np.random.Generator(np.random.Philox(1))
    lines = (tmp_path / "errors.csv").read_text().splitlines()
    people = ["annotator a,annotator b"]
    for line in lines[1:]:
        noisy = line.startswith("noisy")
        one = str(rng.choice(["x", "y"])) if noisy or rng.random() < 0.5 else "x"
        people.append(f"{one},{rng.choice(['x', 'y']) if noisy else one}")
    table = "\n".join(f"{line},{who}" for line, who in zip(lines, people, strict=True))
    (tmp_path / "errors.csv").write_text(table + "\n")
    scores, _, said = worth(path)
    assert scores["noisy"] == 0
    assert scores["phone"] > 0
    assert "'noisy' takes no budget: people disagree on its labels" in said


def test_families_stand_in_the_recipe(tmp_path: Path) -> None:
    """They change nothing that is made; a comparison reads them."""
    path = recipe(tmp_path, priorities="families: {mechanical: [noisy], people: [phone]}")
    assert load_recipe(path).spec.families == {"mechanical": ["noisy"], "people": ["phone"]}
    assert read_families(path).families == {"mechanical": ["noisy"], "people": ["phone"]}
    path.write_text(path.read_text().replace("[noisy]", "noisy"))
    with pytest.raises(UsageError, match="families"):
        load_recipe(path)
